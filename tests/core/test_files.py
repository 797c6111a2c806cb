"""Atomic writing: a failed write leaves the older file unchanged and no temporary file behind."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import IO

import numpy as np
import pytest

from core.files import check_writable, replace_file
from tests.core.command_line import ROOT


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def full_disk(file: IO[bytes]) -> None:
    file.write(b"half of it")
    file.flush()
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def interrupted(file: IO[bytes]) -> None:
    file.write(b"half of it")
    raise KeyboardInterrupt


def test_new_and_existing_files_are_written(tmp_path: Path) -> None:
    path = tmp_path / "out"
    for content in (b"first", b"second"):
        replace_file(path, lambda file, content=content: file.write(content))
        assert contents(tmp_path) == {"out": content}


@pytest.mark.parametrize("older", [{}, {"out": b"older"}])
def test_full_disk_leaves_the_older_file(tmp_path: Path, older: dict[str, bytes]) -> None:
    for name, content in older.items():
        (tmp_path / name).write_bytes(content)
    with pytest.raises(OSError, match="No space left") as caught:
        replace_file(tmp_path / "out", full_disk)
    assert caught.value.filename == str(tmp_path / "out")
    assert contents(tmp_path) == older


def test_interrupt_leaves_the_older_file(tmp_path: Path) -> None:
    (tmp_path / "out").write_bytes(b"older")
    with pytest.raises(KeyboardInterrupt):
        replace_file(tmp_path / "out", interrupted)
    assert contents(tmp_path) == {"out": b"older"}


def test_content_is_flushed_before_it_replaces_the_older_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, seen = tmp_path / "out", list[bytes]()
    path.write_bytes(b"older")
    monkeypatch.setattr(os, "fsync", lambda descriptor: seen.append(path.read_bytes()))
    replace_file(path, lambda file: file.write(b"newer"))
    # The content is flushed before the replacement, and the folder after it.
    assert seen == [b"older", b"newer"]


def test_link_and_permissions_are_kept(tmp_path: Path) -> None:
    real, link = tmp_path / "real", tmp_path / "link"
    real.write_bytes(b"older")
    real.chmod(0o640)
    link.symlink_to(real)
    replace_file(link, lambda file: file.write(b"newer"))
    assert link.is_symlink()
    assert real.read_bytes() == b"newer"
    assert stat.S_IMODE(real.stat().st_mode) == 0o640


def test_device_such_as_dev_null_is_written_directly() -> None:
    check_writable(Path("/dev/null"))
    replace_file(Path("/dev/null"), lambda file: file.write(b"gone"))
    assert not Path("/dev/null").is_file()


def test_writability_check_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "out").write_bytes(b"older")
    check_writable(tmp_path / "out")
    check_writable(tmp_path / "new")
    assert contents(tmp_path) == {"out": b"older"}
    with pytest.raises(OSError, match="No such file") as caught:
        check_writable(tmp_path / "none" / "out")
    assert caught.value.filename == str(tmp_path / "none" / "out")


def test_longest_name_can_be_written(tmp_path: Path) -> None:
    path = tmp_path / ("a" * 255)
    replace_file(path, lambda file: file.write(b"x"))
    assert path.read_bytes() == b"x"


def limited(most_bytes: int, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command with a limit on the size of files."""
    code = (
        "import resource, sys; from core.__main__ import main; import torch; "
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({most_bytes},) * 2); sys.exit(main(sys.argv[1:]))"
    )
    # Without this setting, Python would write truncated bytecode files, and every later process would fail to read them.
    env = os.environ | {"PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("option", "command"),
    [
        ("--samples", "langevin --target shifted_pair --steps 3 --num-samples 4000"),
        ("--frames", "exact --target shifted_pair --times 5"),
        (
            "--checkpoint",
            "train --target shifted_pair --steps 1 --width 64 --num-samples 20 --num-steps 2 --solver rk4",
        ),
    ],
)
def test_commands_on_a_full_disk_keep_the_older_file(tmp_path: Path, option: str, command: str) -> None:
    path = tmp_path / "out.npz"
    np.savez(path, x=np.arange(3))
    older = contents(tmp_path)
    done = limited(10_000, *command.split(), option, str(path))
    assert done.returncode == 2, done.stderr
    assert "File too large" in done.stderr
    assert str(path) in done.stderr
    assert "Traceback" not in done.stderr
    assert contents(tmp_path) == older
