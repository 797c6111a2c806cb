"""Saved records of the Teleportation page: how kinetic energies grow as modes separate."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from core.files import replace_file
from core.presets import frames
from core.presets.sealed import log_absent, read_sealed, seal
from core.teleportation import PLANE_TARGETS, EnergyGrid, Growth

GROWTH, ENERGIES = "growth.npz", "energies-{}.npz"
_ABOUT_GROWTH = {"record": "growth"}
Record = TypeVar("Record", Growth, EnergyGrid)


def growth() -> Growth | None:
    """Read the growth of kinetic energies with the mode separation of the Laplace pair; None if the file is missing or damaged."""
    return _read(GROWTH, _ABOUT_GROWTH, Growth.unpack)


def energy_grid(target: str) -> EnergyGrid | None:
    """Read kinetic energies over σ and mode separation for one of `PLANE_TARGETS`; None if the file is missing or damaged."""
    return _read(ENERGIES.format(target), _about_grid(target), EnergyGrid.unpack)


def save_growth(record: Growth) -> Path:
    """Write the growth record; returns its file."""
    return _write(GROWTH, record, _ABOUT_GROWTH)


def save_energy_grid(target: str, record: EnergyGrid) -> Path:
    """Write the record of one of `PLANE_TARGETS`; returns its file."""
    return _write(ENERGIES.format(target), record, _about_grid(target))


def _about_grid(target: str) -> dict[str, Any]:
    return {"record": "energies", "target": PLANE_TARGETS[target].to_dict()}


def _read(name: str, about: dict[str, Any], unpack: Callable[[bytes], Record]) -> Record | None:
    file = frames.FOLDER / name
    try:
        return unpack(read_sealed(file, about))
    except Exception as error:  # a damaged file can raise almost anything
        log_absent(file, str(error))
        return None


def _write(name: str, record: Growth | EnergyGrid, about: dict[str, Any]) -> Path:
    file, content = frames.FOLDER / name, seal(record.pack(), about)
    replace_file(file, lambda stream: stream.write(content))
    return file
