"""Boltzmann Curve Lab: sampling from densities that are known only through their energy.

Public names are imported on first use, because most of them need torch.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from core.budget import Budget as Budget
    from core.energies import EnergySamples as EnergySamples
    from core.energies import sample_energy as sample_energy
    from core.fields import AbstractField as AbstractField
    from core.fields import FieldValue as FieldValue
    from core.pictures.frames import Frames as Frames
    from core.problem import Problem as Problem
    from core.problem import SamplingSettings as SamplingSettings
    from core.problem import TargetSpec as TargetSpec
    from core.problem import TrainingSettings as TrainingSettings
    from core.reference.solve import solve as solve
    from core.reference.solve import solve_learned as solve_learned
    from core.results.evaluation import Evaluation as Evaluation
    from core.results.evaluation import evaluate as evaluate
    from core.results.report import Metrics as Metrics
    from core.results.report import Report as Report
    from core.sampling.langevin import langevin as langevin
    from core.sampling.samples import Samples as Samples
    from core.targets.base import AbstractEnergy as AbstractEnergy
    from core.targets.base import AbstractTarget as AbstractTarget
    from core.targets.base import KnownTarget as KnownTarget
    from core.targets.local.register import register as register
    from core.training.loop import Snapshot as Snapshot
    from core.training.loop import train as train

_PUBLIC = {
    "Budget": "core.budget",
    "EnergySamples": "core.energies",
    "sample_energy": "core.energies",
    "register": "core.targets.local.register",
    "Evaluation": "core.results.evaluation",
    "evaluate": "core.results.evaluation",
    "AbstractField": "core.fields",
    "FieldValue": "core.fields",
    "Frames": "core.pictures.frames",
    "Metrics": "core.results.report",
    "Report": "core.results.report",
    "Problem": "core.problem",
    "TargetSpec": "core.problem",
    "TrainingSettings": "core.problem",
    "SamplingSettings": "core.problem",
    "solve": "core.reference.solve",
    "solve_learned": "core.reference.solve",
    "AbstractEnergy": "core.targets.base",
    "AbstractTarget": "core.targets.base",
    "KnownTarget": "core.targets.base",
    "langevin": "core.sampling.langevin",
    "Samples": "core.sampling.samples",
    "Snapshot": "core.training.loop",
    "train": "core.training.loop",
}
__all__ = list(_PUBLIC)


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_PUBLIC[name]), name)
