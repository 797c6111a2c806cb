"""Named numbers of a problem, from its exact curve or from saved runs. Texts refer to numbers by name instead of stating their values.

Importing this module does not load the exact solvers; computing a number of the exact curve does. The table at the end lists all numbers.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core import checks, classics, mode_weights, presets
from core.problem import Problem

if TYPE_CHECKING:
    from torch import Tensor

    from core.presets import Stored
    from core.reference.base import AbstractExactField

Arguments = Mapping[str, float]
# Number of times in [0, 1] at which a maximum is sought, or the first time at which a condition holds. To refine a first time, the interval
# that contains it is then halved HALVINGS times.
NUM_TIMES, HALVINGS = 201, 20
# Number of grid points on which peaks of a density are counted. Peaks lower than LEAST_PEAK times the largest density do not count.
NUM_POINTS, LEAST_PEAK = 2001, 1e-3
# Name of the argument that selects a sampler. Its value is the sampler's index in `core.classics.METHODS`.
SAMPLER = "sampler"
# Limits of arguments. An argument that is not listed may be any number.
LIMITS = {"t": (0.0, 1.0), "share": (0.0, 1.0), "mode": (1.0, 400.0)}


@dataclass(frozen=True)
class Quantity:
    """A kind of number.

    Attributes:
        meaning: one line, with the unit.
        compute: computes the value from a problem and the arguments; NaN where unknown.
        arguments: names of the arguments, with their defaults; None marks a required one.
        is_time: whether the value is a time t in [0, 1].
        is_saved: whether the value comes from a saved run, which must exist.
    """

    meaning: str
    compute: Callable[[Problem, Arguments], float]
    arguments: Mapping[str, float | None]
    is_time: bool = False
    is_saved: bool = False


def value(name: str, problem: Problem, arguments: Arguments) -> float:
    """Compute a number.

    Args:
        name: key of `QUANTITIES`.
        problem: the problem; its interpolation is the curve.
        arguments: see the quantity; missing ones take their defaults.

    Raises:
        ValueError: the name or an argument is unknown, missing or outside its limits, the curve has no exact solution, or the saved run
            does not exist.
    """
    quantity = QUANTITIES[checks.choice("quantity", name, QUANTITIES)]
    return float(quantity.compute(problem, checked(name, arguments)))


def checked(name: str, given: Arguments) -> dict[str, float]:
    """Validate the arguments of a quantity, and add the defaults of missing ones.

    Raises:
        ValueError: an argument is unknown, missing, or outside its limits.
    """
    wanted = QUANTITIES[name].arguments
    given = checks.known_keys(f"`{name}`", given, wanted)
    found = dict[str, float]()
    for argument, default in wanted.items():
        number = given.get(argument, default)
        if number is None:
            raise ValueError(f"`{name}` needs `{argument}`, such as `{argument}=1`.")
        low, high = LIMITS.get(argument, (-1e6, 1e6))
        found[argument] = checks.number(argument, number, low, high)
    return found


def _field(problem: Problem) -> AbstractExactField:
    from core.reference.solve import solve

    return solve(problem)


def _times(*times: float) -> Tensor:
    import torch

    return torch.tensor(times, dtype=torch.float64)


def _kinetic_energy(problem: Problem, given: Arguments) -> float:
    return float(_field(problem).kinetic_energy(_times(given["t"])))


def _max_speed(problem: Problem, given: Arguments) -> float:
    return float(_field(problem).motion(_times(given["t"])).max_speed)


def _energies(problem: Problem) -> tuple[Tensor, Tensor]:
    times = _times(*(k / (NUM_TIMES - 1) for k in range(NUM_TIMES)))
    return times, _field(problem).kinetic_energy(times)


def _peak_energy(problem: Problem, given: Arguments) -> float:
    return float(_energies(problem)[1].max())


def _peak_time(problem: Problem, given: Arguments) -> float:
    times, energies = _energies(problem)
    return float(times[energies.argmax()])


def _action(problem: Problem, given: Arguments) -> float:
    from core.reference.transport import action

    return action(_field(problem))


def _squared_distance(problem: Problem, given: Arguments) -> float:
    from core.reference.transport import w2_squared

    return w2_squared(problem)


def _mode_masses(problem: Problem, given: Arguments) -> Callable[[float], float]:
    """The mass of one mode as a function of time."""
    from core.interpolations.build import known_target
    from core.reference.profile import profile

    field, target, mode = _field(problem), known_target(problem), _mode(problem, given)
    return lambda t: float(profile(field, target, _times(t)).mode_mass[0, mode])


def _mode(problem: Problem, given: Arguments) -> int:
    """The index of the mode, from 0."""
    from core.targets.registry import num_modes

    count = num_modes(problem.target.name, problem.target.values)
    return checks.integer("mode", given["mode"], 1, count or 1) - 1


def _mode_mass(problem: Problem, given: Arguments) -> float:
    return _mode_masses(problem, given)(given["t"])


def _arrival(problem: Problem, given: Arguments) -> float:
    mass = _mode_masses(problem, given)
    enough = given["share"] * mass(1.0)
    return _first_time(lambda t: mass(t) >= enough, 51)


def _first_time(holds: Callable[[float], bool], num_times: int) -> float:
    """The first of `num_times` evenly spaced times at which a condition holds, refined by bisection; NaN if it holds at none of them."""
    before = 0.0
    for k in range(num_times):
        t = k / (num_times - 1)
        if holds(t):
            break
        before = t
    else:
        return math.nan
    for _ in range(HALVINGS if t > 0 else 0):
        middle = (before + t) / 2
        before, t = (before, middle) if holds(middle) else (middle, t)
    return t


def _split_time(problem: Problem, given: Arguments) -> float:
    import torch

    field = _on_the_line(problem)
    axis = torch.linspace(
        float(field.box.lower[0]), float(field.box.upper[0]), NUM_POINTS, dtype=torch.float64
    )

    def peaks(t: float) -> int:
        density = field.on_grid(_times(t), (axis,)).log_density[0].softmax(0)
        inner = density[1:-1]
        is_peak = (inner > density[:-2]) & (inner >= density[2:]) & (inner > LEAST_PEAK * density.max())
        return int(is_peak.sum())

    return _first_time(lambda t: peaks(t) > 1, NUM_TIMES)


def _on_the_line(problem: Problem) -> AbstractExactField:
    _require_line(problem)
    return _field(problem)


def _require_line(problem: Problem) -> None:
    if problem.target.dim != 1:
        raise ValueError(
            f"This number is available in one dimension only; the target has dimension {problem.target.dim}."
        )


def _at(problem: Problem, given: Arguments) -> tuple[float, float]:
    """The density and the velocity at a point (t, x) of the line."""
    field, t = _on_the_line(problem), _times(given["t"])
    found = field.evaluate(t, _times(given["x"])[:, None])
    return float((found.log_density - field.log_z(t)).exp()), float(found.velocity)


def _density(problem: Problem, given: Arguments) -> float:
    return _at(problem, given)[0]


def _velocity(problem: Problem, given: Arguments) -> float:
    return _at(problem, given)[1]


def _flow(problem: Problem, given: Arguments) -> float:
    density, velocity = _at(problem, given)
    return density * velocity


def _mass_right(problem: Problem, given: Arguments) -> float:
    """The mass to the right of x, by the trapezoidal rule on a fine grid. Mass outside the field's box is neglected."""
    import torch

    field, t = _on_the_line(problem), _times(given["t"])
    lower, upper = float(field.box.lower[0]), float(field.box.upper[0])
    axis = torch.linspace(min(max(given["x"], lower), upper), upper, 20 * NUM_POINTS, dtype=torch.float64)
    return float(torch.trapezoid((field.on_grid(t, (axis,)).log_density[0] - field.log_z(t)).exp(), axis))


