"""Access to the page for the server's operator, which exists only if the environment contains a token."""

from __future__ import annotations

import hmac
import os

# Environment variable with the token that opens the operator's page.
VARIABLE = "BOLTZMANN_ADMIN_TOKEN"


def is_operated() -> bool:
    """Whether the environment contains a token."""
    return bool(os.environ.get(VARIABLE))


def is_token(text: str) -> bool:
    """Whether a text is the token. The comparison takes the same time for every wrong text, so its duration reveals nothing."""
    return is_operated() and hmac.compare_digest(text.encode(), os.environ[VARIABLE].encode())
