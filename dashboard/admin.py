"""Access to the operator's page, which shows the state of the server. It exists only if the environment contains a token."""

from __future__ import annotations

import hmac
import os

# Environment variable with the token that opens the operator's page.
VARIABLE = "BOLTZMANN_ADMIN_TOKEN"


def is_operated() -> bool:
    """Whether the environment contains a token, so that the operator's page exists."""
    return bool(os.environ.get(VARIABLE))


def is_token(text: str) -> bool:
    """Whether a text is the token. The time that the comparison takes does not depend on how much of a wrong text is right."""
    return is_operated() and hmac.compare_digest(text.encode(), os.environ[VARIABLE].encode())