def _energy(problem: Problem, given: Arguments) -> float:
    from core.interpolations.build import build_target

    _require_line(problem)
    target = build_target(problem)
    return float(target.energy(_times(given["x"])[:, None]))


def _log_z(problem: Problem, given: Arguments) -> float:
    return float(_field(problem).log_z(_times(given["t"])))


def _schedule_value(part: str) -> Callable[[Problem, Arguments], float]:
    """A number of the gradient flow's noise schedule."""

    def compute(problem: Problem, given: Arguments) -> float:
        from core.interpolations.build import build_schedule

        return float(getattr(build_schedule(problem), part)(_times(given["t"])))

    return compute


def _divergence(problem: Problem, t: float) -> float:
    """KL(ρ_t ‖ N(0, σ²I)) of an exact curve."""
    from core.interpolations.build import build_latent

    slices, latent = _field(problem).slices(_times(t)), build_latent(problem)
    counts = slices.mass[0] > 0
    x, mass = slices.x[0][counts], slices.mass[0][counts]
    log_ratio = slices.log_prob[0][counts] + latent.energy(x) + latent.log_z
    return float((mass * log_ratio).sum())


def _kl(problem: Problem, given: Arguments) -> float:
    return _divergence(problem, given["t"])


def _kl_spent(problem: Problem, given: Arguments) -> float:
    """`∫ 2 ‖v_t‖² / (β σ²) dt` of a gradient flow. Gauss–Legendre nodes in √(1 − t) resolve the fast changes near t = 1."""
    import numpy as np
    import torch

    from core.interpolations.build import build_schedule

    nodes, weights = np.polynomial.legendre.leggauss(200)
    root = torch.from_numpy((1 + nodes) / 2)
    times, schedule = 1 - root.square(), build_schedule(problem)
    rate = 2 * _field(problem).kinetic_energy(times) / (schedule.beta(times) * schedule.sigma**2)
    return float((rate * root * torch.from_numpy(weights)).sum())


