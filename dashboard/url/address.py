"""A problem as parameters of the Explore page's address: only those that differ from the defaults of its target."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from core.problem import Problem, TargetSpec
from dashboard.state import COMPARISONS, CORRECTIONS, DEFAULT, DEFAULT_METHOD
from dashboard.url.long_texts import shortened


def params_of(problem: Problem, method: str) -> dict[str, str]:
    """The parameters of the Explore page's address for a problem.

    Args:
        problem: the problem.
        method: a key of TITLES.
    """
    target = problem.target
    plain = all_params_of(Problem(TargetSpec.of(target.name), sigma=target.entry.sigma[2]), DEFAULT_METHOD)
    plain["target"] = DEFAULT.target.name
    return {name: text for name, text in all_params_of(problem, method).items() if text != plain.get(name)}


def params_of_target(target: TargetSpec) -> dict[str, str]:
    """The parameters of a target, defaults included."""
    return _texts({"target": target.name, **target.values})


def all_params_of(problem: Problem, method: str) -> dict[str, str]:
    """All parameters of a problem, defaults included; settings that are None are left out."""
    is_curve = method not in COMPARISONS
    plain: dict[str, Any] = {} if is_curve else {"compare": method}
    if method in CORRECTIONS:
        method = problem.interpolation
    plain |= {"interpolation": method if is_curve else DEFAULT_METHOD, "sigma": problem.sigma}
    plain |= {"center": problem.center, "beta_max": problem.beta_max, "seed": problem.seed}
    plain |= {**asdict(problem.training), **asdict(problem.sampling)}
    return params_of_target(problem.target) | _texts(plain)


def _texts(plain: dict[str, Any]) -> dict[str, str]:
    return {name: shortened(text_of(value)) for name, value in plain.items() if value is not None}


def text_of(value: Any) -> str:
    """A value as text: lists separated by commas, points one per line, named numbers as `a=1, b=2`."""
    if not isinstance(value, tuple):
        return f"{value:.12g}" if isinstance(value, float) else str(value)
    if value and isinstance(value[0], tuple) and isinstance(value[0][0], str):
        return ", ".join(f"{name}={text_of(number)}" for name, number in value)
    return ("\n" if value and isinstance(value[0], tuple) else ", ").join(text_of(item) for item in value)
