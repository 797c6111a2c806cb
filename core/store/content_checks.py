"""Checks of the files in an archive: pictures are arrays of bounded size, checkpoints are tensors of the run's problem."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import numpy as np

from core.pictures.frames import Frames
from core.problem import Problem
from core.store.course import Course
from core.store.records import RunFile

# Largest sizes in bytes: of all arrays of a file after decompression, and of the header of a checkpoint.
MOST_ARRAY_BYTES, MOST_HEADER_BYTES = 2**30, 16 * 2**20


def check_content(file: RunFile, content: bytes, problem: Problem) -> None:
    """Check that the content of a file matches its name.

    Raises:
        Exception: it does not; the type of the exception depends on what is wrong.
    """
    if file.name.endswith(".npz"):
        _check_frames(content)
    elif file.name.endswith(".json"):
        Course.unpack(content)
    else:
        _check_checkpoint(content, problem)


def _check_frames(content: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        if sum(info.file_size for info in archive.infolist()) > MOST_ARRAY_BYTES:
            raise ValueError(f"the arrays of its pictures have more than {MOST_ARRAY_BYTES // 2**30} GiB")
    frames = Frames.unpack(content)
    grid = tuple(len(axis) for axis in frames.axes)
    num_times = len(frames.times)
    shapes = {
        "density": (num_times, *grid),
        "velocity": (num_times, *grid, len(grid)),
        "kinetic_energy": (num_times,),
        "log_z": (num_times,),
    }
    for name, shape in shapes.items():
        if getattr(frames, name).shape != shape:
            raise ValueError(f"the array {name} of its pictures has an unexpected shape")
    if frames.particles.ndim != 3 or len(frames.particles) != num_times or frames.samples.ndim != 2:
        raise ValueError("the particles or samples of its pictures have an unexpected shape")
    if not (np.isfinite(frames.times).all() and (np.diff(frames.times) >= 0).all()):
        raise ValueError("the times of its pictures do not increase")


def _check_checkpoint(content: bytes, problem: Problem) -> None:
    import safetensors

    size = int.from_bytes(content[:8], "little")
    if not 0 < size <= min(MOST_HEADER_BYTES, len(content) - 8):
        raise ValueError("a checkpoint has no header")
    header: dict[str, Any] = json.loads(content[8 : 8 + size])
    safetensors.deserialize(content)
    if Problem.from_json(header["__metadata__"]["problem"]) != problem:
        raise ValueError("a checkpoint belongs to another problem than its run")
