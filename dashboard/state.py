"""The settings that a page has selected, and their short descriptions."""

from __future__ import annotations

from dataclasses import dataclass, replace

from core import checks, presets
from core.budget import Budget
from core.jobs.request import KINDS, Request
from core.problem import INTERPOLATIONS, Problem
from core.sampling.methods import METHODS as SAMPLERS

# The choices of the control "Interpolation": the three curves, and all of them side by side.
METHODS = {**INTERPOLATIONS, "all": "All three"}
# Comparison methods: samplers that need no curve.
COMPARISONS = {name: method.title for name, method in SAMPLERS.items() if name != "corrected"}
# Corrected samples of each trained curve: key and title.
CORRECTIONS = {f"{name}-corrected": f"{title}, corrected" for name, title in INTERPOLATIONS.items()}
TITLES = METHODS | COMPARISONS | CORRECTIONS
DEFAULT = presets.FIRST
DEFAULT_METHOD = "all"


@dataclass(frozen=True)
class Selection:
    """The selected settings of a page, or of one of its panels.

    Attributes:
        method: a key of METHODS; for a single panel, a key of INTERPOLATIONS or COMPARISONS.
        problem: the problem; its interpolation is the method if that is a single curve, and `linear` otherwise.
        seconds: training time in seconds, shared by all curves of the selection.
        curves: the curves to show if the method is `all`; if this is empty, all three.
    """

    method: str
    problem: Problem
    seconds: float
    curves: tuple[str, ...] = ()

    @property
    def methods(self) -> tuple[str, ...]:
        """The methods of the panels, from left to right."""
        if self.method == "all":
            return self.curves or tuple(INTERPOLATIONS)
        return (self.method,)

    def alone(self, method: str) -> Selection:
        """The selection for one panel. That of a comparison method has defaults for all settings of curves and training."""
        if method in INTERPOLATIONS:
            return replace(self, method=method, problem=replace(self.problem, interpolation=method))
        own = self.problem
        plain = Problem(own.target, sigma=own.sigma, center=own.center, seed=own.seed)
        return replace(self, method=method, problem=plain)

    def comparison(self, name: str) -> Request:
        """The request of a comparison method. Its budget is the time for which each curve trains, but at least one second."""
        seconds = max(self.seconds / len(self.methods), 1.0)
        return Request(self.alone(name).problem, checks.choice("kind", name, KINDS), Budget(seconds=seconds))

    @property
    def request(self) -> Request:
        """The job that Train starts for a single method."""
        kind = checks.choice("kind", self.method if self.method in COMPARISONS else "train", KINDS)
        return Request(self.problem, kind, Budget(seconds=self.seconds))

    @property
    def requests(self) -> tuple[Request, ...]:
        """One job per method; the jobs share the seconds equally, with at least one second each."""
        share = max(self.seconds / len(self.methods), 1.0)
        return tuple(replace(self.alone(method), seconds=share).request for method in self.methods)

    def matches(self, request: Request) -> bool:
        """Whether the request of a run has these settings; its budget may differ."""
        own = self.request
        return (own.problem, own.kind) == (request.problem, request.kind)


def method_of(request: Request) -> str:
    """The method of a request: its key in TITLES."""
    if request.kind == "corrected":
        return correction_of(request.problem.interpolation)
    return request.kind if request.kind in COMPARISONS else request.problem.interpolation


def in_sentence(title: str) -> str:
    """A title inside a sentence: in lower case unless it is an abbreviation."""
    return title if title.isupper() else title.lower()


def correction_of(interpolation: str) -> str:
    """The key of TITLES for corrected samples of a curve."""
    return f"{interpolation}-corrected"


def describe(request: Request) -> str:
    """A short description of a request, such as `Linear · Ring of modes · σ = 3 · seed 0`."""
    problem = request.problem
    parts = [TITLES[method_of(request)], problem.target.entry.title, f"σ = {problem.sigma:g}"]
    separation = problem.target.values.get("mode_separation")
    if separation is not None:
        parts.append(f"mode separation {separation:g}")
    return " · ".join([*parts, f"seed {problem.seed}"])
