"""The table of targets: their names, parameters and limits, and how each is built.

Nothing heavy is imported until a target is built, so an interface can list and check targets at once.
To add one: write its energy in a file of its own and give it a row here.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from core import checks

if TYPE_CHECKING:
    from core.targets.base import AbstractTarget

MOST_MODES = 400
MOST_DIMENSIONS = 64


@dataclass(frozen=True)
class Number:
    """A real parameter.

    Attributes:
        slider: the range that a slider offers, inside the limits; None where it is not shown as one.
    """

    default: float
    minimum: float
    maximum: float
    help: str
    slider: tuple[float, float] | None = None

    def check(self, name: str, value: Any) -> float:
        return checks.number(name, value, self.minimum, self.maximum)


@dataclass(frozen=True)
class Integer:
    """A whole parameter.

    Attributes:
        multiple: the value is a multiple of this, as the limits are.
    """

    default: int
    minimum: int
    maximum: int
    help: str
    multiple: int = 1

    def check(self, name: str, value: Any) -> int:
        whole = checks.integer(name, value, self.minimum, self.maximum)
        if whole % self.multiple:
            raise ValueError(f"`{name}` must be a multiple of {self.multiple}; got {whole}.")
        return whole


@dataclass(frozen=True)
class Numbers:
    """A list of numbers, one for each mode; `scalar` lets one number stand for all."""

    default: float | None
    minimum: float
    maximum: float
    help: str
    scalar: bool = False

    def check(self, name: str, value: Any) -> float | tuple[float, ...] | None:
        if value is None and self.default is None:
            return None
        if self.scalar and isinstance(value, (int, float)):
            return checks.number(name, value, self.minimum, self.maximum)
        return checks.numbers(name, value, self.minimum, self.maximum, MOST_MODES)


@dataclass(frozen=True)
class Places:
    """A list of points, all of the same dimension."""

    default: tuple[tuple[float, ...], ...]
    minimum: float
    maximum: float
    help: str

    def check(self, name: str, value: Any) -> tuple[tuple[float, ...], ...]:
        if isinstance(value, (str, bytes, Mapping)) or not hasattr(value, "__iter__"):
            raise ValueError(f"`{name}` must be a list of points; got {checks.brief(value)}.")
        rows = tuple(value)
        if not 1 <= len(rows) <= MOST_MODES:
            raise ValueError(f"`{name}` must hold 1 to {MOST_MODES} points; got {len(rows)}.")
        points = tuple(
            checks.numbers(f"{name}[{i}]", row, self.minimum, self.maximum, MOST_DIMENSIONS)
            for i, row in enumerate(rows)
        )
        lengths = sorted({len(point) for point in points})
        if len(lengths) > 1:
            raise ValueError(f"`{name}` must hold points of one dimension; got {lengths}.")
        return points


Parameter = Number | Integer | Numbers | Places


@dataclass(frozen=True)
class TargetEntry:
    """One row of the table.

    Attributes:
        title: the name that a person reads.
        definition: the energy or density in one line.
        factory: `module:function` that takes the parameters by name.
        sigma: the range of the latent σ that suits it, and the value to start from.
        latent: the latent of its linear and learned paths (a gradient flow's is always Gaussian).
        count_modes: the number of modes, from the checked parameters.
        count_dimensions: the number of coordinates, from the checked parameters.
        is_mixture: whether it is an arrangement of isotropic Gaussians.
    """

    title: str
    definition: str
    factory: str
    parameters: Mapping[str, Parameter]
    sigma: tuple[float, float, float] = (0.5, 6.0, 1.0)
    latent: str = "gaussian"
    count_modes: Callable[[Mapping[str, Any]], int] = lambda values: 2
    count_dimensions: Callable[[Mapping[str, Any]], int] = lambda values: values.get("dim", 2)
    is_mixture: bool = False


def _separation(default: float, slider: tuple[float, float], help: str) -> Number:
    return Number(default, 0.0, 100.0, help, slider)


_STD = Number(0.7, 0.01, 100.0, "Standard deviation of every mode.", (0.2, 2.0))
_WEIGHTS = Numbers(None, 1e-6, 1e6, "Mass of each mode, up to a common factor; empty for equal.")
_NEIGHBOURS = "Distance between neighbouring modes."

TARGETS: dict[str, TargetEntry] = {
    "shifted_pair": TargetEntry(
        "Pair, one mode at the origin",
        "Two Gaussians, one at the origin and the other mode separation away on the first axis.",
        "core.targets.mixture:shifted_pair",
        {
            "mode_separation": _separation(4.0, (1.0, 12.0), _NEIGHBOURS),
            "dim": Integer(1, 1, MOST_DIMENSIONS, "Number of dimensions."),
            "std": _STD,
            "weights": _WEIGHTS,
        },
        is_mixture=True,
    ),
    "two_modes": TargetEntry(
        "Two modes",
        "Two Gaussians on the first axis, mode separation apart, centred at the origin.",
        "core.targets.mixture:two_modes",
        {
            "mode_separation": _separation(4.0, (1.0, 12.0), _NEIGHBOURS),
            "dim": Integer(2, 1, MOST_DIMENSIONS, "Number of dimensions."),
            "std": _STD,
            "weights": _WEIGHTS,
        },
        is_mixture=True,
    ),
    "ring": TargetEntry(
        "Ring of modes",
        "Gaussians on a circle, neighbours mode separation apart.",
        "core.targets.mixture:ring",
        {
            "mode_separation": _separation(4.0, (1.0, 8.0), _NEIGHBOURS),
            "num_modes": Integer(8, 2, 64, "Number of modes."),
            "std": _STD,
            "weights": _WEIGHTS,
        },
        count_modes=lambda values: values["num_modes"],
        is_mixture=True,
    ),
    "laplace": TargetEntry(
        "Laplace pair (1-D)",
        "exp(−2 min(|x|, |x − m|)) on the line, the paper's example of teleportation.",
        "core.targets.laplace:LaplacePair",
        {"mode_separation": Number(5.0, 0.0, 60.0, "Distance m between the two cusps.", (1.0, 20.0))},
        latent="laplace",
        count_dimensions=lambda values: 1,
    ),
    "double_well": TargetEntry(
        "Double well (1-D)",
        "(x² − (m/2)²)² on the line, with wells at ±m/2.",
        "core.targets.double_well:DoubleWell",
        {
            "mode_separation": Number(
                2.828427125, 0.1, 10.0, "Distance m of the wells; the barrier is (m/2)⁴ nats.", (1.0, 5.0)
            )
        },
        count_dimensions=lambda values: 1,
    ),
    "two_moons": TargetEntry(
        "Two moons",
        "Two crescents of a ring of radius 2 and width 0.2 in the plane.",
        "core.targets.two_moons:TwoMoons",
        {},
        sigma=(0.5, 6.0, 2.0),
    ),
    "asymmetric_gmm": TargetEntry(
        "Asymmetric mixture",
        "⅓ N((4, 4), I) + ⅔ N((−s, −s), I) with s the mode separation.",
        "core.targets.mixture:asymmetric_gmm",
        {"mode_separation": _separation(8.0, (1.0, 12.0), "How far the heavier mode lies out.")},
        is_mixture=True,
    ),
    "gmm40": TargetEntry(
        "GMM-40",
        "Forty equal Gaussians of std softplus(1) ≈ 1.3133 in [−40, 40]².",
        "core.targets.mixture:gmm40",
        {},
        sigma=(1.0, 40.0, 1.0),
        count_modes=lambda values: 40,
        is_mixture=True,
    ),
    "many_well": TargetEntry(
        "Many wells",
        "Σ −½x − 6x² + x⁴ + ½y² over pairs (x, y) of coordinates, two wells a pair.",
        "core.targets.many_well:ManyWell",
        {"dim": Integer(8, 2, MOST_DIMENSIONS, "Number of dimensions, even.", multiple=2)},
        sigma=(0.5, 6.0, 1.5),
        # Beyond eight pairs their wells are no longer told apart, see `ManyWell`.
        count_modes=lambda values: 2 ** min(values["dim"] // 2, 8),
    ),
    "mixture": TargetEntry(
        "Any Gaussian mixture",
        "Isotropic Gaussians at given places, in any dimension.",
        "core.targets.mixture:mixture",
        {
            "means": Places(((-2.0,), (2.0,)), -1e4, 1e4, "The centres, one row for each mode."),
            "std": Numbers(0.7, 1e-3, 1e3, "One standard deviation, or one for each mode.", True),
            "weights": _WEIGHTS,
        },
        sigma=(0.5, 40.0, 1.0),
        count_dimensions=lambda values: len(values["means"][0]),
        count_modes=lambda values: len(values["means"]),
        is_mixture=True,
    ),
}


def checked_parameters(name: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """All parameters of a target, defaults filled in, in the order of the table.

    Raises:
        ValueError: an unknown target or parameter, a value outside its limits, or lists that do not fit together.
    """
    entry = TARGETS[checks.choice("target", name, TARGETS)]
    given = checks.known_keys(f"The target `{name}`", given, entry.parameters)
    values = {
        key: parameter.check(key, given.get(key, parameter.default))
        for key, parameter in entry.parameters.items()
    }
    for key in ("weights", "std"):
        check_count(name, key, values)
    return values


def check_count(target: str, name: str, values: Mapping[str, Any]) -> None:
    """A parameter with one number for each mode, once each parameter alone is known to be right.

    Raises:
        ValueError: it has another number of them than the target has modes.
    """
    value, count = values.get(name), TARGETS[target].count_modes(values)
    if isinstance(value, tuple) and len(value) != count:
        raise ValueError(f"`{name}` must hold {count} numbers, one per mode; got {len(value)}.")


def num_modes(name: str, values: Mapping[str, Any]) -> int:
    """The number of modes, known without building the target."""
    return TARGETS[name].count_modes(values)


def dimension(name: str, values: Mapping[str, Any]) -> int:
    """The number of coordinates, known without building the target."""
    return TARGETS[name].count_dimensions(values)


def build(name: str, values: Mapping[str, Any]) -> AbstractTarget:
    """The target itself, in float64."""
    module, function = TARGETS[name].factory.split(":")
    return getattr(importlib.import_module(module), function)(**values)
