"""The records of how good samples are. They hold plain numbers, so whoever shows them needs no torch."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Metrics:
    """One set of samples, scored.

    Attributes:
        ess_fraction: the reverse effective sample size, as a share of the number of samples.
        pareto_k: the Pareto k̂ of the weights; below 0.7 they can be trusted, equal ones have 0.
        log_z: the estimate of log Z_D, in nats.
        log_z_error: its difference to the exact value.
        energy_distance: to exact samples, in the units of x.
        mode_tv: total variation between the modes' masses and their weights.
        modes_covered: the number of modes with at least 5 % of their weight.
        stray_fraction: the share of samples that failed or lie far above the energies of exact ones.
        num_failed: samples that failed.
    """

    ess_fraction: float
    pareto_k: float
    log_z: float
    log_z_error: float
    energy_distance: float
    mode_tv: float
    modes_covered: int
    stray_fraction: float
    num_failed: int


@dataclass(frozen=True)
class Report:
    """Metrics and their floors: what exact samples of the same number score by the same code.

    Attributes:
        num_samples: the number of samples.
        num_modes: the number of modes there are to cover.
        mode_fractions: the share of the samples in each mode.
        weighted: whether the sampler knows its own density, and so its importance weights.
    """

    num_samples: int
    num_modes: int
    metrics: Metrics
    floors: Metrics
    mode_fractions: tuple[float, ...]
    weighted: bool

    def to_dict(self) -> dict[str, Any]:
        """Plain data; NaN becomes None, which JSON can say."""
        return _without_nan(asdict(self))

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Report:
        """The inverse of `to_dict`."""
        values: list[dict[str, Any]] = [
            {k: math.nan if v is None else v for k, v in data[name].items()} for name in ("metrics", "floors")
        ]
        metrics, floors = (Metrics(**v) for v in values)
        fractions = tuple(data["mode_fractions"])
        return cls(data["num_samples"], data["num_modes"], metrics, floors, fractions, data["weighted"])


def _without_nan(data: Any) -> Any:
    if isinstance(data, dict):
        return {key: _without_nan(value) for key, value in data.items()}
    if isinstance(data, (list, tuple)):
        return [_without_nan(value) for value in data]
    return None if isinstance(data, float) and not math.isfinite(data) else data
