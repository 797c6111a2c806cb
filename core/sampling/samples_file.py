"""Samples with their importance weights as a file: a NumPy archive, or a table in CSV. Needs NumPy only."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import PurePath

import numpy as np

from core.frames import Array


def npz(x: Array, log_weight: Array) -> bytes:
    """A NumPy archive that holds `x` (n, dim) and `log_weight` (n,)."""
    buffer = io.BytesIO()
    np.savez(buffer, x=x, log_weight=log_weight)
    return buffer.getvalue()


def csv(x: Array, log_weight: Array) -> bytes:
    """A table with the header `x1,x2,…,log_weight`, a row for each sample, every digit; unknown numbers are `nan`."""
    names = [*(f"x{i}" for i in range(1, x.shape[1] + 1)), "log_weight"]
    # NumPy's numbers print as few digits as their precision takes.
    lines = [",".join(names), *(",".join(map(str, row)) for row in np.column_stack([x, log_weight]))]
    return ("\n".join(lines) + "\n").encode()


FORMATS: dict[str, Callable[[Array, Array], bytes]] = {"npz": npz, "csv": csv}


def encode(name: str, x: Array, log_weight: Array) -> bytes:
    """The content of a file: CSV where its name ends in `.csv`, else a NumPy archive.

    Args:
        name: of the file.
        x: (n, dim) the samples; a failed one is NaN.
        log_weight: (n,) log of the unnormalised importance weights; NaN where they are unknown.
    """
    return (csv if PurePath(name).suffix.lower() == ".csv" else npz)(x, log_weight)
