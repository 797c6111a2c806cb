"""What this process may use of the machine."""

from __future__ import annotations

import math
import os
from contextlib import suppress
from pathlib import Path

# Files in which a container's limit stands, for the two versions of Linux's control groups.
CONTAINER_LIMITS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")
CGROUP = Path("/sys/fs/cgroup")
MEMINFO = Path("/proc/meminfo")
# Files of a control group, of version 2 and of version 1: its limit of memory, its use, and what of this are files that can be dropped.
_GROUP_FILES = (
    ("memory.max", "memory.current", "memory.stat", "inactive_file"),
    (
        "memory/memory.limit_in_bytes",
        "memory/memory.usage_in_bytes",
        "memory/memory.stat",
        "total_inactive_file",
    ),
)


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


def available_memory() -> int:
    """Bytes that can be taken without swapping: what the system has left, and what a container's control group leaves of it."""
    group = [_left_in_group(*names) for names in _GROUP_FILES]
    return min(value for value in (_left_in_system(), *group) if value is not None)


def _left_in_system() -> int:
    """Linux's estimate, else half of the physical memory."""
    try:
        lines = dict(line.split(":", 1) for line in MEMINFO.read_text().splitlines())
        return int(lines["MemAvailable"].split()[0]) * 1024
    except (OSError, KeyError, ValueError, IndexError):
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2


def _left_in_group(limit: str, use: str, details: str, droppable: str) -> int | None:
    """None where there is no such group, or it has no limit."""
    try:
        left = int((CGROUP / limit).read_text()) - int((CGROUP / use).read_text())
    except (OSError, ValueError):  # `max` stands for no limit
        return None
    try:
        lines = dict(line.split() for line in (CGROUP / details).read_text().splitlines())
        return max(left + int(lines[droppable]), 0)
    except (OSError, ValueError, KeyError):
        return max(left, 0)
