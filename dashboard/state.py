"""The settings of the page, and their descriptions in words."""

from __future__ import annotations

from dataclasses import dataclass, replace

from core import presets
from core.budget import Budget
from core.jobs.request import Request
from core.problem import INTERPOLATIONS, Problem

# The choices of the control "Interpolation": the three curves, and all of them side by side.
METHODS = {**INTERPOLATIONS, "all": "All three"}
# Samplers without a curve, which are run to compare them with the curves.
COMPARISONS = {"langevin": "Langevin"}
TITLES = METHODS | COMPARISONS
DEFAULT = presets.FIRST
DEFAULT_METHOD = "all"


@dataclass(frozen=True)
class Selection:
    """The settings of the page, or of one of its panels.

    Attributes:
        method: a key of METHODS; for a single panel also one of COMPARISONS.
        problem: its interpolation is the method, or `linear` (for its latent) where the method is no single curve.
        seconds: the budget of a run.
    """

    method: str
    problem: Problem
    seconds: float

    @property
    def methods(self) -> tuple[str, ...]:
        """The methods that stand side by side."""
        return tuple(INTERPOLATIONS) if self.method == "all" else (self.method,)

    def alone(self, method: str) -> Selection:
        """The same for one curve, or for one comparison, to which what belongs to curves and training does not matter."""
        if method in INTERPOLATIONS:
            return replace(self, method=method, problem=replace(self.problem, interpolation=method))
        own = self.problem
        plain = Problem(own.target, sigma=own.sigma, center=own.center, seed=own.seed)
        return replace(self, method=method, problem=plain)

    def comparison(self, name: str) -> Request:
        """The run of a comparison: as long as each curve is trained."""
        seconds = max(self.seconds / len(self.methods), 1.0)
        return Request(self.alone(name).problem, name, Budget(seconds=seconds))

    @property
    def request(self) -> Request:
        """The job that Train starts."""
        kind = self.method if self.method in COMPARISONS else "train"
        return Request(self.problem, kind, Budget(seconds=self.seconds))

    @property
    def requests(self) -> tuple[Request, ...]:
        """One job for each method; they share the seconds."""
        share = max(self.seconds / len(self.methods), 1.0)
        return tuple(replace(self.alone(method), seconds=share).request for method in self.methods)

    def is_answered_by(self, request: Request) -> bool:
        """Whether a run belongs to these controls; its length does not matter."""
        own = self.request
        return (own.problem, own.kind) == (request.problem, request.kind)


def method_of(request: Request) -> str:
    """The key of TITLES that a request stands for."""
    return request.kind if request.kind in COMPARISONS else request.problem.interpolation


def describe(request: Request) -> str:
    """A run's problem in a few words, such as `Linear · Ring of modes · σ = 3 · seed 0`."""
    problem = request.problem
    parts = [TITLES[method_of(request)], problem.target.entry.title, f"σ = {problem.sigma:g}"]
    separation = problem.target.values.get("mode_separation")
    if separation is not None:
        parts.append(f"mode separation {separation:g}")
    return " · ".join([*parts, f"seed {problem.seed}"])
