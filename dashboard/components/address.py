"""A problem as the address bar of the Explore page tells it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from core.problem import Problem, TargetSpec
from dashboard.state import COMPARISONS, DEFAULT_METHOD


def params_of(problem: Problem, method: str) -> dict[str, str]:
    """The address bar of the Explore page for a problem.

    Args:
        problem: what is asked.
        method: a key of TITLES.
    """
    is_curve = method not in COMPARISONS
    plain: dict[str, Any] = {} if is_curve else {"compare": method}
    plain |= {"interpolation": method if is_curve else DEFAULT_METHOD, "sigma": problem.sigma}
    plain |= {"center": problem.center, "beta_max": problem.beta_max, "seed": problem.seed}
    plain |= {**asdict(problem.training), **asdict(problem.sampling)}
    return params_of_target(problem.target) | _texts(plain)


def params_of_target(target: TargetSpec) -> dict[str, str]:
    """What the address bar says of a target."""
    return _texts({"target": target.name, **target.values})


def _texts(plain: dict[str, Any]) -> dict[str, str]:
    return {name: _text(value) for name, value in plain.items() if value is not None}


def _text(value: Any) -> str:
    """A value as its widget writes it: numbers in a row separated by commas, points one a line."""
    if not isinstance(value, tuple):
        return f"{value:.12g}" if isinstance(value, float) else str(value)
    return ("\n" if isinstance(value[0], tuple) else ", ").join(_text(item) for item in value)
