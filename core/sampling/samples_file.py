"""Encode samples and their importance weights as a NumPy archive or a CSV table. Needs NumPy only."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import PurePath

import numpy as np

from core.arrays import Array


def npz(x: Array, log_weight: Array) -> bytes:
    """A NumPy archive with the arrays `x` (n, dim) and `log_weight` (n,)."""
    buffer = io.BytesIO()
    np.savez(buffer, x=x, log_weight=log_weight)
    return buffer.getvalue()


def csv(x: Array, log_weight: Array) -> bytes:
    """A CSV table with the header `x1,x2,…,log_weight` and one row per sample, in full precision; unknown values are `nan`."""
    names = [*(f"x{i}" for i in range(1, x.shape[1] + 1)), "log_weight"]
    # `str` of a NumPy number has exactly the digits needed to read it back.
    lines = [",".join(names), *(",".join(map(str, row)) for row in np.column_stack([x, log_weight]))]
    return ("\n".join(lines) + "\n").encode()


FORMATS: dict[str, Callable[[Array, Array], bytes]] = {"npz": npz, "csv": csv}


def encode(name: str, x: Array, log_weight: Array) -> bytes:
    """The contents of a samples file: CSV if its name ends in `.csv`, otherwise a NumPy archive.

    Args:
        name: file name.
        x: (n, dim) samples; NaN for failed ones.
        log_weight: (n,) log of the unnormalised importance weights; NaN where unknown.
    """
    return (csv if PurePath(name).suffix.lower() == ".csv" else npz)(x, log_weight)
