"""Scores of samples as plain numbers, so that showing them does not require torch."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class Metrics:
    """The scores of one set of samples. Unknown scores are NaN here and null in JSON. q is the sampler's density, ρ_D the target.

    Attributes:
        ess_fraction: reverse effective sample size, as a fraction of the number of samples.
        pareto_k: Pareto k̂ of the importance weights. Weights with k̂ < 0.7 are reliable; equal weights have k̂ = 0.
        log_z: estimate of log Z_D, in nats.
        log_z_error: the estimate minus the exact value, in nats.
        energy_distance: energy distance to exact samples, in the units of x.
        mode_tv: total variation between the sampled and the exact mode masses, 0 to 1.
        modes_covered: number of modes in which the samples have at least 5 % of the mode's weight. In `Report.floors`, a mean over several
            sets of samples, so not an integer.
        stray_fraction: fraction of samples that failed or whose energy is far above those of exact samples.
        num_failed: number of failed samples.
        elbo: lower bound on log Z_D from the samples, in nats.
        eubo: upper bound on log Z_D from exact samples, in nats.
        eubo_elbo_gap: the upper minus the lower bound, KL(q‖ρ_D) + KL(ρ_D‖q) in nats.
        forward_ess_fraction: effective sample size at exact samples; near zero if a mode is missed.
        log_z_forward: estimate of log Z_D from exact samples, in nats.
        weighted_mode_tv: total variation between the mode masses after reweighting and the exact ones, 0 to 1.
        emc: entropic mode coverage, 0 to 1; NaN if the modes have unequal weights.
        ejs: Jensen–Shannon distance between the sampled and the exact mode masses, 0 to 1.
        sinkhorn: square root of the Sinkhorn divergence to exact samples, in the units of x.
        mmd: maximum mean discrepancy to exact samples, 0 to √2.
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
    elbo: float = math.nan
    eubo: float = math.nan
    eubo_elbo_gap: float = math.nan
    forward_ess_fraction: float = math.nan
    log_z_forward: float = math.nan
    weighted_mode_tv: float = math.nan
    emc: float = math.nan
    ejs: float = math.nan
    sinkhorn: float = math.nan
    mmd: float = math.nan


@dataclass(frozen=True)
class Report:
    """Metrics and their best possible values ("floors"): the scores of the same number of exact samples.

    Attributes:
        num_samples: number of samples.
        num_modes: number of modes of the target; None if they are unknown.
        metrics: scores of the samples.
        floors: mean scores of several sets of exact samples.
        mode_fractions: fraction of the samples in each mode; empty if the modes are unknown.
        weighted: whether the samples have importance weights, that is, whether the sampler's density is known.
        floor_spreads: standard deviation of the floors between sets; None in older reports without it.
        failures: number of failed samples by reason, a key of `core.sampling.status.REASONS`; empty in older reports.
    """

    num_samples: int
    num_modes: int | None
    metrics: Metrics
    floors: Metrics
    mode_fractions: tuple[float, ...]
    weighted: bool
    floor_spreads: Metrics | None = None
    failures: dict[str, int] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON; NaN becomes None."""
        return without_nan(asdict(self))

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Report:
        """The inverse of `to_dict`.

        Raises:
            ValueError: `metrics` or `floors` are missing.
        """
        metrics, floors, spreads = (
            _metrics(data.get(name)) for name in ("metrics", "floors", "floor_spreads")
        )
        if metrics is None or floors is None:
            raise ValueError("A report needs `metrics` and `floors`.")
        fractions = tuple(data["mode_fractions"])
        return cls(
            data["num_samples"],
            data["num_modes"],
            metrics,
            floors,
            fractions,
            data["weighted"],
            spreads,
            data.get("failures", {}),
        )


def _metrics(data: dict[str, Any] | None) -> Metrics | None:
    if data is None:
        return None
    return Metrics(**{name: math.nan if value is None else value for name, value in data.items()})


def without_nan(data: Any) -> Any:
    """Replace numbers that are not finite by None, at any depth, as JSON needs."""
    if isinstance(data, dict):
        return {key: without_nan(value) for key, value in data.items()}
    if isinstance(data, (list, tuple)):
        return [without_nan(value) for value in data]
    return None if isinstance(data, float) and not math.isfinite(data) else data
