"""Errors of the run store. Each message is a sentence or two for the user."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class StoreError(ValueError):
    """The store cannot do what was requested. The message is one sentence or two."""


class DamagedError(StoreError):
    """A file or a row of the store has changed since it was written."""


class NewerStoreError(StoreError):
    """A newer version of the program wrote the store."""


class UnknownRunError(StoreError):
    """The store has no such run."""


_FULL = "The disk with the run store `{}` is full; free some space or prune the store."
_READ_ONLY = "The run store `{}` is read-only, so nothing can be saved in it."
_BUSY = "The run store `{}` is locked by another program; try again later."
_DAMAGED = "The database of the run store `{}` is damaged; move the folder away to start a new store."
_OF_ERRNO = {
    errno.ENOSPC: _FULL,
    errno.EDQUOT: _FULL,
    errno.EROFS: _READ_ONLY,
    errno.EACCES: _READ_ONLY,
    errno.EPERM: _READ_ONLY,
}
# Parts of SQLite's messages, by which errors are recognised: those that Python itself raises have no SQLite error code.
_OF_MESSAGE = {
    "locked": _BUSY,
    "busy": _BUSY,
    "disk is full": _FULL,
    "readonly": _READ_ONLY,
    "malformed": _DAMAGED,
    "not a database": _DAMAGED,
}


@contextmanager
def in_sentences(folder: Path) -> Iterator[None]:
    """Convert errors of SQLite and of the file system into a `StoreError`.

    Args:
        folder: the store's folder, for the message.

    Raises:
        StoreError: the block raised such an error.
    """
    try:
        yield
    except sqlite3.Error as error:
        raise _from_sqlite(error, folder) from error
    except OSError as error:
        text = _OF_ERRNO.get(error.errno or 0, "The run store `{}` cannot be used: " + _reason(error) + ".")
        raise StoreError(text.format(folder)) from error


def _from_sqlite(error: sqlite3.Error, folder: Path) -> StoreError:
    message = str(error)
    for part, text in _OF_MESSAGE.items():
        if part in message:
            kind = DamagedError if text is _DAMAGED else StoreError
            return kind(text.format(folder))
    return StoreError(f"The run store `{folder}` cannot be used: {message}.")


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).replace("{", "(").replace("}", ")")
