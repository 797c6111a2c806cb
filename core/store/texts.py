"""Long texts in the store, such as imported points that are too long for a link. A text is found by the hash of its content."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from core.files import replace_file
from core.store.errors import in_sentences

FOLDER = "texts"
# Maximum number of stored texts; beyond that, the texts that were saved longest ago are deleted.
MOST_KEPT = 500
_NAME = re.compile(r"[0-9a-f]{32}")


def name_of(text: str) -> str:
    """The name of a text: 32 hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def save(store: Path, text: str) -> str:
    """Save a text; returns its name.

    Args:
        store: the folder of the store.
        text: the text.

    Raises:
        StoreError: it cannot be written.
    """
    name = name_of(text)
    with in_sentences(store):
        folder = store / FOLDER
        folder.mkdir(parents=True, exist_ok=True)
        if (folder / name).is_file():
            (folder / name).touch()
        else:
            replace_file(folder / name, lambda file: file.write(text.encode()))
            _remove_old(folder)
    return name


def load(store: Path, name: str) -> str | None:
    """The text with this name; None if it is not in this store, or if its file has changed.

    Raises:
        StoreError: it cannot be read.
    """
    path = store / FOLDER / name
    if not _NAME.fullmatch(name) or not path.is_file():
        return None
    with in_sentences(store):
        text = path.read_bytes().decode("utf-8", errors="replace")
    return text if name_of(text) == name else None


def _remove_old(folder: Path) -> None:
    paths = sorted(folder.iterdir(), key=lambda path: path.stat().st_mtime)
    for path in paths[:-MOST_KEPT]:
        path.unlink(missing_ok=True)
