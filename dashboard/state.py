"""What the page asks for, and how it is told in words."""

from __future__ import annotations

from dataclasses import dataclass, replace

from core import presets
from core.budget import Budget
from core.jobs.request import Request
from core.problem import INTERPOLATIONS, Problem

# The choices of the control "Interpolation": the three curves, the baseline that has none, and the curves side by side.
METHODS = {**INTERPOLATIONS, "langevin": "Langevin", "all": "All three"}
DEFAULT = presets.FIRST
DEFAULT_METHOD = "all"


@dataclass(frozen=True)
class Asked:
    """The controls, read.

    Attributes:
        method: a key of METHODS.
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

    def alone(self, method: str) -> Asked:
        """The same for one of the methods."""
        interpolation = method if method in INTERPOLATIONS else "linear"
        return replace(self, method=method, problem=replace(self.problem, interpolation=interpolation))

    @property
    def request(self) -> Request:
        """The job that Train starts."""
        method = "langevin" if self.method == "langevin" else "train"
        return Request(self.problem, method, Budget(seconds=self.seconds))

    @property
    def requests(self) -> tuple[Request, ...]:
        """One job for each method; they share the seconds."""
        share = max(self.seconds / len(self.methods), 1.0)
        return tuple(replace(self.alone(method), seconds=share).request for method in self.methods)

    def is_answered_by(self, request: Request) -> bool:
        """Whether a run belongs to these controls; its length does not matter."""
        own = self.request
        return (own.problem, own.method) == (request.problem, request.method)


def method_of(request: Request) -> str:
    """The key of METHODS that a request stands for."""
    return "langevin" if request.method == "langevin" else request.problem.interpolation


def describe(request: Request) -> str:
    """A run's problem in a few words."""
    problem = request.problem
    parts = [METHODS[method_of(request)], problem.target.entry.title, f"σ = {problem.sigma:g}"]
    separation = problem.target.values.get("mode_separation")
    if separation is not None:
        parts.append(f"mode separation {separation:g}")
    return ", ".join(parts) + f", seed {problem.seed}"
