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
        modes_covered: the number of modes with at least 5 % of their weight; of floors its mean, which need not be whole.
        stray_fraction: the share of samples that failed or lie far above the energies of exact ones.
        num_failed: samples that failed.
    """

    ess_fraction: float
    pareto_k: float
    log_z: float
    log_z_error: float
    energy_distance: float
    mode_tv: float
    modes_covered: float
    stray_fraction: float
    num_failed: float


@dataclass(frozen=True)
class Report:
    """Metrics and their floors: what exact samples of the same number score by the same code, the best possible.

    Attributes:
        num_samples: the number of samples.
        num_modes: the number of modes there are to cover.
        mode_fractions: the share of the samples in each mode.
        weighted: whether the sampler knows its own density, and so its importance weights.
        floors: the mean over several sets of exact samples.
        floor_spreads: the standard deviation from set to set; None in reports from before it was measured.
    """

    num_samples: int
    num_modes: int
    metrics: Metrics
    floors: Metrics
    mode_fractions: tuple[float, ...]
    weighted: bool
    floor_spreads: Metrics | None = None

    def to_dict(self) -> dict[str, Any]:
        """Plain data; NaN becomes None, which JSON can say."""
        return _without_nan(asdict(self))

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Report:
        """The inverse of `to_dict`."""
        metrics, floors, spreads = (
            _metrics(data.get(name)) for name in ("metrics", "floors", "floor_spreads")
        )
        if metrics is None or floors is None:
            raise ValueError("A report needs `metrics` and `floors`.")
        fractions = tuple(data["mode_fractions"])
        return cls(
            data["num_samples"], data["num_modes"], metrics, floors, fractions, data["weighted"], spreads
        )


def _metrics(data: dict[str, Any] | None) -> Metrics | None:
    if data is None:
        return None
    return Metrics(**{name: math.nan if value is None else value for name, value in data.items()})


def _without_nan(data: Any) -> Any:
    if isinstance(data, dict):
        return {key: _without_nan(value) for key, value in data.items()}
    if isinstance(data, (list, tuple)):
        return [_without_nan(value) for value in data]
    return None if isinstance(data, float) and not math.isfinite(data) else data
