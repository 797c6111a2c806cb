"""Pack bytes into a short text for links and problem files: compress them, then encode them in base64url. This module does not import torch."""

from __future__ import annotations

import base64
import binascii
import re
import zlib

from core import checks

_ALPHABET = re.compile(r"[A-Za-z0-9_-]*")


def pack(content: bytes) -> str:
    """Compress bytes into text of letters, digits, `-` and `_`."""
    return base64.urlsafe_b64encode(zlib.compress(content, 9)).decode("ascii").rstrip("=")


def unpack(name: str, text: str, longest: int, most_bytes: int) -> bytes:
    """The bytes in a packed text. Decompression stops at `most_bytes`, so a small text cannot fill the memory.

    Args:
        name: name of the parameter, for the error sentence.
        text: the packed text.
        longest: largest allowed number of characters.
        most_bytes: largest allowed number of bytes.

    Raises:
        ValueError: the text is too long, is not a packed text, or holds too many bytes.
    """
    if len(text) > longest:
        raise ValueError(f"`{name}` must have at most {longest} characters; got {len(text)}.")
    damaged = ValueError(
        f"`{name}` is damaged or incomplete, so it cannot be read; got {checks.brief(text)}."
    )
    if not _ALPHABET.fullmatch(text):
        raise damaged
    reader = zlib.decompressobj()
    try:
        content = reader.decompress(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)), most_bytes + 1)
    except (zlib.error, binascii.Error):
        raise damaged from None
    if len(content) > most_bytes:
        raise ValueError(f"`{name}` must hold at most {most_bytes} bytes; it holds more.")
    if not reader.eof or reader.unused_data:
        raise damaged
    return content
