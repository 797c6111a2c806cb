"""Helpers to run the command line in tests."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from core.__main__ import main

ROOT = Path(__file__).resolve().parents[2]
TINY = ["--width", "8", "--depth", "1", "--batch-size", "32", "--no-store"]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `python -m core` in its own process."""
    command = [sys.executable, "-W", "error", "-m", "core", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def json_output(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    """Run a command in this process; returns the JSON that it prints."""
    assert main(list(arguments)) == 0
    return json.loads(capsys.readouterr().out)
