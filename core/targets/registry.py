"""The table of targets: their names, parameters, limits and constructors.

This module does not import torch until a target is built or its modes are computed, so an interface can list and validate targets quickly.
To add a target, write its energy in a new file and add a row to `TARGETS`.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

from core import checks
from core.targets.expression.resolve import parameter_names, resolve
from core.targets.parameters import (
    MOST_DIMENSIONS,
    Covariances,
    Formula,
    Integer,
    NamedNumbers,
    Number,
    Numbers,
    Parameter,
    Positions,
)
from core.targets.points import example as points_example
from core.targets.points.packed import PackedPoints
from core.targets.points.packed import unpacked as unpacked_points
from core.targets.sketch import example as sketch_example
from core.targets.sketch.packed import PackedSketch
from core.targets.sketch.packed import unpacked as unpacked_sketch

if TYPE_CHECKING:
    from core.targets.base import KnownTarget

# Kinds of latent densities.
Latent = Literal["gaussian", "laplace"]

# What can be known about a target: log Z, exact samples, positions of the modes, masses of the modes.
Fact = Literal["log Z", "samples", "modes", "masses"]
FACTS: tuple[Fact, ...] = get_args(Fact)


@dataclass(frozen=True)
class TargetEntry:
    """One row of the table.

    Attributes:
        title: name shown to readers.
        definition: the energy or density in one line.
        factory: `module:function` or a function, called with the parameters as keyword arguments.
        parameters: kinds and limits of the parameters, by name.
        sigma: smallest, largest and default latent σ.
        latent: latent of the linear and the learned curve (the gradient flow always starts from a Gaussian).
        count_modes: computes the number of modes from the validated parameters; returns None if it is unknown.
        count_dimensions: computes the number of coordinates from the validated parameters.
        is_mixture: whether the target is a mixture of Gaussians, isotropic unless covariance matrices are given (see `TargetSpec.is_mixture`).
        check: checks parameters against each other, after each has been validated by itself; raises ValueError.
        unknown: computes from the validated parameters which of `log Z`, `samples`, `modes` and `masses` are unknown.
        count_kernels: computes the number of terms in one evaluation of the energy, for estimates of costs.
        is_local: whether the target is a function that was registered in this process, see `core.targets.local`.
    """

    title: str
    definition: str
    factory: str | Callable[..., KnownTarget]
    parameters: Mapping[str, Parameter]
    sigma: tuple[float, float, float] = (0.5, 6.0, 1.0)
    latent: Latent = "gaussian"
    count_modes: Callable[[Mapping[str, Any]], int | None] = lambda values: 2
    count_dimensions: Callable[[Mapping[str, Any]], int] = lambda values: values.get("dim", 2)
    is_mixture: bool = False
    check: Callable[[Mapping[str, Any]], None] = lambda values: None
    unknown: Callable[[Mapping[str, Any]], tuple[Fact, ...]] = lambda values: ()
    count_kernels: Callable[[Mapping[str, Any]], int] = lambda values: 1
    is_local: bool = False


def _count_basins(values: Mapping[str, Any]) -> int:
    """The number of modes of a typed energy, which are computed from the energy."""
    from core.targets.expression.target import known, surveyed

    compute = known if values["dim"] <= 2 else surveyed
    return len(compute(values["energy"], values["dim"], values["parameters"]).modes)


def _count_drawn(values: Mapping[str, Any]) -> int:
    """The number of modes of a sketch, which are computed from its density."""
    from core.targets.sketch.target import known

    return len(known(values["sketch"]).modes)


def _count_wells(values: Mapping[str, Any]) -> int:
    """The number of wells of the Müller–Brown potential that count as modes at a temperature, because they contain enough mass."""
    from core.targets.muller_brown import known

    return len(known(values["temperature"]).modes)


def _count_peaks(values: Mapping[str, Any]) -> int:
    """The number of peaks of the density of imported points."""
    from core.targets.points.density import count_peaks

    return count_peaks(values["points"], values["bandwidth"])


def unknown_of_an_energy(dim: int) -> tuple[Fact, ...]:
    """The facts that cannot be computed from an energy alone, in this many dimensions."""
    return () if dim <= 2 else ("log Z", "samples", "masses")


def _check_formula(values: Mapping[str, Any]) -> None:
    """Check that a typed energy can be parsed. Whether its density has an integral is checked when the target is built."""
    names, given = parameter_names(values["energy"]), dict(values["parameters"])
    for name in given:
        if name not in names:
            raise ValueError(f"The energy has no `{name}`; its parameters are: {', '.join(names) or 'none'}.")
    resolve(values["energy"], values["dim"], given)


def _check_covariances(values: Mapping[str, Any]) -> None:
    """Check that covariance matrices fit the means, and that they are positive definite."""
    cov, dim, modes = values["cov"], len(values["means"][0]), len(values["means"])
    if cov is None:
        return
    if len(cov) not in (1, modes):
        raise ValueError(f"`cov` must have 1 matrix or {modes}, one per mode; got {len(cov)}.")
    size = dim * (dim + 1) // 2
    for index, entries in enumerate(cov):
        if len(entries) != size:
            raise ValueError(
                f"`cov[{index}]` must have {size} numbers, the upper triangle of a {dim} × {dim} matrix row by row; got {len(entries)}."
            )
        if not _is_positive_definite(entries, dim):
            raise ValueError(f"`cov[{index}]` is not positive definite, so it is not a covariance matrix.")


def _is_positive_definite(entries: tuple[float, ...], dim: int) -> bool:
    """Whether a symmetric matrix, given by its upper triangle, is positive definite: all pivots of Gaussian elimination are positive."""
    left = iter(entries)
    upper = [[0.0] * i + [next(left) for _ in range(dim - i)] for i in range(dim)]
    for i, row in enumerate(upper):
        if not row[i] > 1e-12 * max(abs(entry) for entry in entries):
            return False
        for j in range(i + 1, dim):
            factor = row[j] / row[i]
            for k in range(j, dim):
                upper[j][k] -= factor * row[k]
    return True


_SEPARATION = Number(4.0, 0.0, 100.0, "Distance between neighbouring modes.")
_STD = Number(0.7, 0.01, 100.0, "Standard deviation of every mode.")
_WEIGHTS = Numbers(None, 1e-6, 1e6, "Mass of each mode, up to a common factor. Leave empty for equal masses.")

# The parameters of a typed energy.
ENERGY = Formula("(x1**2 - 3)**2/4 + 2*(x2 - sin(x1))**2", "The energy f, minus the log of the density.")
FORMULA_DIM = Integer(2, 1, MOST_DIMENSIONS, "Number of dimensions.")
FORMULA_PARAMETERS = NamedNumbers((), -1e6, 1e6, "Values of the other names in the formula.")

# Parameters of the target `points`.
POINTS = PackedPoints(points_example.EXAMPLE, "The points, from a file.")
BANDWIDTH = Number(
    1.0, 0.1, 5.0, "Width of the kernels, relative to the width that is chosen from the points."
)
# Parameter of the target `sketch`.
SKETCH = PackedSketch(sketch_example.EXAMPLE, "The sketch, as text.")

TARGETS: dict[str, TargetEntry] = {
    "shifted_pair": TargetEntry(
        "Pair, one mode at the origin",
        "Two Gaussians on the first axis: one at the origin, the other at the mode separation.",
        "core.targets.mixture:shifted_pair",
        {
            "mode_separation": _SEPARATION,
            "dim": Integer(1, 1, MOST_DIMENSIONS, "Number of dimensions."),
            "std": _STD,
            "weights": _WEIGHTS,
        },
        is_mixture=True,
    ),
    "two_modes": TargetEntry(
        "Two modes",
        "Two Gaussians on the first axis, at plus and minus half the mode separation.",
        "core.targets.mixture:two_modes",
        {
            "mode_separation": _SEPARATION,
            "dim": Integer(2, 1, MOST_DIMENSIONS, "Number of dimensions."),
            "std": _STD,
            "weights": _WEIGHTS,
        },
        is_mixture=True,
    ),
    "ring": TargetEntry(
        "Ring of modes",
        "Gaussians on a circle; the mode separation is the distance between neighbours.",
        "core.targets.mixture:ring",
        {
            "mode_separation": _SEPARATION,
            "num_modes": Integer(8, 2, 64, "Number of modes."),
            "std": _STD,
            "weights": _WEIGHTS,
        },
        count_modes=lambda values: values["num_modes"],
        is_mixture=True,
    ),
    "laplace": TargetEntry(
        "Laplace pair (1-D)",
        "exp(−2 min(|x|, |x − m|)) on the line: the paper's example of teleportation.",
        "core.targets.laplace:LaplacePair",
        {"mode_separation": Number(5.0, 0.0, 60.0, "Distance m between the two cusps.")},
        latent="laplace",
        count_dimensions=lambda values: 1,
    ),
    "double_well": TargetEntry(
        "Double well (1-D)",
        "(x² − (m/2)²)² on the line, with wells at ±m/2.",
        "core.targets.double_well:DoubleWell",
        {
            "mode_separation": Number(
                2.828427125, 0.1, 10.0, "Distance m between the wells; the barrier is (m/2)⁴ nats."
            )
        },
        count_dimensions=lambda values: 1,
    ),
    "two_moons": TargetEntry(
        "Two moons",
        "Two crescents in the plane, parts of a ring of radius 2 and width 0.2.",
        "core.targets.two_moons:TwoMoons",
        {},
        sigma=(0.5, 6.0, 2.0),
    ),
    "asymmetric_gmm": TargetEntry(
        "Asymmetric mixture",
        "⅓ N((4, 4), I) + ⅔ N((−s, −s), I) where s is the mode separation.",
        "core.targets.mixture:asymmetric_gmm",
        {"mode_separation": Number(8.0, 0.0, 100.0, "Mode separation s: the heavier mode lies at (−s, −s).")},
        is_mixture=True,
    ),
    "gmm40": TargetEntry(
        "GMM-40",
        "Forty equal Gaussians with standard deviation softplus(1) ≈ 1.3133 in [−40, 40]².",
        "core.targets.mixture:gmm40",
        {},
        sigma=(1.0, 40.0, 1.0),
        count_modes=lambda values: 40,
        is_mixture=True,
    ),
    "many_well": TargetEntry(
        "Many wells",
        "Σ −½x − 6x² + x⁴ + ½y² over pairs (x, y) of coordinates, two wells per pair.",
        "core.targets.many_well:ManyWell",
        {"dim": Integer(8, 2, MOST_DIMENSIONS, "Number of dimensions; it must be even.", multiple=2)},
        sigma=(0.5, 6.0, 1.5),
        # Only the first eight pairs distinguish modes, see `ManyWell`.
        count_modes=lambda values: 2 ** min(values["dim"] // 2, 8),
    ),
    "gmm25": TargetEntry(
        "25-GMM",
        "Twenty-five equal Gaussians with variance 0.3 on a 5 × 5 grid, 5 apart.",
        "core.targets.mixture:gmm25",
        {},
        sigma=(0.5, 20.0, 1.0),
        count_modes=lambda values: 25,
        is_mixture=True,
    ),
    "shifted_ring": TargetEntry(
        "Shifted eight modes",
        "Eight Gaussians with standard deviation 0.7 on a circle around (shift, 0), away from the latent.",
        "core.targets.mixture:shifted_ring",
        {
            "mode_separation": Number(4.0, 0.0, 100.0, "Distance between neighbouring modes."),
            "shift": Number(12.0, 0.0, 100.0, "Distance of the circle's centre from the origin."),
        },
        sigma=(0.5, 20.0, 1.0),
        count_modes=lambda values: 8,
        is_mixture=True,
    ),
    "rings": TargetEntry(
        "Four concentric rings",
        "Four rings: the radius follows a mixture of N(k, 0.15²) for k = 1 to 4, and the angle is uniform.",
        "core.targets.rings:Rings",
        {},
        count_modes=lambda values: 4,
    ),
    "funnel": TargetEntry(
        "Neal's funnel",
        "x₁ ~ N(0, 9); given x₁, all other coordinates are N(0, exp(x₁)).",
        "core.targets.funnel:Funnel",
        {"dim": Integer(2, 2, MOST_DIMENSIONS, "Number of dimensions.")},
        count_modes=lambda values: 1,
    ),
    "checkerboard": TargetEntry(
        "Smoothed checkerboard",
        "Eight squares with side 2, their edges smoothed by logistic noise of scale 0.1.",
        "core.targets.checkerboard:Checkerboard",
        {},
        sigma=(0.5, 6.0, 2.0),
        count_modes=lambda values: 8,
    ),
    "banana": TargetEntry(
        "Banana",
        "x₁ ~ N(0, 4), and x₂ ~ N(b (x₁² − 4), 1).",
        "core.targets.banana:Banana",
        {"bend": Number(0.5, 0.0, 2.0, "Curvature b; 0 gives a straight Gaussian.")},
        count_modes=lambda values: 1,
    ),
    "muller_brown": TargetEntry(
        "Müller–Brown potential",
        "exp(−V/T) with three wells of the Müller–Brown potential V in the plane.",
        "core.targets.muller_brown:muller_brown",
        {"temperature": Number(10.0, 5.0, 30.0, "Temperature T, in the units of V.")},
        sigma=(0.3, 1.5, 1.0),
        count_modes=_count_wells,
    ),
    "student_mixture": TargetEntry(
        "Student-t mixture",
        "Four Student-t distributions with heavy tails at (±5, ±5).",
        "core.targets.student_t:StudentMixture",
        {"degrees": Number(3.0, 1.0, 30.0, "Degrees of freedom; fewer make the tails heavier.")},
        sigma=(0.5, 20.0, 5.0),
        count_modes=lambda values: 4,
    ),
    "few_modes": TargetEntry(
        "Four modes in 50 dimensions",
        "Four unit Gaussians of unequal weights with random centres in [−3, 3]^d.",
        "core.targets.mixture:few_modes",
        {"dim": Integer(50, 2, MOST_DIMENSIONS, "Number of dimensions.")},
        count_modes=lambda values: 4,
        is_mixture=True,
    ),
    "covariances": TargetEntry(
        "Full covariances in 50 dimensions",
        "Four Gaussians with random centres and full covariance matrices, variances from 0.25 to 4.",
        "core.targets.covariances:random_covariances",
        {"dim": Integer(50, 2, MOST_DIMENSIONS, "Number of dimensions, such as 50 or 200.")},
        sigma=(0.5, 10.0, 3.0),
        count_modes=lambda values: 4,
    ),
    "coupled_wells": TargetEntry(
        "Coupled double wells",
        "Σ 3 (x_i² − 1)² + κ/2 Σ (x_i − x_{i+1})²: a chain of double wells whose neighbours attract each other.",
        "core.targets.coupled_wells:CoupledWells",
        {
            "dim": Integer(6, 2, 64, "Number of dimensions."),
            "coupling": Number(0.5, 0.0, 1.0, "Strength κ of the attraction between neighbours."),
        },
        # Only the first eight coordinates distinguish modes, see `CoupledWells`.
        count_modes=lambda values: 2 ** min(values["dim"], 8),
    ),
    "lattice": TargetEntry(
        "φ⁴ lattice",
        "A field theory on a small square lattice with periodic boundary. It has two modes in the broken phase.",
        "core.targets.lattice:Phi4Lattice",
        {
            "side": Integer(4, 2, 8, "Sites along each axis."),
            "hopping": Number(0.3, 0.0, 1.0, "Strength κ of the coupling that aligns neighbours."),
            "quartic": Number(0.022, 0.001, 0.49, "Coefficient λ of φ⁴."),
        },
        count_dimensions=lambda values: values["side"] ** 2,
        count_modes=lambda values: 2 if 4 * values["hopping"] > 1 - 2 * values["quartic"] else 1,
        unknown=lambda values: ("log Z", "samples"),
    ),
    "particles": TargetEntry(
        "DW-4: four particles",
        "Four particles in the plane, with a double-well energy for each distance. The centre of mass is fixed, which leaves 6 dimensions.",
        "core.targets.particles:DoubleWellParticles",
        {},
        sigma=(0.5, 6.0, 2.0),
        count_dimensions=lambda values: 6,
        count_modes=lambda values: None,
        unknown=lambda values: FACTS,
    ),
    "logistic_posterior": TargetEntry(
        "Bayesian logistic regression",
        "Posterior of 31 coefficients for the Wisconsin breast cancer data; log Z, modes and samples are unknown.",
        "core.targets.logistic_posterior:LogisticPosterior",
        {},
        count_dimensions=lambda values: 31,
        count_modes=lambda values: None,
        unknown=lambda values: FACTS,
    ),
    "mixture": TargetEntry(
        "Any Gaussian mixture",
        "Gaussians at any positions, in any dimension.",
        "core.targets.mixture:mixture",
        {
            "means": Positions(((-2.0,), (2.0,)), -1e4, 1e4, "Centres of the modes, one row per mode."),
            "std": Numbers(0.7, 1e-3, 1e3, "One standard deviation for all modes, or one per mode.", True),
            "weights": _WEIGHTS,
            "cov": Covariances(
                None,
                -1e6,
                1e6,
                "The upper triangle of each covariance matrix, row by row; in the plane: variance, covariance, variance. Replaces std.",
            ),
        },
        sigma=(0.5, 40.0, 1.0),
        count_dimensions=lambda values: len(values["means"][0]),
        count_modes=lambda values: len(values["means"]),
        is_mixture=True,
        check=_check_covariances,
    ),
    "expression": TargetEntry(
        "Your own formula",
        "Any energy f of x (on the line) or x1, x2, … (in more dimensions): the density is proportional to exp(−f).",
        "core.targets.expression.target:expression",
        {
            "energy": ENERGY,
            "dim": FORMULA_DIM,
            "parameters": FORMULA_PARAMETERS,
        },
        count_modes=_count_basins,
        check=_check_formula,
        unknown=lambda values: unknown_of_an_energy(values["dim"]),
    ),
    "points": TargetEntry(
        "Imported points",
        "A kernel density of points from a table (CSV), with a bandwidth for each coordinate.",
        "core.targets.points.density:points_density",
        {
            "points": POINTS,
            "bandwidth": BANDWIDTH,
        },
        sigma=(0.1, 20.0, 2.0),
        count_modes=_count_peaks,
        count_dimensions=lambda values: len(unpacked_points(values["points"])[0]),
        count_kernels=lambda values: len(unpacked_points(values["points"])),
    ),
    "sketch": TargetEntry(
        "Your own sketch",
        "A density drawn by hand on [−6, 6] or [−6, 6]²; a cubic spline smooths its logarithm.",
        "core.targets.sketch.target:sketch",
        {"sketch": SKETCH},
        sigma=(0.5, 6.0, 2.0),
        count_modes=_count_drawn,
        count_dimensions=lambda values: unpacked_sketch(values["sketch"])[1],
    ),
}


def checked_parameters(name: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Validate the parameters of a target and fill in defaults.

    Args:
        name: key of `TARGETS`.
        given: parameter values; missing ones take their default.

    Returns:
        All parameters, in the order of the table.

    Raises:
        ValueError: unknown target or parameter, value outside its limits, or lists whose lengths do not match.
    """
    entry = TARGETS[checks.choice("target", name, TARGETS)]
    given = checks.known_keys(f"The target `{name}`", given, entry.parameters)
    values = {
        key: parameter.check(key, given.get(key, parameter.default))
        for key, parameter in entry.parameters.items()
    }
    for key in ("weights", "std"):
        check_count(name, key, values)
    entry.check(values)
    return values


def check_count(target: str, name: str, values: Mapping[str, Any]) -> None:
    """Check that a list with one number per mode has as many numbers as the target has modes.

    Args:
        target: key of `TARGETS`.
        name: the parameter to check; a scalar or missing one passes.
        values: all parameters, each already validated on its own.

    Raises:
        ValueError: the list has another length.
    """
    value = values.get(name)
    if isinstance(value, tuple) and len(value) != (count := TARGETS[target].count_modes(values)):
        raise ValueError(f"`{name}` must have {count} numbers, one per mode; got {len(value)}.")


def num_modes(name: str, values: Mapping[str, Any]) -> int | None:
    """The number of modes, without building the target; None if it is unknown."""
    return TARGETS[name].count_modes(values)


def dimension(name: str, values: Mapping[str, Any]) -> int:
    """The number of coordinates, without building the target."""
    return TARGETS[name].count_dimensions(values)


def build(name: str, values: Mapping[str, Any]) -> KnownTarget:
    """Build a target from validated parameters, in float64."""
    factory = TARGETS[name].factory
    if not isinstance(factory, str):
        return factory(**values)
    module, function = factory.split(":")
    return getattr(importlib.import_module(module), function)(**values)
