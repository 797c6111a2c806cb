"""Why a run failed, in one sentence for the person who waits for it."""

from __future__ import annotations

import math
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


def of_exit(code: int, memory: float = math.nan) -> str:
    """The sentence for a worker that ended before its runs did.

    Args:
        code: its exit status, or minus the signal that ended it.
        memory: bytes that it held in memory when last measured; NaN where that is unknown.
    """
    if code >= 0:
        return f"The worker ended with status {code} before the run did; the server's log may say why."
    what = "was killed" if code == -signal.SIGKILL else "crashed"
    used = "" if math.isnan(memory) else f" It used {_gigabytes(memory)} last."
    return f"The worker {what} (signal {-code}) before the run ended.{used}"


def of_memory(used: float, limit: float) -> str:
    """The sentence for a worker that was ended because of its memory, in bytes."""
    return f"The run used {_gigabytes(used)} of memory, more than the {_gigabytes(limit)} that a run may use, and was ended; {_LESS}"


def of_time(seconds: float, budget: float) -> str:
    """The sentence for a worker that was ended because it hung."""
    return (
        f"The run hung and was ended: after {seconds:.0f} s it had not finished, "
        f"{budget:g} s of them meant for training. Press Train to try again."
    )


def _gigabytes(number: float) -> str:
    return f"{number / 1e9:.1f} GB"