def _saved(compute: Callable[[Stored, Arguments], float]) -> Callable[[Problem, Arguments], float]:
    def found(problem: Problem, given: Arguments) -> float:
        stored = presets.learned(problem)
        if stored is None:
            raise ValueError(
                f"There is no saved run of the {problem.interpolation.replace('_', ' ')} curve for this view."
            )
        return compute(stored, given)

    return found


def _saved_energy(stored: Stored, given: Arguments) -> float:
    frames = stored.exact or stored.frames
    return float(frames.kinetic_energy[frames.index(given["t"])])


def _saved_action(stored: Stored, given: Arguments) -> float:
    import numpy as np

    frames = stored.exact or stored.frames
    return float(np.trapezoid(frames.kinetic_energy, frames.times))


def _saved_share(stored: Stored, given: Arguments) -> float:
    return stored.report.mode_fractions[_mode(stored.problem, given)]


def _saved_mode_mass(stored: Stored, given: Arguments) -> float:
    frames = stored.exact or stored.frames
    if frames.mode_mass is None:
        return math.nan
    return float(frames.mode_mass[frames.index(given["t"]), _mode(stored.problem, given)])


def _metric(name: str) -> Callable[[Problem, Arguments], float]:
    return _saved(lambda stored, given: float(getattr(stored.report.metrics, name)))


def _floor(name: str) -> Callable[[Problem, Arguments], float]:
    return _saved(lambda stored, given: float(getattr(stored.report.floors, name)))


def _classic(score: str) -> Callable[[Problem, Arguments], float]:
    """A score of a classic sampler in the comparison of `core.classics`, for the σ of the given problem."""

    def compute(problem: Problem, given: Arguments) -> float:
        record, number = _classics(problem), int(given["sampler"])
        if number not in range(len(classics.METHODS)):
            raise ValueError(f"Name a sampler: {', '.join(classics.METHODS)}.")
        return record.value(score, problem.sigma, classics.METHODS[number], given["limit"])

    return compute


def _classic_flow(score: str) -> Callable[[Problem, Arguments], float]:
    """A score of the gradient flow in the comparison of `core.classics`."""
    return lambda problem, given: float(getattr(_classics(problem), f"flow_{score}"))


def _classics(problem: Problem) -> classics.Classics:
    if problem.target != classics.TARGET:
        raise ValueError("There are no saved runs of samplers for this target.")
    record = presets.classics()
    if record is None:
        raise ValueError("The saved runs of samplers are missing.")
    return record


def _recovered(values: str) -> Callable[[Problem, Arguments], float]:
    """A number from the study of how much of a far mode's weight trained curves recover; see `core.mode_weights`."""

    def compute(problem: Problem, given: Arguments) -> float:
        record = presets.mode_weights()
        if record is None:
            raise ValueError("The saved study of a far mode's weight is missing.")
        if given["weight"] not in record.weight:
            raise ValueError(
                f"The study has the weights {', '.join(f'{weight:g}' for weight in record.weight)}."
            )
        if problem.interpolation not in mode_weights.CURVES:
            raise ValueError(f"The study has the curves {', '.join(mode_weights.CURVES)}.")
        row = mode_weights.CURVES.index(problem.interpolation)
        return float(getattr(record, values)[row, record.index(given["weight"])])

    return compute


