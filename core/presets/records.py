"""The records of the Teleportation page: energies that grow as modes separate."""

from __future__ import annotations

from core.presets.store import FOLDER
from core.teleportation import EnergyGrid, Growth

GROWTH, ENERGIES = "growth.npz", "energies-{}.npz"


def growth() -> Growth:
    """How the curves' energies grow with the distance of the Laplace pair's modes."""
    return Growth.unpack((FOLDER / GROWTH).read_bytes())


def energy_grid(target: str) -> EnergyGrid:
    """The energies over σ and mode separation of one of `PLANE_TARGETS`."""
    return EnergyGrid.unpack((FOLDER / ENERGIES.format(target)).read_bytes())
