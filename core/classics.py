"""Compare classic samplers with a trained gradient flow, for several limits on the number of energy evaluations ("calls").

The target is a pair of Gaussians at 0 and 5.5. A narrow latent covers only the mode at 0, a wide one covers both. Loading saved results needs
NumPy only, so a page does it quickly.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from core.arrays import Array
from core.pictures.frames import Frames
from core.problem import Problem, TargetSpec
from core.teleportation import StoredRecord

if TYPE_CHECKING:
    from core.results.report import Report

TARGET = TargetSpec.of("shifted_pair", mode_separation=5.5)
SIGMAS = (1.0, 4.0)
# Keys of `core.sampling.methods.METHODS`, which describes each sampler.
METHODS = ("mala", "hmc", "parallel_tempering", "smc", "ais", "box")
LIMITS = (10_000, 100_000, 1_000_000)
# The methods that have pictures, and for these pictures the limit on energy calls and the number of points.
PICTURED, PICTURED_LIMIT, PICTURED_POINTS = ("mala", "parallel_tempering", "smc"), 100_000, 300
NUM_SAMPLES, STEPS = 2000, 60
SCORES = ("mode_error", "best_mode_error", "log_z_error", "share", "calls")


@dataclass(frozen=True, eq=False)
class Classics(StoredRecord):
    """Scores of the methods in `METHODS`, for each σ in `SIGMAS` and each limit in `LIMITS`.

    Arrays have the shape (S, M, L), for the axes σ, methods and limits. The names that begin with `flow_` hold single numbers: the scores of
    a gradient flow with σ = 1, whose energy calls include training and sampling.

    Attributes:
        mode_error, flow_mode_error: total variation between sampled and exact mode masses.
        best_mode_error, flow_best_mode_error: the same error for equally many exact samples.
        log_z_error, flow_log_z_error: error of log Z in nats; NaN for MALA and HMC, which do not estimate log Z.
        share, flow_share: fraction of the samples in the mode at 5.5.
        calls, flow_calls: number of energy calls.
    """

    mode_error: Array
    best_mode_error: Array
    log_z_error: Array
    share: Array
    calls: Array
    flow_mode_error: Array
    flow_best_mode_error: Array
    flow_log_z_error: Array
    flow_share: Array
    flow_calls: Array

    def value(self, score: str, sigma: float, method: str, limit: float) -> float:
        """One score of a method.

        Raises:
            ValueError: there is no such method, σ or limit.
        """
        for name, given, known in (
            ("σ", sigma, SIGMAS),
            ("sampler", method, METHODS),
            ("limit", limit, LIMITS),
        ):
            if given not in known:
                listed = ", ".join(f"{each:g}" if isinstance(each, float | int) else each for each in known)
                raise ValueError(f"The saved runs of samplers have {name} = {listed}; got {given}.")
        at = SIGMAS.index(sigma), METHODS.index(method), LIMITS.index(int(limit))
        return float(getattr(self, score)[at])


def problem(sigma: float) -> Problem:
    """The problem that all methods solve, for a latent with this σ."""
    return Problem(TARGET, sigma=sigma)


def classics(show: Callable[[float, str], None] = lambda progress, text: None) -> Classics:
    """Run all methods; takes a minute or two.

    Args:
        show: called before each run with the fraction done, from 0 to 1, and a description of the run.
    """
    shape = (len(SIGMAS), len(METHODS), len(LIMITS))
    found = {name: np.full(shape, np.nan) for name in SCORES}
    for count, (i, j, k) in enumerate(np.ndindex(shape)):
        show(count / np.prod(shape), f"{METHODS[j]}, {LIMITS[k]:.0e} energy calls")
        for name, score in _classic(SIGMAS[i], METHODS[j], LIMITS[k]).items():
            found[name][i, j, k] = score
    show(1.0, "gradient flow")
    return Classics(**found, **{f"flow_{name}": np.array(score) for name, score in _flow().items()})


def _classic(sigma: float, method: str, limit: int) -> dict[str, float]:
    from core.results.evaluation import scored
    from core.results.samplers import draw
    from core.sampling.allowance import Allowance
    from core.sampling.draws import evened

    draws = draw(problem(sigma), method, Allowance(energy_calls=limit), NUM_SAMPLES)
    report = scored(problem(sigma), evened(draws.samples), thorough=False)
    log_z_error = scored(problem(sigma), draws.samples, thorough=False).metrics.log_z_error
    return _scores(report, log_z_error, draws.cost.energy_calls)


def _flow() -> dict[str, float]:
    from core.budget import Budget
    from core.results.evaluation import evaluate
    from core.training.loop import train

    flow = replace(problem(SIGMAS[0]), interpolation="gradient_flow")
    *_, last = train(flow, Budget(steps=STEPS))
    found = evaluate(flow, last.field, NUM_SAMPLES, thorough=False)
    calls = last.energy_calls + found.cost.energy_calls
    return _scores(found.report, found.report.metrics.log_z_error, calls)


def _scores(report: Report, log_z_error: float, calls: float) -> dict[str, float]:
    scores = (report.metrics.mode_tv, report.floors.mode_tv, log_z_error, report.mode_fractions[1], calls)
    return dict(zip(SCORES, scores, strict=True))


def picture(method: str, sigma: float) -> Frames:
    """The points of a sampler as it runs, from its start until it has used `PICTURED_LIMIT` energy calls."""
    from core.pictures.render import STILL
    from core.results.sampler_pictures import Trail, sampler_picture
    from core.results.samplers import sampler
    from core.sampling.allowance import Allowance

    trail = Trail()
    _, moments = sampler(problem(sigma), method, Allowance(energy_calls=PICTURED_LIMIT), NUM_SAMPLES)
    while True:
        try:
            trail.add(next(moments))
        except StopIteration as end:
            samples: Any = end.value.samples
            break
    detail, places = replace(STILL, particles=PICTURED_POINTS), trail.places
    if method == "smc":
        # The last points that SMC yields still have weights. Show its samples instead, which all count equally.
        t, points = places[-1]
        places[-1] = t, samples.first(len(points)).x
    frames, few, _ = sampler_picture(problem(sigma), places, lambda: samples, detail, NUM_SAMPLES)
    return replace(frames, samples=few.x[:PICTURED_POINTS].numpy(), log_weight=None)
