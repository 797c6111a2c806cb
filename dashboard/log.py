"""The server's log: one line per run, beside Streamlit's own lines."""

from __future__ import annotations

import logging

FORMAT = "%(asctime)s %(levelname)s %(message)s"


def show_runs() -> None:
    """Send the log lines of `core.jobs` to standard error."""
    logger = logging.getLogger("core.jobs")
    if logger.handlers:  # Streamlit runs the entry point again after a change of the code
        return
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter(FORMAT))
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False
