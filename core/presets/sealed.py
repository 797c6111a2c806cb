"""Archives with a note that describes their content. Reading checks the note, so a damaged or misplaced file is detected."""

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
    """Add a note to an archive.

    Args:
        content: bytes of the archive (npz).
        about: description of the content, as JSON-serialisable values.

    Returns:
        Bytes of the archive with the note.
    """
    buffer = io.BytesIO(content)
    with zipfile.ZipFile(buffer, "a") as archive:
        # No date, so that equal content gives equal files.
        archive.writestr(zipfile.ZipInfo(_ABOUT), json.dumps(about, sort_keys=True))
    return buffer.getvalue()


def read_sealed(file: Path, about: Mapping[str, Any]) -> bytes:
    """Read a sealed archive and check its note.

    Args:
        file: the archive's path.
        about: the note that the archive must contain.

    Returns:
        Bytes of the archive, including the note.

    Raises:
        OSError: the file cannot be read.
        Exception: the file is damaged or has other content; the type depends on the damage.
    """
    content = file.read_bytes()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        if (damaged := archive.testzip()) is not None:
            raise ValueError(f"{damaged} is damaged")
        if json.loads(archive.read(_ABOUT)) != json.loads(json.dumps(about)):
            raise ValueError("its content is invalid")
    return content


@cache
def log_absent(file: Path, reason: str) -> None:
    """Log, once for each file and reason, that a file is treated as absent."""
    logging.getLogger(__name__).warning(
        "The saved file %s is not used (%s); its content is computed instead.", file, reason
    )