_AT_TIME: dict[str, float | None] = {"t": None}
_IN_PLACE: dict[str, float | None] = {"t": None, "x": None}
_OF_MODE: dict[str, float | None] = {"mode": None}
_OF_SAMPLER: dict[str, float | None] = {SAMPLER: -1.0, "limit": float(classics.PICTURED_LIMIT)}
_OF_WEIGHT: dict[str, float | None] = {"weight": None}
QUANTITIES: dict[str, Quantity] = {
    # Of the exact curve.
    "kinetic_energy": Quantity("‖v_t‖² at time t", _kinetic_energy, _AT_TIME),
    "max_speed": Quantity("largest speed where the kinetic energy is concentrated", _max_speed, _AT_TIME),
    "peak_energy": Quantity("largest ‖v_t‖² over all times", _peak_energy, {}),
    "peak_time": Quantity("time of the largest ‖v_t‖²", _peak_time, {}, is_time=True),
    "action": Quantity("∫ ‖v_t‖² dt", _action, {}),
    "squared_distance": Quantity("W₂² between latent and target", _squared_distance, {}),
    "mode_mass": Quantity("mass of a mode at time t", _mode_mass, _OF_MODE | _AT_TIME),
    "arrival": Quantity(
        "time at which a mode first has the given share of its final mass", _arrival, _OF_MODE | {"share": 0.5}, is_time=True
    ),
    "split_time": Quantity("first time at which the density has two peaks (line)", _split_time, {}, is_time=True),
    "density": Quantity("ρ_t(x), normalised (line)", _density, _IN_PLACE),
    "velocity": Quantity("v_t(x) (line)", _velocity, _IN_PLACE),
    "flow": Quantity("mass that passes x per unit of time, ρ_t(x) v_t(x) (line)", _flow, _IN_PLACE),
    "mass_right": Quantity("mass to the right of x at time t (line)", _mass_right, _IN_PLACE),
    "energy": Quantity("energy of the target at x (line), in nats", _energy, {"x": None}),
    "log_z": Quantity("log Z_t, in nats", _log_z, _AT_TIME),
    "kl": Quantity("KL of the density at time t from the Gaussian latent, in nats", _kl, _AT_TIME),
    # Of the gradient flow's schedule.
    "kl_spent": Quantity("∫ 2 ‖v_t‖² / (β σ²) dt of a gradient flow, in nats", _kl_spent, {}),
    "beta": Quantity("β of the gradient flow at time t", _schedule_value("beta"), _AT_TIME),
    "shrink": Quantity("factor a by which the gradient flow scales the target at time t", _schedule_value("shrink"), _AT_TIME),
    "noise": Quantity("standard deviation of the noise in the gradient flow at time t", _schedule_value("noise"), _AT_TIME),
    # Of a saved run.
    "saved_ess": Quantity("effective sample size as a fraction", _metric("ess_fraction"), {}, is_saved=True),
    "saved_mode_error": Quantity("total variation of the mode masses", _metric("mode_tv"), {}, is_saved=True),
    "saved_best_mode_error": Quantity("total variation of the mode masses for as many exact samples", _floor("mode_tv"), {}, is_saved=True),
    "saved_pareto_k": Quantity("Pareto k̂ of the importance weights", _metric("pareto_k"), {}, is_saved=True),
    "saved_modes": Quantity("number of modes covered", _metric("modes_covered"), {}, is_saved=True),
    "saved_log_z_error": Quantity("error of log Z, in nats", _metric("log_z_error"), {}, is_saved=True),
    "saved_share": Quantity("fraction of the samples in a mode", _saved(_saved_share), _OF_MODE, is_saved=True),
    "saved_mode_mass": Quantity(
        "mass of a mode of the trained curve at time t", _saved(_saved_mode_mass), _OF_MODE | _AT_TIME, is_saved=True
    ),
    "saved_energy": Quantity("‖v_t‖² of the trained curve at time t", _saved(_saved_energy), _AT_TIME, is_saved=True),
    "saved_action": Quantity("∫ ‖v_t‖² dt of the trained curve", _saved(_saved_action), {}, is_saved=True),
    "saved_steps": Quantity("training steps", _saved(lambda stored, given: stored.step), {}, is_saved=True),
    # From the saved runs of classic samplers, and of the gradient flow that is compared with them.
    "classic_mode_error": Quantity("total variation of a sampler's mode masses", _classic("mode_error"), _OF_SAMPLER, is_saved=True),
    "classic_best_mode_error": Quantity("mode mass error of as many exact samples", _classic("best_mode_error"), _OF_SAMPLER, is_saved=True),
    "classic_log_z_error": Quantity("a sampler's error of log Z, in nats", _classic("log_z_error"), _OF_SAMPLER, is_saved=True),
    "classic_share": Quantity("fraction of a sampler's samples in the far mode", _classic("share"), _OF_SAMPLER, is_saved=True),
    "classic_flow_mode_error": Quantity("mode mass error of the gradient flow that is compared with them", _classic_flow("mode_error"), {}, is_saved=True),
    "classic_flow_calls": Quantity("energy calls of its training and of its samples, in units of 10⁵", lambda problem, given: _classic_flow("calls")(problem, given) / 1e5, {}, is_saved=True),
    # From the saved study of how much of a far mode's weight trained curves recover.
    "recovered_raw": Quantity("recovered weight of the far mode", _recovered("raw"), _OF_WEIGHT, is_saved=True),
    "recovered_reweighted": Quantity("recovered weight of the far mode after reweighting", _recovered("reweighted"), _OF_WEIGHT, is_saved=True),
    "recovered_pareto_k": Quantity("Pareto k̂ of the weights in that study", _recovered("pareto_k"), _OF_WEIGHT, is_saved=True),
    "saved_seconds": Quantity("seconds of training", _saved(lambda stored, given: stored.seconds), {}, is_saved=True),
}  # fmt: skip
