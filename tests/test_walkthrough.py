"""The steps in CONTRIBUTING.md work as written in a fresh clone."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fresh_clone import copy_tracked_files


def run(folder: Path, *command: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=folder,
        text=True,
        capture_output=True,
        check=False,
        env=dict(os.environ),
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.thorough
def test_walkthrough_adds_a_target_that_passes_its_tests_and_trains(tmp_path: Path) -> None:
    copy_tracked_files(tmp_path)
    text = (tmp_path / "CONTRIBUTING.md").read_text(encoding="utf-8")
    energy, row = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    (tmp_path / "core/targets/logistic.py").write_text(energy, encoding="utf-8")
    registry = tmp_path / "core/targets/registry.py"
    table = registry.read_text(encoding="utf-8")
    assert table.count('    "mixture": TargetEntry(\n') == 1
    registry.write_text(
        table.replace('    "mixture": TargetEntry(\n', row + '    "mixture": TargetEntry(\n'),
        encoding="utf-8",
    )
    tests = run(
        tmp_path,
        "pytest",
        "-q",
        "-n",
        "0",
        "-p",
        "no:cacheprovider",
        "tests/core/test_targets.py",
        "-k",
        "logistic",
    )
    assert int(re.findall(r"(\d+) passed", tests)[0]) > 10
    command = re.findall(r"python -m (core train --target logistic .*)", text)[0]
    trained = run(tmp_path, *command.replace("--seconds 5", "--steps 60").split())
    assert float(re.findall(r"ess_fraction\s+([\d.]+)", trained)[0]) > 0.99
    run(tmp_path, "ruff", "check", "core")
    run(tmp_path, "ruff", "format", "--check", "core")
