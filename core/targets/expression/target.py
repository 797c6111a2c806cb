"""The target `expression`: an energy typed as a formula."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache, partial

import torch

from core.targets.base import KnownTarget
from core.targets.computed.anywhere import Survey, SurveyedTarget, survey
from core.targets.computed.on_grid import GridTarget, Known, known_on_grid
from core.targets.computed.support import Energy
from core.targets.expression.evaluate import evaluate
from core.targets.expression.resolve import resolve

# Number of typed energies whose computed facts are cached. A slider that changes a parameter needs many of them.
_KEPT = 16
Parameters = tuple[tuple[str, float], ...]


def expression(
    energy: str, dim: int, parameters: Mapping[str, float] | Sequence[tuple[str, float]]
) -> KnownTarget:
    """A density `e^{−f}` with f typed as a formula.

    Box, scale and modes are computed from the energy; in one and two dimensions, also log Z, mode masses and exact samples.

    Args:
        energy: the formula of f, in nats.
        dim: number of coordinates.
        parameters: values of the names in the formula that are not coordinates, constants or functions.

    Raises:
        FormulaError: the formula has a mistake.
        UnusableEnergyError: its density has no finite integral, or the energy is not finite or too rough.
    """
    given = tuple(sorted(dict(parameters).items()))
    compute = _energy(energy, dim, given)
    if dim <= 2:
        return GridTarget(compute, known(energy, dim, given))
    return SurveyedTarget(compute, surveyed(energy, dim, given))


def _energy(energy: str, dim: int, parameters: Parameters) -> Energy:
    return partial(evaluate, resolve(energy, dim, dict(parameters)))


@lru_cache(maxsize=_KEPT)
def known(energy: str, dim: int, parameters: Parameters) -> Known:
    """Compute the facts about a typed energy on the line or in the plane.

    Raises:
        FormulaError, UnusableEnergyError: see `expression`.
    """
    with torch.no_grad():
        return known_on_grid(_energy(energy, dim, parameters), dim)


@lru_cache(maxsize=_KEPT)
def surveyed(energy: str, dim: int, parameters: Parameters) -> Survey:
    """Compute the facts about a typed energy in more than two dimensions.

    Raises:
        FormulaError, UnusableEnergyError: see `expression`.
    """
    with torch.no_grad():
        return survey(_energy(energy, dim, parameters), dim)
