"""Compute presets (the saved results that ship with the app) and write their files: `python -m core presets`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from core import checks, classics, mode_weights, teleportation
from core.arrays import Array
from core.budget import Budget
from core.pictures.frames import Frames
from core.pictures.render import STILL, Detail, exact_frames, learned_exactly, render
from core.presets.examples import EXAMPLES, Example
from core.presets.frames import FOLDER, save_exact
from core.presets.records import (
    save_classic_picture,
    save_classics,
    save_energy_grid,
    save_growth,
    save_mode_weights,
)
from core.presets.runs import Stored, keep_only, save
from core.problem import Problem
from core.results.evaluation import evaluate
from core.store.origin import machine, now
from core.store.records import Result
from core.training.loop import train

RECORDS, WEIGHTS, CLASSICS = "records", "weights", "classics"
NAMES = (*EXAMPLES, RECORDS, WEIGHTS, CLASSICS)
# Resolution by dimension. In the plane it is coarser than the default, so that all files together stay below 2.2 megabytes.
DETAILS = {1: STILL, 2: replace(STILL, num_times=21, plane=51)}
NUM_SAMPLES, KEPT_SAMPLES, COURSE_SAMPLES = 2000, 1000, 500
# By dimension: how many significant bits are kept of arrays that are only drawn. The other bits become zero, so they compress well.
BITS = {
    1: {"density": 10, "velocity": 8, "particles": 10},
    2: {"density": 8, "velocity": 5, "particles": 10},
}
# In the plane, a density below this fraction of its maximum at the same time is stored as zero.
FAINT = 1e-7


def write(only: str | None = None) -> Iterator[Path]:
    """Compute and write presets; yields each file once it is written.

    Writing all presets takes some minutes. Once they are written, files of presets that no longer exist are removed.

    Args:
        only: the name of one preset, from NAMES; None for all.

    Raises:
        ValueError: `only` is unknown.
    """
    if only is not None:
        checks.choice("only", only, NAMES)
    FOLDER.mkdir(parents=True, exist_ok=True)
    written = set()
    for name in NAMES if only is None else (only,):
        for file in _OTHERS[name]() if name in _OTHERS else _example(EXAMPLES[name]):
            written.add(file)
            yield file
    if only is None:
        for old in {*FOLDER.glob("*.npz")} - written:
            old.unlink()
        keep_only({problem for example in EXAMPLES.values() for problem in example.problems})


def _records() -> Iterator[Path]:
    yield save_growth(teleportation.growth())
    for name, target in teleportation.PLANE_TARGETS.items():
        yield save_energy_grid(name, teleportation.energy_grid(target))


def _weights() -> Iterator[Path]:
    yield save_mode_weights(mode_weights.mode_weights())


def _classics() -> Iterator[Path]:
    yield save_classics(classics.classics())
    for method in classics.PICTURED:
        for sigma in classics.SIGMAS:
            frames = shortened(classics.picture(method, sigma))
            yield save_classic_picture(method, sigma, frames)


_OTHERS: dict[str, Callable[[], Iterator[Path]]] = {
    RECORDS: _records,
    WEIGHTS: _weights,
    CLASSICS: _classics,
}


def _example(example: Example) -> Iterator[Path]:
    for problem in example.problems:
        yield save_exact(problem, exact(problem))
        yield from save(learn(problem, Budget(steps=example.steps)))


def exact(problem: Problem) -> Frames:
    """Compute the exact frames of a problem, rounded as in the files."""
    return shortened(exact_frames(problem, _detail(problem)))


def learn(problem: Problem, budget: Budget) -> Stored:
    """Train a curve, sample it and score the samples; the arrays of the result are rounded as in the files."""
    ess, due = list[tuple[float, float, int]](), 1
    for snapshot in train(problem, budget):
        if snapshot.step >= due:  # at every doubling of the number of steps
            due = 2 * snapshot.step
            share = evaluate(
                problem, snapshot.field, COURSE_SAMPLES, thorough=False
            ).report.metrics.ess_fraction
            ess.append((snapshot.seconds, share, COURSE_SAMPLES))
    detail = _detail(problem)
    result = evaluate(problem, snapshot.field, NUM_SAMPLES, detail.times)
    ess.append((snapshot.seconds, result.report.metrics.ess_fraction, NUM_SAMPLES))
    frames = render(problem, snapshot.field, "learned", detail, result.flow.x.numpy())
    kept = result.samples.first(KEPT_SAMPLES)
    x, log_weight = kept.x.float().numpy(), kept.log_weight.float().numpy()
    frames = replace(shortened(frames), samples=x, log_weight=log_weight)
    with_exact_velocity = learned_exactly(problem, snapshot.field, detail)
    found = Result(
        problem,
        snapshot.status,
        seconds=snapshot.seconds,
        steps=snapshot.step,
        energy_calls=snapshot.energy_calls,
        report=result.report,
        budget_steps=budget.steps,
        num_samples=NUM_SAMPLES,
    )
    other = None if with_exact_velocity is None else shortened(with_exact_velocity)
    return Stored(found, frames, other, tuple(ess), now()[:10], machine())


def _detail(problem: Problem) -> Detail:
    return DETAILS[min(problem.target.dim, 2)]


def shortened(frames: Frames) -> Frames:
    """Round arrays that are only drawn to BITS significant bits, so that they compress well."""
    bits = BITS[frames.dim]
    changes: dict[str, Any] = {name: _rounded(getattr(frames, name), bits[name]) for name in bits}
    frames = replace(frames, **changes)
    if frames.dim == 1:
        return frames
    return replace(frames, density=np.where(frames.holds_mass(FAINT), frames.density, 0.0))


def _rounded(values: Array, bits: int) -> Array:
    mantissa, exponent = np.frexp(values.astype(float))
    return np.ldexp(np.rint(mantissa * 2.0**bits) / 2.0**bits, exponent)
