"""Load an energy from a Python file of the user, such as `my_model.py:energy`. Only the command line can name such a file, since loading it
runs its code; links and problems cannot."""

from __future__ import annotations

import os
import runpy
from pathlib import Path
from typing import Any

from core.targets.local.register import register
from core.targets.registry import TARGETS

# Environment variable with the file that worker processes load: `PATH:NAME:DIM`.
VARIABLE = "BOLTZMANN_TARGET_FILE"


def load(text: str, dim: int | None = None) -> str:
    """Run a file and register its energy. Also set VARIABLE, so that worker processes that start later do the same.

    The file may also define `dim`, `gradient`, `box` and `scale`, as in `register`.

    Args:
        text: path of the file and name of the function, `my_model.py:energy`.
        dim: number of coordinates; by default the value of `dim` in the file.

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
    """Load the file that VARIABLE names, as the parent process did; does nothing if it is not set.

    Raises:
        ValueError: see `load`.
    """
    text = os.environ.get(VARIABLE, "")
    if text:
        file, _, dim = text.rpartition(":")
        load(file, int(dim))
