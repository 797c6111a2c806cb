"""What the page asks for, and how it is told in words."""

from __future__ import annotations

from dataclasses import dataclass

from core import presets
from core.budget import Budget
from core.jobs.request import Request
from core.problem import INTERPOLATIONS, Problem

# The choices of the control "Interpolation": the three curves, and the baseline that has none.
METHODS = {**INTERPOLATIONS, "langevin": "Langevin"}
DEFAULT = presets.FIRST


@dataclass(frozen=True)
class Asked:
    """The controls, read.

    Attributes:
        method: a key of METHODS.
        problem: its interpolation is the method, or `linear` (for its latent) when the method is Langevin.
        seconds: the budget of a run.
    """

    method: str
    problem: Problem
    seconds: float

    @property
    def request(self) -> Request:
        """The job that Train starts."""
        method = "langevin" if self.method == "langevin" else "train"
        return Request(self.problem, method, Budget(seconds=self.seconds))

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
