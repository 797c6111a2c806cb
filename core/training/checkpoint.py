"""Checkpoints: all that a training run needs to go on, in a file that holds numbers only."""

from __future__ import annotations

from pathlib import Path

from torch import Tensor

from core.files import replace_file
from core.problem import Problem

# What a run keeps, by name. Every tensor is a copy.
State = dict[str, Tensor]
_PROBLEM = "problem"


def with_prefix(prefix: str, state: State) -> State:
    """The same tensors under `prefix.name`."""
    return {f"{prefix}.{name}": tensor for name, tensor in state.items()}


def under_prefix(prefix: str, state: State) -> State:
    """The inverse of `with_prefix`: only the tensors under the prefix, by their own names."""
    start = f"{prefix}."
    return {name.removeprefix(start): tensor for name, tensor in state.items() if name.startswith(start)}


def save(path: Path, problem: Problem, state: State) -> None:
    """Writes a checkpoint; an older one in its place is replaced only once the new one is complete.

    Raises:
        OSError: it cannot be written.
    """
    from safetensors.torch import save

    content = save(state, metadata={_PROBLEM: problem.to_json()})
    replace_file(path, lambda file: file.write(content))


def read(path: Path) -> tuple[Problem, State]:
    """A checkpoint's problem and state.

    Raises:
        ValueError: the file is no checkpoint.
        OSError: it cannot be read.
    """
    from safetensors import SafetensorError, safe_open

    with path.open("rb"):  # a missing file is told as such
        pass
    try:
        with safe_open(path, framework="pt") as file:
            text = (file.metadata() or {}).get(_PROBLEM, "")
            state = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except SafetensorError as error:
        raise ValueError(f"`{path}` is not a checkpoint: {error}.") from error
    if not any(name.startswith("model.") for name in state):
        raise ValueError(f"`{path}` is not a checkpoint: it holds no model.")
    try:
        return Problem.from_json(text), state
    except ValueError as error:
        raise ValueError(f"`{path}` is not a checkpoint: {error}") from error


def load(path: Path, problem: Problem) -> State:
    """The state of a checkpoint of this very problem.

    Raises:
        ValueError: the file is no checkpoint, or one of another problem.
        OSError: it cannot be read.
    """
    made_for, state = read(path)
    if made_for != problem:
        raise ValueError(
            f"`{path}` is the checkpoint of another problem; give the problem that it was made for."
        )
    return state
