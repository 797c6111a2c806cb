"""Text from outside (a link, a text field, a file, an error that repeats them) as it may stand in Streamlit's Markdown.

Streamlit reads Markdown in nearly everything it shows: links, pictures, `:red[colours]`, `:material/icons:`, `$formulas$`. A link to the
app could otherwise put a foreign link on the page, or make the browser fetch a foreign picture.
"""

from __future__ import annotations

import re

# Characters that are shown of one text.
MOST_SHOWN = 300
# Invisible, never breaks a line, and no part of any address, directive or shortcode.
_JOINER = "\u2060"
# A code span that holds only names and numbers, as core's messages have around their keys.
_CODE = re.compile(r"(`[\w.\-\[\]=]+`)")
_SPECIAL = re.compile(r"([\\`*_\[\]<>$~&|])")
# `https://`, `:red[` and `:material/` are recognised after escapes are resolved, so a backslash does not help; nor for `www.` and `a@b`.
_JOINED = re.compile(r"(:(?=\S)|www(?=\.)|@)", re.IGNORECASE)
# Headings, lists, quotes and rules, at the beginning only: there is one line.
_BLOCK = re.compile(r"^(\d+(?=[.)](\s|$))|(?=[-+=#]))")


def plain(text: object, most: int = MOST_SHOWN) -> str:
    """The text as Markdown that shows just its characters, on one line.

    Short code spans of names, as in core's messages, stay code.

    Args:
        text: anything with a `str`.
        most: characters that are shown; what is cut is replaced by an ellipsis.
    """
    line = " ".join("".join(c if c.isprintable() else " " for c in str(text)).split())
    if len(line) > most:
        line = line[:most].rstrip() + "…"
    parts = _CODE.split(line)
    # Every second part is a code span.
    parts[::2] = [_JOINED.sub(rf"\1{_JOINER}", _SPECIAL.sub(r"\\\1", part)) for part in parts[::2]]
    return _BLOCK.sub(r"\1\\", "".join(parts))
