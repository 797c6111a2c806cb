"""Why a run failed, in one sentence for the person who waits for it."""

from __future__ import annotations

import signal

_LESS = "use a smaller network or fewer points a step."
# How Python, torch's allocators and the system say that there is no memory left.
_MEMORY_WORDS = ("not enough memory", "can't allocate memory", "cannot allocate memory", "out of memory")


def of_error(error: Exception) -> str:
    """What an exception in the worker means."""
    text = str(error)
    if isinstance(error, MemoryError) or any(words in text.lower() for words in _MEMORY_WORDS):
        return f"The run needed more memory than there is; {_LESS}"
    first = next(iter(text.splitlines()), "")
    if isinstance(error, ValueError) and first:  # the engine's own, written to be read
        return first
    return (
        f"The run met an error that was not expected: {type(error).__name__}{f': {first}' if first else ''}."
    )


def of_exit(code: int) -> str:
    """What it means that a worker is gone without a word.

    Args:
        code: its exit status, or minus the signal that ended it.
    """
    if code == -signal.SIGKILL:
        return f"The system ended the run's process, most likely because memory ran out; {_LESS}"
    how = f"by signal {-code}" if code < 0 else f"with status {code}"
    return f"The run's process ended {how} before the run did; the server's log may say why."
