"""Archives that say what they hold: a damaged or misplaced file is treated as absent, and logged once."""

from __future__ import annotations

import io
import json
import logging
import zipfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

_ABOUT = "about.json"


def seal(content: bytes, about: Mapping[str, Any]) -> bytes:
    """The same archive (npz) with a note inside.

    Args:
        content: the archive.
        about: what it holds, as plain values.
    """
    buffer = io.BytesIO(content)
    with zipfile.ZipFile(buffer, "a") as archive:
        # Without a date: the same content makes the same file.
        archive.writestr(zipfile.ZipInfo(_ABOUT), json.dumps(about, sort_keys=True))
    return buffer.getvalue()


def read_sealed(file: Path, about: Mapping[str, Any]) -> bytes:
    """A sealed archive, its note included.

    Raises:
        OSError: the file cannot be read.
        Exception: it is damaged, or holds something else; what is raised depends on the damage.
    """
    content = file.read_bytes()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        if (damaged := archive.testzip()) is not None:
            raise ValueError(f"{damaged} is damaged")
        if json.loads(archive.read(_ABOUT)) != json.loads(json.dumps(about)):
            raise ValueError("it holds something else")
    return content


@cache
def log_absent(file: Path, reason: str) -> None:
    """Notes, once for each file and reason, that it is treated as absent."""
    logging.getLogger(__name__).warning(
        "The saved file %s is not used (%s); it is computed anew.", file, reason
    )
