"""The command line as its tests call it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from core.__main__ import main

ROOT = Path(__file__).resolve().parents[2]
TINY = ["--width", "8", "--depth", "1", "--batch-size", "32"]


def run(*words: str) -> subprocess.CompletedProcess[str]:
    """The command line as a person calls it."""
    command = [sys.executable, "-W", "error", "-m", "core", *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def answer(capsys: pytest.CaptureFixture[str], *words: str) -> Any:
    """The JSON that a command prints, in this process."""
    assert main(list(words)) == 0
    return json.loads(capsys.readouterr().out)
