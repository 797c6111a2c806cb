"""Requests: what a job computes, and for how long."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import asdict, dataclass, field, replace
from typing import Literal, get_args

from core import checks
from core.budget import Budget
from core.problem import Problem
from core.sampling.methods import FORMER

# `train`, or a sampler: a key of `core.sampling.methods.METHODS`.
Kind = Literal[
    "train", "corrected", "smc", "ais", "parallel_tempering", "hmc", "mala", "ula", "box", "nested"
]
KINDS: tuple[Kind, ...] = get_args(Kind)
MOST_SECONDS = 120.0
# A run of kind `corrected` corrects the samples of a trained curve. Its budget is half of the training budget, within these limits in
# seconds.
CORRECTION_SECONDS = (2.0, 6.0)
MOST_SAMPLES = 20_000


@dataclass(frozen=True)
class Request:
    """One requested run.

    Attributes:
        problem: target, latent, interpolation and settings.
        kind: `train` trains the problem's interpolation; the other kinds are samplers of its target.
        budget: a limit in seconds, at most MOST_SECONDS because others may be waiting.
        num_samples: number of samples in the final report.
        checkpoint: encoded trained curve (`core.training.checkpoint.encode`), from which `train` resumes or whose samples `corrected`
            corrects; empty for other kinds and for a new run.

    Raises:
        ValueError: a value is outside its limits.
    """

    problem: Problem
    kind: Kind = "train"
    budget: Budget = field(default_factory=lambda: Budget(seconds=10.0))
    num_samples: int = 2000
    checkpoint: bytes = field(default=b"", repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "kind", checked_kind(self.kind))
        number = checks.integer("num_samples", self.num_samples, 10, MOST_SAMPLES)
        object.__setattr__(self, "num_samples", number)
        if self.budget.seconds is None or self.budget.seconds > MOST_SECONDS:
            raise ValueError(f"A job needs a budget of at most {MOST_SECONDS:g} seconds.")

    def correction(self, checkpoint: bytes) -> Request:
        """The request that corrects the samples of this training run.

        Args:
            checkpoint: the run's trained curve.
        """
        least, most = CORRECTION_SECONDS
        seconds = min(max((self.budget.seconds or 0.0) / 2, least), most)
        return replace(self, kind="corrected", budget=Budget(seconds=seconds), checkpoint=checkpoint)

    @property
    def curve_digest(self) -> str:
        """Digest of the trained curve in the checkpoint; empty without one."""
        return hashlib.sha256(self.checkpoint).hexdigest() if self.checkpoint else ""

    def to_json(self) -> str:
        text = base64.b64encode(self.checkpoint).decode()
        data = {**asdict(self), "problem": self.problem.to_dict(), "checkpoint": text}
        return json.dumps(data, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Request:
        data = json.loads(text)
        problem, budget = Problem.from_dict(data.pop("problem")), Budget(**data.pop("budget"))
        checkpoint = base64.b64decode(data.pop("checkpoint", ""))
        return cls(problem=problem, budget=budget, checkpoint=checkpoint, **data)


def checked_kind(kind: str) -> Kind:
    """Return the kind with this name. Former names are accepted too.

    Raises:
        ValueError: there is no such kind.
    """
    return checks.choice("kind", FORMER.get(kind, kind), KINDS)
