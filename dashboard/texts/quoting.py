"""Escapes text from outside (a link, a text field, a file, an error that repeats them) for Streamlit's Markdown.

Streamlit reads Markdown in nearly everything it shows: links, pictures, `:red[colours]`, `:material/icons:`, `$formulas$`. A link to the
app could otherwise put a foreign link on the page, or make the browser fetch a foreign picture.
"""

from __future__ import annotations

import re

# Maximum number of characters that are shown of one text.
MOST_SHOWN = 300
# This character is invisible, never breaks a line, and cannot be part of a URL, directive or shortcode.
_JOINER = "\u2060"
# A code span that contains only names and numbers, like those around keys in core's messages.
_CODE = re.compile(r"(`[\w.\-\[\]=]+`)")
_SPECIAL = re.compile(r"([\\`*_\[\]<>$~&|])")
# Streamlit recognises `https://`, `:red[`, `:material/`, `www.` and `a@b` after it resolves escapes, so a backslash does not help.
_JOINED = re.compile(r"(:(?=\S)|www(?=\.)|@)", re.IGNORECASE)
# Headings, lists, quotes and rules; only at the start, since the text has one line.
_BLOCK = re.compile(r"^(\d+(?=[.)](\s|$))|(?=[-+=#]))")


def plain(text: object, most: int = MOST_SHOWN) -> str:
    """The text as one line of Markdown that shows exactly its characters.

    Code spans with names, as in core's messages, stay code.

    Args:
        text: any object; its `str` is used.
        most: number of characters after which the text is cut, with an ellipsis.
    """
    line = " ".join("".join(c if c.isprintable() else " " for c in str(text)).split())
    if len(line) > most:
        line = line[:most].rstrip() + "…"
    parts = _CODE.split(line)
    # Every second part is a code span.
    parts[::2] = [_JOINED.sub(rf"\1{_JOINER}", _SPECIAL.sub(r"\\\1", part)) for part in parts[::2]]
    return _BLOCK.sub(r"\1\\", "".join(parts))
