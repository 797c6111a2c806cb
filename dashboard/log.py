"""What the server writes to its log: one line for each run, beside what Streamlit writes."""

from __future__ import annotations

import logging

FORMAT = "%(asctime)s %(levelname)s %(message)s"


def show_runs() -> None:
    """Shows the lines of `core.jobs` on the standard error stream, which they would not reach otherwise."""
    logger = logging.getLogger("core.jobs")
    if logger.handlers:  # Streamlit reads the entry point anew when it has changed
        return
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter(FORMAT))
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False
