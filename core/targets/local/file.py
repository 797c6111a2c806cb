"""Energies in a Python file of the user: `my_model.py:energy`. Such a file can be named on the command line only, never in a link or a
problem."""

from __future__ import annotations

import os
import runpy
from pathlib import Path
from typing import Any

from core.targets.local.register import register
from core.targets.registry import TARGETS

# Environment variable from which worker processes read which file to load: `PATH:NAME:DIM`, where DIM may be empty.
VARIABLE = "BOLTZMANN_TARGET_FILE"


def load(text: str, dim: int | None = None) -> str:
    """Run a file and register its energy; worker processes that start later do the same.

    The file may also define `dim`, `gradient`, `box` and `scale`, as in `register`.

    Args:
        text: path and name, `my_model.py:energy`.
        dim: number of coordinates; by default that of the file.

    Returns:
        The name of the target.

    Raises:
        ValueError: the file or the name does not exist, the file fails, or the energy cannot be used.
    """
    path_text, _, name = text.rpartition(":")
    path = Path(path_text)
    if not path_text or not name.isidentifier() or path.suffix != ".py":
        raise ValueError(f"The target file must have the form my_model.py:energy; got {text!r}.")
    if not path.is_file():
        raise ValueError(f"There is no file `{path}`.")
    if name in TARGETS and not TARGETS[name].is_local:
        raise ValueError(f"`{name}` is a built-in target; give the function in `{path.name}` another name.")
    values = _run(path)
    if not callable(values.get(name)):
        raise ValueError(f"`{path.name}` defines no function `{name}`.")
    dim = values.get("dim") if dim is None else dim
    if dim is None:
        raise ValueError(
            f"The number of coordinates is unknown: add `dim = 2` to `{path.name}`, or use --dim."
        )
    facts = {key: values.get(key) for key in ("gradient", "box", "scale")}
    if name not in TARGETS:
        register(name, values[name], dim, title=f"{name} of {path.name}", **facts)
    os.environ[VARIABLE] = f"{path.resolve()}:{name}:{dim}"
    return name


def _run(path: Path) -> dict[str, Any]:
    try:
        return runpy.run_path(str(path))
    except Exception as error:
        raise ValueError(f"`{path.name}` fails: {type(error).__name__}: {error}.") from error


def load_from_environment() -> None:
    """Load the file that the parent process loaded, if there is one.

    Raises:
        ValueError: see `load`.
    """
    text = os.environ.get(VARIABLE, "")
    if text:
        file, _, dim = text.rpartition(":")
        load(file, int(dim))
