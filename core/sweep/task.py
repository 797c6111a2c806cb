"""One task of a sweep: what to compute, for how long, and the key under which the store finds its result."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from core import checks
from core.budget import Budget
from core.problem import Problem
from core.sampling.methods import METHODS
from core.store.records import TRAINING

# What a task can compute: `training`, or a sampler by name. Correction needs a trained curve, which a task does not have.
KINDS = (TRAINING, *(name for name in METHODS if name != "corrected"))
FEWEST_SAMPLES, MOST_SAMPLES = 10, 100_000


@dataclass(frozen=True)
class Effort:
    """Limits on the cost of a task.

    Attributes:
        seconds: seconds of training or sampling.
        steps: training steps, in place of seconds.
        energy_calls: energy calls of samplers, in place of seconds.

    Raises:
        ValueError: nothing is given, or a value is outside its limits.
    """

    seconds: float | None = None
    steps: int | None = None
    energy_calls: int | None = None

    def __post_init__(self) -> None:
        if self.seconds is not None or self.steps is not None:
            budget = Budget(self.seconds, self.steps)
            object.__setattr__(self, "seconds", budget.seconds)
            object.__setattr__(self, "steps", budget.steps)
        if self.energy_calls is not None:
            calls = checks.integer("energy_calls", self.energy_calls, 1, 10**12)
            object.__setattr__(self, "energy_calls", calls)
        if (self.seconds, self.steps, self.energy_calls) == (None, None, None):
            raise ValueError("A budget needs `seconds`, `steps` or `energy_calls`.")

    def of_kind(self, kind: str) -> Effort:
        """The part of the budget that applies to one kind of task.

        Raises:
            ValueError: no part of the budget applies.
        """
        if kind == TRAINING:
            if self.seconds is None and self.steps is None:
                raise ValueError("A curve needs a budget in `seconds` or `steps`.")
            return Effort(self.seconds, self.steps)
        if self.energy_calls is not None:
            return Effort(energy_calls=self.energy_calls)
        if self.seconds is None:
            raise ValueError("A sampler needs a budget in `seconds` or `energy_calls`.")
        return Effort(self.seconds)


@dataclass(frozen=True)
class Task:
    """One run of a sweep. Tasks with equal keys have the same result.

    Attributes:
        problem: the problem, with its seed.
        kind: one of `KINDS`.
        effort: its budget.
        num_samples: number of samples to score.
        with_action: whether to compute the exact action of the curve, which takes up to 15 s for a learned curve in the plane.
        parameters: the values of the sweep's axes at this task, for tables; not part of the key.

    Raises:
        ValueError: a value is outside its limits, or the problem exists in this process only.
    """

    problem: Problem
    kind: str
    effort: Effort
    num_samples: int = 2000
    with_action: bool = True
    parameters: Mapping[str, Any] = field(default_factory=dict, compare=False)

    def __post_init__(self) -> None:
        checks.choice("kind", self.kind, KINDS)
        number = checks.integer("num_samples", self.num_samples, FEWEST_SAMPLES, MOST_SAMPLES)
        object.__setattr__(self, "num_samples", number)
        if not isinstance(self.with_action, bool):
            raise ValueError(f"`action` must be true or false; got {checks.brief(self.with_action)}.")
        if self.problem.is_local:
            raise ValueError(
                f"`{self.problem.target.name}` is a Python function of this process, so no other process can compute it and the store "
                "cannot keep it. Use a target by name, or a formula."
            )
        if self.kind == TRAINING and self.problem.interpolation == "transport":
            raise ValueError("Optimal transport cannot be trained; use another curve or a sampler.")
        object.__setattr__(self, "effort", self.effort.of_kind(self.kind))

    def to_dict(self) -> dict[str, Any]:
        """Plain data, without the parameters."""
        effort = {name: value for name, value in vars(self.effort).items() if value is not None}
        return {
            "problem": self.problem.to_dict(),
            "kind": self.kind,
            "budget": effort,
            "num_samples": self.num_samples,
            "action": self.with_action,
        }

    @classmethod
    def from_dict(cls, data: Any) -> Task:
        """The inverse of `to_dict`.

        Raises:
            ValueError: a key is missing or unknown, or a value is outside its limits.
        """
        names = ("problem", "kind", "budget", "num_samples", "action")
        data = checks.known_keys("A task", data, names)
        if missing := [name for name in names if name not in data]:
            raise ValueError(f"A task needs {', '.join(missing)}.")
        return cls(
            Problem.from_dict(data["problem"]),
            data["kind"],
            effort_of(data["budget"]),
            data["num_samples"],
            data["action"],
        )

    @property
    def key(self) -> str:
        """Digest of everything that the result depends on, 16 hexadecimal digits."""
        text = json.dumps(self.to_dict(), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    @property
    def label(self) -> str:
        """The task in a few words, such as `sigma = 3, interpolation = learned, seed 0`."""
        return ", ".join(
            [*(f"{k} = {short(v)}" for k, v in self.parameters.items()), f"seed {self.problem.seed}"]
        )


def effort_of(data: Any) -> Effort:
    """Read a budget from plain data.

    Raises:
        ValueError: a key is unknown, or a value is outside its limits.
    """
    return Effort(**checks.known_keys("`budget`", data, ("seconds", "steps", "energy_calls")))


def short(value: Any) -> str:
    """Format the value of an axis for a sentence."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return f"{value:g}".replace("-", "−")
    if isinstance(value, Mapping) and "name" in value:
        return str(value["name"])
    return value if isinstance(value, str) else checks.brief(value)
