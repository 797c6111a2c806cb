"""Texts of the pages as HTML: glossary terms open their definitions, and links point at a place in the pictures.

A text may contain `*emphasis*`, `**strong words**`, and words that point at a place in the pictures. For example, while the pointer or the
focus is on `[ends at 396](see:linear/energy/1)`, the panel `linear` is highlighted, and so is its line at t = 1 in the strip `energy` (the
other strip is `masses`). A click goes to that time.
"""

from __future__ import annotations

import re
from html import escape

from dashboard.texts.glossary import PATTERN, TERMS

_PARTS = re.compile(
    r"\[(?P<words>[^\]]+)\]\(see:(?P<panel>\w+)/(?P<strip>energy|masses)/(?P<t>[\d.]+)\)"
    r"|\*\*(?P<strong>.+?)\*\*|\*(?P<em>.+?)\*"
)


def html(text: str, key: str, *, explains: bool = True) -> str:
    """The text as HTML.

    Args:
        text: see above; it must not contain text from outside, such as from a link.
        key: unique on the page, for the ids of the definitions.
        explains: whether the first use of each term of the glossary opens its definition.
    """
    seen: set[str] = set()
    parts, end = list[str](), 0
    for found in _PARTS.finditer(text):
        parts.append(_plain(text[end : found.start()], key, seen, explains))
        end = found.end()
        if found["words"]:
            place = f'data-panel="{found["panel"]}" data-strip="{found["strip"]}" data-t="{found["t"]}"'
            parts.append(f'<button type="button" class="see" {place}>{escape(found["words"])}</button>')
        else:
            tag = "strong" if found["strong"] else "em"
            parts.append(f"<{tag}>{escape(found[tag])}</{tag}>")
    return "".join([*parts, _plain(text[end:], key, seen, explains)])


def _plain(text: str, key: str, seen: set[str], explains: bool) -> str:
    """Text without marks; the first use of each term becomes a button that opens its definition."""
    if not explains:
        return escape(text)
    parts, end = list[str](), 0
    for found in PATTERN.finditer(text):
        name = str(found.lastgroup)
        if name in seen:
            continue
        seen.add(name)
        parts += [escape(text[end : found.start()]), term(name, found[0], f"{key}-{name}")]
        end = found.end()
    return "".join([*parts, escape(text[end:])])


def term(name: str, words: str, id: str) -> str:
    """Words that open the definition of a term.

    Args:
        name: key of TERMS.
        words: the words for the term in this text.
        id: unique on the page.
    """
    known = TERMS[name]
    return (
        f'<button type="button" class="term" popovertarget="{id}">{escape(words)}</button>'
        f'<span popover id="{id}" class="definition"><strong>{escape(known.name)}</strong> {escape(known.meaning)}</span>'
    )
