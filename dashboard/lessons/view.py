"""The view that the player of a step shows, in the notation of the Explore page's address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl

from core import checks
from core.problem import (
    CENTERS,
    CURVES,
    INTERPOLATIONS,
    Problem,
    SamplingSettings,
    TargetSpec,
    TrainingSettings,
)
from core.targets.parameters import (
    Covariances,
    Formula,
    Integer,
    NamedNumbers,
    Number,
    Parameter,
    Positions,
)
from core.targets.points.packed import PackedPoints
from core.targets.registry import TARGETS
from core.targets.sketch.packed import PackedSketch
from dashboard.controls.slider_ranges import slider_range
from dashboard.url.long_texts import whole

DEFAULT_TARGET = "shifted_pair"
ALL = "all"
METHODS = (*INTERPOLATIONS, ALL)
BACKDROPS = ("exact", "learned", "difference")
TRAINING_WORDS = ("optimiser", "collocation", "start")
TRAINING_NUMBERS = ("width", "depth", "batch_size", "learning_rate")
# Parameters that a view can have besides those of its target.
OWN = (
    "target", "interpolation", "sigma", "center", "beta_max", "seed", "solver", "num_steps", "t", "backdrop", "panel", "seconds",
    *TRAINING_WORDS, *TRAINING_NUMBERS,
)  # fmt: skip


@dataclass(frozen=True)
class View:
    """A view.

    Attributes:
        params: the parameters as in an address, by name; the rest have their defaults.
        method: the curve, a key of `INTERPOLATIONS`, or `all`.
        problem: the problem; the linear curve where the method is `all`.
        t: the time; None starts playing.
    """

    params: tuple[tuple[str, str], ...]
    method: str
    problem: Problem
    t: float | None

    def problem_of(self, method: str) -> Problem:
        """The problem of one curve."""
        return replace(self.problem, interpolation=checks.choice("interpolation", method, CURVES))

    @property
    def methods(self) -> tuple[str, ...]:
        """The curves that are shown, from left to right."""
        return tuple(INTERPOLATIONS) if self.method == ALL else (self.method,)


def parse_view(text: str) -> View:
    """Read a view.

    Args:
        text: such as `target=shifted_pair&interpolation=all&sigma=1&mode_separation=4&t=0`.

    Raises:
        ValueError: a parameter is unknown, or a value is not allowed.
    """
    return view_of(dict(parse_qsl(text.strip().lstrip("?"), keep_blank_values=True)))


def view_of(params: Mapping[str, str]) -> View:
    """The view with these parameters.

    Raises:
        ValueError: a parameter is unknown, or a value is not allowed.
    """
    target = checks.choice("target", params.get("target", DEFAULT_TARGET), TARGETS)
    entry = TARGETS[target]
    for name in params:
        if name not in OWN and name not in entry.parameters:
            raise ValueError(f"A view of the target `{target}` has no `{name}`.")
    method = checks.choice("interpolation", params.get("interpolation", ALL), METHODS)
    if "backdrop" in params:
        checks.choice("backdrop", params["backdrop"], BACKDROPS)
    if "panel" in params:
        checks.choice("panel", params["panel"], INTERPOLATIONS)
    if "seconds" in params:
        checks.integer("seconds", _number("seconds", params["seconds"]), 1, 10**6)
    low, high, start = entry.sigma
    sigma = checks.number("sigma", _number("sigma", params.get("sigma", f"{start:g}")), low, high)
    given = {
        name: _parameter(target, name, spec, params[name])
        for name, spec in entry.parameters.items()
        if name in params
    }
    problem = Problem(
        TargetSpec.of(target, **given),
        method if method in INTERPOLATIONS else "linear",
        sigma,
        **_settings(params),
    )  # fmt: skip
    t = checks.number("t", _number("t", params["t"]), 0, 1) if "t" in params else None
    return View(tuple(sorted(params.items())), method, problem, t)


def _settings(params: Mapping[str, str]) -> dict[str, Any]:
    """The settings of training and sampling that the parameters name."""
    found: dict[str, Any] = {}
    if "center" in params:
        found["center"] = checks.choice("center", params["center"], CENTERS)
    found |= {name: _number(name, params[name]) for name in ("beta_max", "seed") if name in params}
    learn: dict[str, Any] = {name: params[name] for name in TRAINING_WORDS if name in params}
    learn |= {name: _number(name, params[name]) for name in TRAINING_NUMBERS if name in params}
    sample: dict[str, Any] = {name: params[name] for name in ("solver",) if name in params}
    sample |= {name: _number(name, params[name]) for name in ("num_steps",) if name in params}
    return found | {"training": TrainingSettings(**learn), "sampling": SamplingSettings(**sample)}


def _parameter(target: str, name: str, spec: Parameter, text: str) -> Any:
    """The value of a target's parameter, which must lie within the range of its slider."""
    if isinstance(spec, Positions | Covariances):
        return [[_number(name, part) for part in line.split(",")] for line in text.splitlines()]
    if isinstance(spec, Number):
        return checks.number(name, _number(name, text), *slider_range(target, name, spec))
    if isinstance(spec, Integer):
        return _number(name, text)
    if isinstance(spec, Formula | NamedNumbers):
        return text
    if isinstance(spec, PackedPoints | PackedSketch):
        return whole(text)
    values = [_number(name, part) for part in text.split(",")]
    return values[0] if len(values) == 1 and spec.scalar else values


def _number(name: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ValueError(f"`{name}` must be a number; got {checks.brief(text)}.") from None
