"""Requests: what a job computes, and for how long."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Literal

from core import checks
from core.budget import Budget
from core.problem import Problem

Kind = Literal["train", "langevin"]
KINDS: tuple[Kind, ...] = ("train", "langevin")
MOST_SECONDS = 120.0
MOST_SAMPLES = 20_000


@dataclass(frozen=True)
class Request:
    """One requested run.

    Attributes:
        problem: target, latent, interpolation and settings.
        kind: `train` trains the problem's interpolation; `langevin` runs Langevin chains on its target, started from its latent.
        budget: in seconds, at most MOST_SECONDS because others may be waiting.
        num_samples: number of samples in the final report.

    Raises:
        ValueError: a value is outside its limits.
    """

    problem: Problem
    kind: Kind = "train"
    budget: Budget = field(default_factory=lambda: Budget(seconds=10.0))
    num_samples: int = 2000

    def __post_init__(self) -> None:
        checks.choice("kind", self.kind, KINDS)
        number = checks.integer("num_samples", self.num_samples, 10, MOST_SAMPLES)
        object.__setattr__(self, "num_samples", number)
        if self.budget.seconds is None or self.budget.seconds > MOST_SECONDS:
            raise ValueError(f"A job needs a budget of at most {MOST_SECONDS:g} seconds.")

    def to_json(self) -> str:
        data = {**asdict(self), "problem": self.problem.to_dict()}
        return json.dumps(data, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Request:
        data = json.loads(text)
        problem, budget = Problem.from_dict(data.pop("problem")), Budget(**data.pop("budget"))
        return cls(problem=problem, budget=budget, **data)
