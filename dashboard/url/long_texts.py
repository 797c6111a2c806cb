"""Texts that are too long for a link. The link contains their name, and the run store of this server contains the text."""

from __future__ import annotations

from functools import lru_cache

from core.store import texts as kept
from core.store.errors import StoreError
from core.store.place import store_folder
from dashboard.texts import targets as texts

# In links, names replace texts with more characters, since web servers refuse very long addresses.
LONGEST = 6000
PREFIX = "stored-"


@lru_cache(maxsize=32)
def shortened(text: str) -> str:
    """The text to put into a link: a short text itself, or the name under which a long one is stored. If the store cannot save a long text,
    the text itself."""
    if len(text) <= LONGEST:
        return text
    try:
        return PREFIX + kept.save(store_folder(), text)
    except StoreError:
        return text


def whole(text: str) -> str:
    """The text that a name stands for; any other text itself.

    Raises:
        ValueError: the store of this server has no such text.
    """
    if not text.startswith(PREFIX):
        return text
    found = kept.load(store_folder(), text.removeprefix(PREFIX))
    if found is None:
        raise ValueError(texts.ELSEWHERE)
    return found


def is_short(text: str) -> bool:
    """Whether the text is short enough to be in the link itself, so that the link works on other servers, too."""
    return len(text) <= LONGEST
