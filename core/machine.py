"""What this process may use of the machine."""

from __future__ import annotations

import math
import os
from contextlib import suppress
from pathlib import Path

# Files in which a container's limit stands, for the two versions of Linux's control groups.
CONTAINER_LIMITS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")


def usable_cores() -> int:
    """The processors that this process may run on, which may be fewer than there are."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def usable_memory() -> float:
    """Bytes of memory that this process may use: the machine's, or fewer in a container; infinite where that is unknown."""
    limits = []
    with suppress(OSError, ValueError, AttributeError):
        limits.append(float(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")))
    for path in CONTAINER_LIMITS:
        with suppress(OSError, ValueError):  # not in a container, or `max`: no limit
            limits.append(float(Path(path).read_text()))
    return min(limits, default=math.inf)
