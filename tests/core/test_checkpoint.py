"""Checkpoints: a resumed run equals one that was never interrupted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from core.budget import Budget
from core.problem import INTERPOLATIONS, OPTIMISERS, Problem, TargetSpec, TrainingSettings
from core.training import checkpoint, loop
from core.training.loop import restore, train

SETTINGS = TrainingSettings(width=8, depth=2, batch_size=48, start="fading")
LINE = Problem(TargetSpec.of("two_modes", dim=1, mode_separation=2.0), beta_max=5.0, training=SETTINGS)


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.mark.parametrize("optimiser", OPTIMISERS)
@pytest.mark.parametrize("interpolation", INTERPOLATIONS)
def test_resumed_run_equals_an_uninterrupted_one(
    interpolation: str, optimiser: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "SNAPSHOT_SECONDS", 0.0)
    problem = replace(LINE, interpolation=interpolation, training=replace(SETTINGS, optimiser=optimiser))
    # The run is interrupted at step 11; the resumed run must refresh its trajectories at step 25, as the uninterrupted one does.
    snapshots = list(train(problem, Budget(steps=30)))
    path = tmp_path / "run.safetensors"
    checkpoint.save(path, problem, snapshots[11].checkpoint)
    resumed = list(train(problem, Budget(steps=30), checkpoint.load(path, problem)))
    assert [s.step for s in resumed] == list(range(11, 31))
    assert resumed[-1].energy_calls == snapshots[-1].energy_calls
    assert resumed[-1].seconds > snapshots[11].seconds
    first, again = snapshots[-1].field.state_dict(), resumed[-1].field.state_dict()
    assert all(torch.equal(first[name], again[name]) for name in first)
    other = snapshots[-2].field.state_dict()
    assert not all(torch.equal(first[name], other[name]) for name in first)


def test_transposed_tensors_are_stored() -> None:
    state = {"survey.axes": torch.arange(6.0).reshape(2, 3).T}
    assert torch.equal(checkpoint.decode(checkpoint.encode(LINE, state))["survey.axes"], state["survey.axes"])


def test_checkpoint_contains_its_problem_and_its_curve(tmp_path: Path) -> None:
    path = tmp_path / "run.safetensors"
    *_, last = train(LINE, Budget(steps=3))
    checkpoint.save(path, LINE, last.checkpoint)
    problem, state = checkpoint.read(path)
    assert problem == LINE
    kept, again = last.field.state_dict(), restore(problem, state).state_dict()
    assert kept.keys() == again.keys()
    assert all(torch.equal(kept[name], again[name]) for name in kept)


def test_checkpoint_of_another_problem_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "run.safetensors"
    checkpoint.save(path, LINE, next(train(LINE, Budget(steps=1))).checkpoint)
    with pytest.raises(ValueError, match="another problem"):
        checkpoint.load(path, replace(LINE, seed=1))


def test_other_files_are_refused_as_checkpoints(tmp_path: Path) -> None:
    path = tmp_path / "run.safetensors"
    path.write_bytes(b"nonsense" * 10)
    with pytest.raises(ValueError, match="is not a checkpoint"):
        checkpoint.load(path, LINE)
    checkpoint.save(path, LINE, {"numbers": torch.zeros(3)})
    with pytest.raises(ValueError, match="contains no model"):
        checkpoint.load(path, LINE)
    save_file({"model.x": torch.zeros(3)}, path)
    with pytest.raises(ValueError, match=r"is not a checkpoint: The problem"):
        checkpoint.load(path, LINE)
    with pytest.raises(OSError, match="No such file"):
        checkpoint.load(tmp_path / "none", LINE)


@pytest.mark.parametrize("harm", ["shape", "missing", "unknown"])
def test_state_of_another_model_is_refused(harm: str) -> None:
    state = next(train(LINE, Budget(steps=1))).checkpoint
    name = next(key for key in state if key.endswith("readout"))
    if harm == "missing":
        del state[name]
    else:
        state[name if harm == "shape" else "model.unknown"] = torch.zeros(3)
    with pytest.raises(ValueError, match="does not fit this run"):
        next(train(LINE, Budget(steps=1), state))


def test_run_converges_once_the_residual_is_small() -> None:
    """Latent and target are the same Gaussian, so there is nothing to learn."""
    target = TargetSpec.of("mixture", means=[[0.0]], std=1.0)
    problem = replace(LINE, target=target)
    last = list(train(problem, Budget(steps=500)))[-1]
    assert last.status == "converged"
    assert last.step < 500
    assert "0.005" in last.reason
    (again,) = train(problem, Budget(steps=500), last.checkpoint)
    assert (again.status, again.step, again.reason) == ("converged", last.step, last.reason)


def test_run_with_a_large_residual_does_not_converge() -> None:
    last = list(train(LINE, Budget(steps=25)))[-1]
    assert (last.status, last.reason) == ("finished", "")
