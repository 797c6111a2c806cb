"""Any arrangement of Gaussian modes as one whose modes are named one by one, and so can be moved."""

from __future__ import annotations

from core.problem import TargetSpec
from core.targets import registry


def as_mixture(target: TargetSpec) -> TargetSpec:
    """The same density with its modes named one by one, their places to nine decimals.

    Raises:
        ValueError: it is no mixture.
    """
    if target.name == "mixture":
        return target
    if not target.entry.is_mixture:
        raise ValueError(f"`{target.name}` is no Gaussian mixture, so its modes cannot be moved.")
    from core.targets.mixture import GaussianMixture

    mixture = registry.build(target.name, target.values)
    assert isinstance(mixture, GaussianMixture)
    std, weights = mixture.std.tolist(), mixture.weights.tolist()
    return TargetSpec.of(
        "mixture",
        means=mixture.modes.round(decimals=9).add(0.0).tolist(),  # no −0
        std=std[0] if len(set(std)) == 1 else std,
        weights=None if len(set(weights)) == 1 else weights,
    )
