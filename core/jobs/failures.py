"""Error sentences: why a run failed, for the person who started it."""

from __future__ import annotations

import math
import signal

_LESS = "use a smaller network or fewer points per step."
# Phrases in the out-of-memory errors of Python, torch's allocators and the operating system.
_OUT_OF_MEMORY = ("not enough memory", "can't allocate memory", "cannot allocate memory", "out of memory")


def of_error(error: Exception) -> str:
    """Describe an exception in the worker in one sentence."""
    text = str(error)
    if isinstance(error, MemoryError) or any(phrase in text.lower() for phrase in _OUT_OF_MEMORY):
        return f"The run needed more memory than is available; {_LESS}"
    first = next(iter(text.splitlines()), "")
    if isinstance(error, ValueError) and first:  # the engine's own message, written for users
        return first
    return f"The run failed with an unexpected error: {type(error).__name__}{f': {first}' if first else ''}."


def of_exit(code: int, memory: float = math.nan) -> str:
    """Describe a worker process that ended before its runs did.

    Args:
        code: exit status, or minus the number of the signal that ended the process.
        memory: resident memory in bytes when last measured; NaN if unknown.
    """
    if code >= 0:
        return f"The worker process ended with status {code} before the run was complete; the server's log may show the reason."
    what = "was killed" if code == -signal.SIGKILL else "crashed"
    used = "" if math.isnan(memory) else f" It last used {_gigabytes(memory)} of memory."
    return f"The worker {what} (signal {-code}) before the run ended.{used}"


def of_memory(used: float, limit: float) -> str:
    """Describe a worker that was killed for using `used` bytes of memory, above `limit`."""
    return f"The run was stopped at {_gigabytes(used)} of memory, above the limit of {_gigabytes(limit)} per run; {_LESS}"


def of_time(seconds: float, budget: float) -> str:
    """Describe a worker that was killed after `seconds` because it hung; `budget` is its training budget in seconds."""
    return (
        f"The run hung and was stopped: it had not finished after {seconds:.0f} s, "
        f"with a training budget of {budget:g} s. Press Train to try again."
    )


def _gigabytes(number: float) -> str:
    return f"{number / 1e9:.1f} GB"
