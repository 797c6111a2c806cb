"""Invalid input to the command line gives one line on standard error and exit status 2."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.__main__ import main
from tests.core.command_line import run

INVALID_ARGUMENTS = [
    ([], "verb"),
    (["teleport"], "teleport"),
    (["train"], "--target"),
    (["train", "--target", "square"], "square"),
    (["train", "--target", "ring", "--num-modes", "1"], "`num_modes`"),
    (["train", "--target", "ring", "--num-modes", "many"], "many"),
    (["train", "--target", "gmm40", "--std", "1"], "`std`"),
    (["train", "--target", "ring", "--sigma", "0"], "`sigma`"),
    (["train", "--target", "ring", "--sigma", "nan"], "`sigma`"),
    (["train", "--target", "ring", "--width", "2"], "`width`"),
    (["train", "--target", "ring", "--seconds", "1", "--steps", "1"], "not both"),
    (["train", "--target", "ring", "--steps", "0"], "`steps`"),
    (["train", "--target", "ring", "--steps", "1", "--num-samples", "1"], "`num_samples`"),
    (["train", "--target", "ring", "--steps", "1", "--samples", "/nowhere/out.npz"], "/nowhere/out.npz"),
    (["train", "--target", "ring", "--steps", "1", "--samples", "/"], "`/`"),
    (["train", "--target", "ring", "--steps", "1", "--checkpoint", "/"], "`/`"),
    (["exact", "--target", "laplace", "--frames", "/"], "`/`"),
    (["exact", "--target", "laplace", "--times", ",".join(["0.5"] * 10_002)], "`--times`"),
    (["train", "--target", "ring", "--weights", "[" * 100_000], "--weights"),
    (["train", "--problem", "/nowhere/problem.json"], "/nowhere/problem.json"),
    (["train", "--problem", "README.md"], "JSON"),
    (["exact", "--target", "ring", "--interpolation", "learned"], "--checkpoint"),
    (["exact", "--checkpoint", "README.md"], "is not a checkpoint"),
    (["exact", "--checkpoint", "/nowhere/run.safetensors"], "/nowhere/run.safetensors"),
    (["exact", "--target", "two_modes", "--dim", "3"], "dimension 3"),
    (["exact", "--target", "two_modes", "--dim", "3", "--interpolation", "transport"], "dimension 3"),
    (["exact", "--target", "ring", "--interpolation", "teleport"], "teleport"),
    (["exact", "--target", "laplace", "--grid", "15"], "--grid"),
    (["exact", "--target", "laplace", "--grid", "1025"], "--grid"),
    (["exact", "--target", "laplace", "--grid", "many"], "many"),
    (["exact", "--target", "laplace", "--box", "3,3"], "--box"),
    (["exact", "--target", "laplace", "--box", "1,2,3"], "--box"),
    (["exact", "--target", "ring", "--box", "1,2,3"], "--box"),
    (["exact", "--target", "ring", "--box=-9,9,9,-9"], "--box"),
    (["exact", "--target", "laplace", "--box", "1"], "--box"),
    (["exact", "--target", "laplace", "--box", "wide"], "wide"),
    (["exact", "--target", "laplace", "--box", "0,1e99"], "--box"),
    (["exact", "--target", "laplace", "--box=-1,1"], "cuts off"),
    (["exact", "--target", "ring", "--box=-3,3"], "cuts off"),
    (["exact", "--target", "ring", "--interpolation", "gradient_flow", "--box=-3,3"], "cuts off"),
    (["exact", "--target", "laplace", "--interpolation", "transport", "--box=-1,1"], "cuts off"),
    (["exact", "--target", "laplace", "--frames", "/nowhere/out.npz"], "/nowhere/out.npz"),
    (
        [
            "exact",
            "--target",
            "two_modes",
            "--dim",
            "3",
            "--interpolation",
            "gradient_flow",
            "--frames",
            "o.npz",
        ],
        "`--frames`",
    ),
    (["train", "--target", "ring", "--interpolation", "transport", "--steps", "1"], "interpolation"),
    (["exact", "--target", "laplace", "--times", "2,3"], "`--times`"),
    (["exact", "--target", "laplace", "--times", "soon"], "soon"),
    (["exact", "--target", "laplace", "--times", "99999"], "--times"),
    (["langevin", "--target", "ring", "--steps", "-1"], "`steps`"),
]


@pytest.mark.parametrize(
    ("arguments", "named"),
    INVALID_ARGUMENTS,
    ids=[" ".join(arguments)[:60] for arguments, _ in INVALID_ARGUMENTS],
)
def test_invalid_input_gives_one_line_and_status_two(
    arguments: list[str],
    named: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "README.md").write_text("# Not a problem\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    try:
        status = main(arguments)
    except SystemExit as stop:  # raised by argparse
        status = int(stop.code or 0)
    output = capsys.readouterr()
    assert status == 2
    assert output.out == ""
    assert output.err.count("\n") == 1
    assert output.err.endswith("\n")
    assert named in output.err


@pytest.mark.parametrize("text", ["[" * 5000, '{"target": {"name": "ring"}, "sigma": 1' + "0" * 400 + "}"])
def test_hostile_file_is_invalid_input(text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "problem.json"
    file.write_text(text, encoding="utf-8")
    assert main(["train", "--problem", str(file), "--steps", "1"]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_file_that_is_not_text_is_invalid_input(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "problem.json"
    file.write_bytes(b"\xff\xfe\x00{")
    assert main(["train", "--problem", str(file), "--steps", "1"]) == 2
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize(
    "arguments", ["train --target square", "train --target ring --sigma 0", "train --problem nowhere"]
)
def test_invalid_input_gives_status_two_in_a_real_process(arguments: str) -> None:
    done = run(*arguments.split())
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
