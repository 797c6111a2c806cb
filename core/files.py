"""Files are written whole: an older one is replaced once the new one is complete and on the disk, or it stays as it was."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import IO

# Of the name of a file that is not complete yet.
PART = ".part"


def replace_file(path: Path, write: Callable[[IO[bytes]], object]) -> None:
    """Write a file beside its place, flush it to the disk, then move it there.

    A link stays a link, and the file that it points to is replaced. What is no regular file, such as `/dev/stdout`, is written to directly.

    Args:
        path: its place.
        write: writes the content to a binary stream.

    Raises:
        OSError: it cannot be written, as on a full disk. The older file is unchanged, and nothing is left beside it.
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
    """`replace_file` for text, in UTF-8.

    Raises:
        OSError: it cannot be written.
    """
    replace_file(path, lambda file: file.write(text.encode()))


def check_writable(path: Path) -> None:
    """Try whether `replace_file` can write here; nothing is changed.

    Raises:
        OSError: it cannot.
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
    # Names have a limit, and two writers of one file must not share their parts.
    return place.with_name(f"{place.name[:40]}.{secrets.token_hex(4)}{PART}")


def _write_through(part: Path, place: Path, write: Callable[[IO[bytes]], object]) -> None:
    with part.open("xb") as file:
        if place.exists():
            part.chmod(place.stat().st_mode & 0o777)
        write(file)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    """The move itself, where the system lets folders be flushed."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError:  # some file systems refuse, and the file is complete all the same
        pass
    finally:
        os.close(descriptor)
