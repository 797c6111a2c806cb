"""Checkpoint files: everything a training run needs to resume, stored as tensors (safetensors), never as code."""

from __future__ import annotations

from pathlib import Path

from torch import Tensor, nn

from core.files import replace_file
from core.interpolations.particle_survey import ParticleSurvey
from core.interpolations.survey_flow import SurveyFlow
from core.problem import Problem

# The tensors of a run by name. Every tensor is a copy.
State = dict[str, Tensor]
_PROBLEM = "problem"


def with_prefix(prefix: str, state: State) -> State:
    """Rename every tensor `name` to `prefix.name`."""
    return {f"{prefix}.{name}": tensor for name, tensor in state.items()}


def under_prefix(prefix: str, state: State) -> State:
    """Select the tensors named `prefix.name` and strip the prefix; the inverse of `with_prefix`."""
    start = f"{prefix}."
    return {name.removeprefix(start): tensor for name, tensor in state.items() if name.startswith(start)}


def survey_state(model: nn.Module) -> State:
    """The tensors of the survey from which a curve starts, stored so that a resumed run has the same start; empty if there is no survey."""
    flows = [module for module in model.modules() if isinstance(module, SurveyFlow)]
    return flows[0].state if flows else {}


def stored_survey(state: State) -> ParticleSurvey | None:
    """The survey in the state of a run; None if it started without one."""
    stored = under_prefix("survey", state)
    return ParticleSurvey.from_state(stored) if stored else None


def encode(problem: Problem, state: State) -> bytes:
    """The content of a checkpoint file."""
    from safetensors.torch import save

    # A safetensors file stores no strides, so a transposed tensor must be copied first.
    packed = {name: tensor.contiguous() for name, tensor in state.items()}
    return save(packed, metadata={_PROBLEM: problem.to_json()})


def decode(content: bytes) -> State:
    """The state in the content of a checkpoint file.

    Raises:
        ValueError: the content is not a checkpoint.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load

    try:
        return load(content)
    except SafetensorError as error:
        raise ValueError(f"The data is not a checkpoint: {error}.") from error


def save(path: Path, problem: Problem, state: State) -> None:
    """Write a checkpoint. An older file at `path` is replaced only once the new one is complete.

    Raises:
        OSError: the file cannot be written.
    """
    content = encode(problem, state)
    replace_file(path, lambda file: file.write(content))


def read(path: Path) -> tuple[Problem, State]:
    """Read the problem and the state of a checkpoint.

    Raises:
        ValueError: the file is not a checkpoint.
        OSError: the file cannot be read.
    """
    from safetensors import SafetensorError, safe_open

    with path.open("rb"):  # raises FileNotFoundError for a missing file, which safetensors would hide
        pass
    try:
        with safe_open(path, framework="pt") as file:
            text = (file.metadata() or {}).get(_PROBLEM, "")
            state = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except SafetensorError as error:
        raise ValueError(f"`{path}` is not a checkpoint: {error}.") from error
    if not any(name.startswith("model.") for name in state):
        raise ValueError(f"`{path}` is not a checkpoint: it contains no model.")
    try:
        return Problem.from_json(text), state
    except ValueError as error:
        raise ValueError(f"`{path}` is not a checkpoint: {error}") from error


def load(path: Path, problem: Problem) -> State:
    """Read the state of a checkpoint that was made for exactly this problem.

    Raises:
        ValueError: the file is not a checkpoint, or belongs to another problem.
        OSError: the file cannot be read.
    """
    made_for, state = read(path)
    if made_for != problem:
        raise ValueError(f"`{path}` is the checkpoint of another problem; use the problem it was made for.")
    return state
