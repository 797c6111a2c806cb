"""The Müller–Brown potential at a temperature: three wells in the plane with unequal masses."""

from __future__ import annotations

from functools import lru_cache

import torch

from core.targets.computed.on_grid import GridTarget, Known, known_on_grid
from core.types import Points, Values

# V = Σ A exp(a (x − x₀)² + b (x − x₀)(y − y₀) + c (y − y₀)²), one row (A, a, b, c, x₀, y₀) per term.
TERMS = (
    (-200.0, -1.0, 0.0, -10.0, 1.0, 0.0),
    (-100.0, -1.0, 0.0, -10.0, 0.0, 0.5),
    (-170.0, -6.5, 11.0, -6.5, -0.5, 1.5),
    (15.0, 0.7, 0.6, 0.7, -1.0, 1.0),
)


def potential(x: Points) -> Values:
    """The potential V; its lowest minimum is −146.70 at (−0.558, 1.442)."""
    total = torch.zeros_like(x[:, 0])
    for height, a, b, c, first, second in TERMS:
        u, v = x[:, 0] - first, x[:, 1] - second
        total = total + height * (a * u.square() + b * u * v + c * v.square()).exp()
    return total


def muller_brown(temperature: float) -> GridTarget:
    """The density `e^{−V(x)/T}`; log Z, samples and the masses of the wells come from quadrature.

    Args:
        temperature: T, in the units of V; at T = 10 the barriers between the wells are a few nats high.

    References:
        Müller, Brown: Location of saddle points and minimum energy paths, Theoretica Chimica Acta 1979.
    """
    return GridTarget(lambda x: potential(x) / temperature, known(temperature))


@lru_cache(maxsize=8)
def known(temperature: float) -> Known:
    """Compute log Z, modes and other facts about the density at a temperature, by quadrature on a grid."""
    with torch.no_grad():
        return known_on_grid(lambda x: potential(x) / temperature, 2)
