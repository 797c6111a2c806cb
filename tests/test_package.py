"""The package that `pip install .` installs: it is complete and runs from any folder."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.browser.server import serving
from tests.fresh_clone import copy_tracked_files

pytestmark = pytest.mark.thorough


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the installed package, as in site-packages."""
    clone, folder = tmp_path_factory.mktemp("clone"), tmp_path_factory.mktemp("installed")
    copy_tracked_files(clone)
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        ".",
        "--no-deps",
        "--no-build-isolation",
        "-q",
        "-w",
        str(folder),
    ]
    done = subprocess.run(command, cwd=clone, text=True, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def environment(installed: Path) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(installed)}


def run(installed: Path, folder: Path, *command: str) -> str:
    done = subprocess.run(
        [sys.executable, *command],
        cwd=folder,
        text=True,
        capture_output=True,
        check=False,
        env=environment(installed),
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_package_contains_all_files(installed: Path) -> None:
    names = {path.relative_to(installed).as_posix() for path in installed.rglob("*") if path.is_file()}
    clone = Path(__file__).resolve().parents[1]
    for folder in ("core", "dashboard", "assets/presets"):
        for path in (clone / folder).rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                assert path.relative_to(clone).as_posix() in names
    entry_points = next(installed.glob("*.dist-info/entry_points.txt")).read_text(encoding="utf-8")
    assert "boltzmann-curve-lab = dashboard.__main__:main" in entry_points


def test_imports_and_command_line_work_from_another_folder(installed: Path, tmp_path: Path) -> None:
    where = run(
        installed, tmp_path, "-c", "import core, core.presets as p; print(core.__file__, len(p.EXAMPLES))"
    )
    assert where.startswith(str(installed))
    assert "shifted_pair" in run(installed, tmp_path, "-m", "core", "targets")


def test_app_starts_from_another_folder(installed: Path, tmp_path: Path) -> None:
    code = "import sys; from dashboard.__main__ import main; sys.exit(main(['--port', sys.argv[1]]))"
    with serving(
        ["bash", "-c", f'exec "$0" -c "{code}" "$STREAMLIT_SERVER_PORT"', sys.executable],
        tmp_path,
        tmp_path,
        PYTHONPATH=str(installed),
    ) as address:
        assert address
