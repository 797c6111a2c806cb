"""Saved numbers: how kinetic energies grow as modes separate, how much of a far mode's weight trained curves recover, and how classic
samplers score."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from core import mode_weights as weights
from core.classics import LIMITS, METHODS, PICTURED, SIGMAS, TARGET, Classics
from core.files import replace_file
from core.mode_weights import ModeWeights
from core.pictures.frames import Frames
from core.presets import frames
from core.presets.sealed import log_absent, read_sealed, seal
from core.teleportation import PLANE_TARGETS, EnergyGrid, Growth, StoredRecord

GROWTH, ENERGIES = "growth.npz", "energies-{}.npz"
WEIGHTS, CLASSICS, PICTURE = "mode-weights.npz", "classics.npz", "classics-{}-{:g}.npz"
_ABOUT_GROWTH = {"record": "growth"}
Record = TypeVar("Record", bound="StoredRecord | Frames")


def growth() -> Growth | None:
    """Read the growth of kinetic energies with the mode separation of the Laplace pair; None if the file is missing or damaged."""
    return _read(GROWTH, _ABOUT_GROWTH, Growth.unpack)


def energy_grid(target: str) -> EnergyGrid | None:
    """Read kinetic energies over σ and mode separation for one of `PLANE_TARGETS`; None if the file is missing or damaged."""
    return _read(ENERGIES.format(target), _about_grid(target), EnergyGrid.unpack)


def mode_weights() -> ModeWeights | None:
    """Read how much of a far mode's weight trained curves recover; None if the file is missing or damaged."""
    return _read(WEIGHTS, _about_weights(), ModeWeights.unpack)


def classics() -> Classics | None:
    """Read the scores of classic samplers; None if the file is missing or damaged."""
    return _read(CLASSICS, _about_classics(), Classics.unpack)


def classic_picture(method: str, sigma: float) -> Frames | None:
    """Read the picture of a classic sampler for one σ of the latent; None if there is none, or if its file is damaged."""
    if method not in PICTURED or sigma not in SIGMAS:
        return None
    return _read(PICTURE.format(method, sigma), _about_picture(method, sigma), Frames.unpack)


def save_mode_weights(record: ModeWeights) -> Path:
    """Write how much of a far mode's weight trained curves recover; returns the file."""
    return _write(WEIGHTS, record, _about_weights())


def save_classics(record: Classics) -> Path:
    """Write the scores of classic samplers; returns the file."""
    return _write(CLASSICS, record, _about_classics())


def save_classic_picture(method: str, sigma: float, picture: Frames) -> Path:
    """Write the picture of a classic sampler for one σ of the latent; returns the file."""
    return _write(PICTURE.format(method, sigma), picture, _about_picture(method, sigma))


def save_growth(record: Growth) -> Path:
    """Write the growth of kinetic energies with the mode separation; returns the file."""
    return _write(GROWTH, record, _ABOUT_GROWTH)


def save_energy_grid(target: str, record: EnergyGrid) -> Path:
    """Write kinetic energies over σ and mode separation for one of `PLANE_TARGETS`; returns the file."""
    return _write(ENERGIES.format(target), record, _about_grid(target))


def _about_grid(target: str) -> dict[str, Any]:
    return {"record": "energies", "target": PLANE_TARGETS[target].to_dict()}


def _about_weights() -> dict[str, Any]:
    problems = [weights.problem(weight, "linear").to_dict() for weight in weights.WEIGHTS]
    return {
        "record": "mode weights",
        "problems": problems,
        "steps": weights.STEPS,
        "samples": weights.NUM_SAMPLES,
    }


def _about_classics() -> dict[str, Any]:
    return {
        "record": "classics",
        "target": TARGET.to_dict(),
        "sigmas": SIGMAS,
        "methods": METHODS,
        "limits": LIMITS,
    }


def _about_picture(method: str, sigma: float) -> dict[str, Any]:
    return {"record": "classic picture", "target": TARGET.to_dict(), "method": method, "sigma": sigma}


def _read(name: str, about: dict[str, Any], unpack: Callable[[bytes], Record]) -> Record | None:
    file = frames.FOLDER / name
    try:
        return unpack(read_sealed(file, about))
    except Exception as error:  # a damaged file can raise almost anything
        log_absent(file, str(error))
        return None


def _write(name: str, record: StoredRecord | Frames, about: dict[str, Any]) -> Path:
    file, content = frames.FOLDER / name, seal(record.pack(), about)
    replace_file(file, lambda stream: stream.write(content))
    return file
