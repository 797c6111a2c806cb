"""Values that are too long for a link. The link holds their name, and the run store of this server holds their text."""

from __future__ import annotations

from functools import lru_cache

from core.store import texts as kept
from core.store.errors import StoreError
from core.store.place import store_folder
from dashboard.texts import targets as texts

# Longer texts are replaced by a name. Web servers refuse addresses that are much longer.
LONGEST = 6000
PREFIX = "stored-"


@lru_cache(maxsize=32)
def shortened(text: str) -> str:
    """A text, or its name if it is long. If the store cannot be written, the text stays as it is."""
    if len(text) <= LONGEST:
        return text
    try:
        return PREFIX + kept.save(store_folder(), text)
    except StoreError:
        return text


def whole(text: str) -> str:
    """The text for a name, or any other text itself.

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
    """Whether a link with this text works on other servers, too."""
    return len(text) <= LONGEST
