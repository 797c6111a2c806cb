"""Convert an arrangement of Gaussian modes, such as a ring, to a target that lists its modes, so that each can be edited."""

from __future__ import annotations

from core.problem import TargetSpec
from core.targets import registry


def as_mixture(target: TargetSpec) -> TargetSpec:
    """Return the same density as a `mixture` target that lists every mode.

    Args:
        target: a `mixture`, possibly with covariance matrices, or another target whose `is_mixture` is true.

    Returns:
        A `mixture` target with centres rounded to nine decimals. Standard deviations and weights that all modes share are
        stored once. A `mixture` is returned unchanged.

    Raises:
        ValueError: the target is not a Gaussian mixture.
    """
    if target.name == "mixture":
        return target
    if not target.is_mixture:
        raise ValueError(f"`{target.name}` is not a Gaussian mixture, so its modes cannot be moved.")
    from core.targets.mixture import GaussianMixture

    mixture = registry.build(target.name, target.values)
    assert isinstance(mixture, GaussianMixture)
    std, weights = mixture.std.tolist(), mixture.weights.tolist()
    return TargetSpec.of(
        "mixture",
        means=mixture.modes.round(decimals=9).add(0.0).tolist(),  # adding zero turns −0 into 0
        std=std[0] if len(set(std)) == 1 else std,
        weights=None if len(set(weights)) == 1 else weights,
    )
