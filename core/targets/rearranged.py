"""A Gaussian mixture whose modes are taken to other places, one by one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from core import checks
from core.problem import TargetSpec
from core.targets import registry


def as_mixture(target: TargetSpec) -> TargetSpec:
    """The same density with its modes named one by one, their places to nine decimals.

    Raises:
        ValueError: it is no mixture.
    """
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


def rearranged(target: TargetSpec, means: Any, kept: Sequence[int | None]) -> TargetSpec:
    """A mixture with its modes somewhere else, fewer of them, or more.

    Args:
        target: a mixture.
        means: the new places, one row for each mode.
        kept: which mode of the target each of them was; None for a new one, which is like the last.

    Raises:
        ValueError: it is no mixture, or the places are not valid.
    """
    values = as_mixture(target).values
    last = len(values["means"]) - 1
    which = [last if k is None else checks.integer("kept", k, 0, last) for k in kept]
    lists = {name: values[name] for name in ("std", "weights") if isinstance(values[name], tuple)}
    chosen = {name: [list_[k] for k in which] for name, list_ in lists.items()}
    return TargetSpec.of("mixture", **{**values, **chosen, "means": means})
