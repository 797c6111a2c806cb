"""Atomic writing of files: an older file is replaced only once the new one is complete on disk."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import IO

# Suffix of temporary files, which are incomplete.
PART = ".part"


def replace_file(path: Path, write: Callable[[IO[bytes]], object]) -> None:
    """Write a temporary file in the same folder, flush it to disk, then move it to `path`.

    If `path` is a symbolic link, the file it points to is replaced. A special file such as `/dev/stdout` is written directly.

    Args:
        path: the file to write.
        write: writes the content to a binary stream.

    Raises:
        OSError: the file cannot be written, for example on a full disk. An older file is unchanged, and no temporary file is left.
    """
    place = Path(os.path.realpath(path))
    if place.exists() and not place.is_file():
        with place.open("wb") as file:
            write(file)
        return
    part = _part(place)
    try:
        _write_through(part, place, write)
        part.replace(place)
    except OSError as error:
        raise OSError(error.errno, error.strerror or str(error), str(path)) from error
    finally:
        part.unlink(missing_ok=True)
    _sync_folder(place.parent)


def replace_text(path: Path, text: str) -> None:
    """Write text in UTF-8 with `replace_file`.

    Raises:
        OSError: the file cannot be written.
    """
    replace_file(path, lambda file: file.write(text.encode()))


def check_writable(path: Path) -> None:
    """Check that `replace_file` can write here, without changing anything.

    Raises:
        OSError: the file cannot be written.
    """
    place = Path(os.path.realpath(path))
    if place.exists():
        with place.open("ab"):
            pass
        if not place.is_file():
            return
    part = _part(place)
    try:
        part.touch(exist_ok=False)
        part.unlink()
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error


def _part(place: Path) -> Path:
    # File names have a maximum length, and two writers of one file must not share a temporary file.
    return place.with_name(f"{place.name[:40]}.{secrets.token_hex(4)}{PART}")


def _write_through(part: Path, place: Path, write: Callable[[IO[bytes]], object]) -> None:
    with part.open("xb") as file:
        if place.exists():
            part.chmod(place.stat().st_mode & 0o777)
        write(file)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    """Flush a folder to disk, so that a file that was moved into it stays there after a crash. Does nothing where that is unsupported."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError:  # some file systems do not support it; the file itself is complete
        pass
    finally:
        os.close(descriptor)
