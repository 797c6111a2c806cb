"""What a job is asked to do."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Self

from core import checks
from core.budget import Budget
from core.problem import Problem

METHODS = ("train", "langevin")
MOST_SECONDS = 120.0
MOST_SAMPLES = 20_000


@dataclass(frozen=True)
class Request:
    """One run: a problem, how it is answered, for how long, and with how many samples it is scored at the end.

    Attributes:
        problem: what is asked.
        method: `train` learns the problem's interpolation; `langevin` runs the baseline on its target and latent.
        budget: at most MOST_SECONDS, since others may be waiting.
        num_samples: of the final report.

    Raises:
        ValueError: a value outside its limits.
    """

    problem: Problem
    method: str = "train"
    budget: Budget = field(default_factory=lambda: Budget(seconds=10.0))
    num_samples: int = 2000

    def __post_init__(self) -> None:
        checks.choice("method", self.method, METHODS)
        number = checks.integer("num_samples", self.num_samples, 10, MOST_SAMPLES)
        object.__setattr__(self, "num_samples", number)
        if self.budget.seconds is None or self.budget.seconds > MOST_SECONDS:
            raise ValueError(f"A job needs a budget of at most {MOST_SECONDS:g} seconds.")

    def to_json(self) -> str:
        data = {**asdict(self), "problem": self.problem.to_dict()}
        return json.dumps(data, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Self:
        data = json.loads(text)
        problem, budget = Problem.from_dict(data.pop("problem")), Budget(**data.pop("budget"))
        return cls(problem=problem, budget=budget, **data)
