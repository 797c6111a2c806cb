"""Stores and runs for tests, without training."""

from __future__ import annotations

import math
from dataclasses import fields, replace
from pathlib import Path

import numpy as np

from core.pictures.frames import Frames
from core.problem import Problem, TargetSpec
from core.results.report import Metrics, Report
from core.store.records import Result
from core.store.store import Store

LINE = Problem(TargetSpec.of("two_modes", dim=1, mode_separation=2.0))
# Each metric has a different value, and one is unknown.
METRICS = replace(Metrics(**{f.name: 0.25 + i for i, f in enumerate(fields(Metrics))}), sinkhorn=math.nan)
REPORT = Report(100, 2, METRICS, METRICS, (0.5, 0.5), weighted=True)
FINISHED = Result(
    LINE, "finished", 1.5, 20, 400, 400, REPORT, budget_seconds=None, budget_steps=20, num_samples=100
)


def open_store(path: Path, most_bytes: int = 10**9, busy_seconds: float = 5.0) -> Store:
    return Store(path, most_bytes, busy_seconds)


def frames(seed: int = 0) -> Frames:
    """Pictures of random numbers, which do not compress."""
    random = np.random.default_rng(seed)
    density = random.random((3, 50))
    return Frames(
        "learned",
        times=np.linspace(0, 1, 3),
        axes=(np.linspace(-1, 1, 50),),
        density=density,
        velocity=density[..., None],
        particles=random.random((3, 4, 1)),
        kinetic_energy=np.ones(3),
        log_z=np.zeros(3),
        samples=random.random((10, 1)),
    )
