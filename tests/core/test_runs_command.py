"""The command `runs`, and what `train` and `sample` save."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from core.__main__ import main
from core.store import place
from core.store.database import FILE
from core.store.records import Result
from core.training import loop
from tests.core.command_line import json_output
from tests.core.stores import FINISHED, LINE, frames, open_store

SMALL = ["--width", "8", "--depth", "1", "--batch-size", "32"]
RING = ["train", "--target", "ring", *SMALL, "--num-samples", "20", "--json"]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a new store."""
    monkeypatch.setenv(place.FOLDER, str(tmp_path / "store"))
    return tmp_path / "store"


def test_training_is_saved_and_an_equal_run_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    first = json_output(capsys, *RING, "--steps", "2")
    assert main([*RING, "--steps", "2", "--no-store"]) == 0
    output = capsys.readouterr()
    assert '"run": null' in output.out
    assert "run of the same problem" not in output.err
    assert main([*RING, "--steps", "2"]) == 0
    assert (
        f"The store already has a run of the same problem: {first['run']}, finished"
        in capsys.readouterr().err
    )
    runs = json_output(capsys, "runs", "list", "--json")
    assert [run["status"] for run in runs] == ["finished"] * 2
    shown = json_output(capsys, "runs", "show", first["run"], "--json")
    assert (shown["steps"], shown["report"]["metrics"]) == (2, first["metrics"])
    names = [file["name"] for file in shown["files"]]
    assert names[-1] == "frames.npz"
    assert names[0].startswith("checkpoint")


def test_sampling_is_saved(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["langevin", "--target", "ring", "--steps", "3", "--num-samples", "20", "--json"]
    run = json_output(capsys, *arguments)["run"]
    (listed,) = json_output(capsys, "runs", "list", "--kind", "mala", "--json")
    assert listed["id"] == run


@pytest.mark.thorough
def test_interrupted_training_resumes_to_the_result_of_an_uninterrupted_one(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    whole = json_output(capsys, *RING, "--steps", "6", "--no-store")
    advance = loop._Run.advance

    def killed(run: loop._Run, progress: float) -> float:
        if run.step == 4:
            raise MemoryError
        return advance(run, progress)

    with monkeypatch.context() as patch:
        patch.setattr(loop, "SNAPSHOT_SECONDS", 0.0)
        patch.setattr("core.store.recording.CHECKPOINT_SECONDS", 0.0)
        patch.setattr("core.store.recording.PATIENCE", 0)
        patch.setattr(loop._Run, "advance", killed)
        with pytest.raises(MemoryError):
            main([*RING, "--steps", "6"])
    (run,) = json_output(capsys, "runs", "list", "--json")
    assert (run["status"], run["steps"]) == ("interrupted", 4)
    resumed = json_output(capsys, "train", "--resume", run["id"][:6], "--num-samples", "20", "--json")
    assert (resumed["run"], resumed["steps"], resumed["status"]) == (run["id"], 6, "finished")
    assert (resumed["metrics"], resumed["energy_calls"]) == (whole["metrics"], whole["energy_calls"])
    (run,) = json_output(capsys, "runs", "list", "--json")
    assert run["status"] == "finished"


def test_interrupt_saves_a_last_checkpoint(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    advance = loop._Run.advance

    def interrupted(run: loop._Run, progress: float) -> float:
        if run.step == 2:
            raise KeyboardInterrupt
        return advance(run, progress)

    monkeypatch.setattr(loop, "SNAPSHOT_SECONDS", 0.0)
    monkeypatch.setattr(loop._Run, "advance", interrupted)
    stopped = json_output(capsys, *RING, "--steps", "4")
    assert (stopped["status"], stopped["steps"]) == ("stopped", 2)
    files = json_output(capsys, "runs", "show", stopped["run"], "--json")["files"]
    # On a slow machine, a regular checkpoint may have been saved at the same step, so equal steps count once.
    assert list(dict.fromkeys(file["steps"] for file in files)) == [0, 2, None]


def test_runs_that_cannot_be_resumed_are_refused(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    with open_store(folder) as store:
        finished, chains = store.save(FINISHED).id, store.save(Result(LINE, "finished", kind="mala")).id
        with store.begin(Result(LINE, "training")) as recording:
            for name, sentence in (
                ("0" * 12, "no run"),
                (chains, "no training"),
                (recording.id, "still training"),
            ):
                assert main(["train", "--resume", name]) == 2
                assert sentence in capsys.readouterr().err
    assert main(["train", "--resume", finished, "--sigma", "3"]) == 2
    assert "a different one" in capsys.readouterr().err


@pytest.mark.parametrize("fault", ["newer", "locked", "no folder"])
def test_store_that_fails_does_not_stop_training(
    fault: str, folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(place, "BUSY_SECONDS", 0.02)
    open_store(folder).close()
    other = sqlite3.connect(folder / FILE, isolation_level=None)
    if fault == "newer":
        other.execute("PRAGMA user_version = 99")
    elif fault == "locked":
        other.execute("BEGIN IMMEDIATE")
    else:
        monkeypatch.setenv(place.FOLDER, str(folder / FILE / "inside"))
    assert main([*RING, "--steps", "2"]) == 0
    output = capsys.readouterr()
    other.close()
    assert '"run": null' in output.out
    assert "Not saved: " in output.err


def test_each_verb_prints_json_and_text(
    capsys: pytest.CaptureFixture[str], folder: Path, tmp_path: Path
) -> None:
    with open_store(folder) as store:
        ids = [store.save(FINISHED, frames(i)).id for i in range(3)]
    out = str(tmp_path / "out.zip")
    assert json_output(capsys, "runs", "pin", ids[0], "--json")["pinned"] is True
    assert json_output(capsys, "runs", "export", ids[0], "-o", out, "--json")["exported"] == ids[:1]
    assert json_output(capsys, "runs", "import", out, "--json") == {"added": [], "existing": ids[:1]}
    assert json_output(capsys, "runs", "delete", ids[1], "--json") == {"deleted": [ids[1]]}
    assert json_output(capsys, "runs", "prune", "--most-gb", "0", "--json")["deleted"] == [ids[2]]
    assert json_output(capsys, "runs", "verify", "--json") == {"faults": []}
    for verb in (["list"], ["show", ids[0]], ["verify"], ["prune"], ["export", "-o", out], ["import", out]):
        assert main(["runs", *verb]) == 0
        assert capsys.readouterr().out.strip()
    assert main(["runs", "delete", ids[0]]) == 0
    assert main(["runs", "list"]) == 0
    assert "no such runs" in capsys.readouterr().out


def test_verify_ends_with_status_one_if_it_finds_a_fault(
    capsys: pytest.CaptureFixture[str], folder: Path
) -> None:
    with open_store(folder) as store:
        run = store.save(FINISHED, frames())
        (store.folder.of(run.id) / "frames.npz").write_bytes(b"")
    with pytest.raises(SystemExit) as ended:
        main(["runs", "verify"])
    assert ended.value.code == 1
    assert run.id in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments",
    [
        ["show", "ffff"],
        ["show", "*"],
        ["delete", "ffff"],
        ["import", "README.md"],
        ["import", "/nowhere"],
        ["export", "-o", "/nowhere/out.zip"],
        ["list", "--sort", "note"],
        ["list", "--limit", "0"],
        ["prune", "--most-gb", "-1"],
        [],
    ],
    ids=" ".join,
)
def test_invalid_input_gives_one_line_and_status_two(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        status = main(["runs", *arguments])
    except SystemExit as stop:
        status = int(stop.code or 0)
    assert (status, capsys.readouterr().err.count("\n")) == (2, 1)
