"""Cores and memory that this process may use."""

from __future__ import annotations

import math
import os
from contextlib import suppress
from pathlib import Path

# Files with the memory limit of a container, for versions 2 and 1 of Linux control groups.
CONTAINER_LIMITS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")
CGROUP = Path("/sys/fs/cgroup")
MEMINFO = Path("/proc/meminfo")
# For Linux control groups of version 2 and 1: the files with the memory limit, the memory in use and the memory statistics; and the key in
# these statistics for the file cache, which the system frees when memory runs short.
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
    """Number of cores that this process may run on, which may be fewer than the machine has."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def usable_memory() -> float:
    """Physical memory in bytes, or the limit of a container if lower; infinite if unknown."""
    limits = []
    with suppress(OSError, ValueError, AttributeError):
        limits.append(float(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")))
    for path in CONTAINER_LIMITS:
        with suppress(OSError, ValueError):  # no container, or no limit (`max`)
            limits.append(float(Path(path).read_text()))
    return min(limits, default=math.inf)


def available_memory() -> int:
    """Bytes that can be allocated without swapping, in the system and within a container's limit."""
    group = [_left_in_group(*names) for names in _GROUP_FILES]
    return min(value for value in (_left_in_system(), *group) if value is not None)


def _left_in_system() -> int:
    """Available memory as estimated by Linux; half of the physical memory elsewhere."""
    try:
        lines = dict(line.split(":", 1) for line in MEMINFO.read_text().splitlines())
        return int(lines["MemAvailable"].split()[0]) * 1024
    except (OSError, KeyError, ValueError, IndexError):
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2


def _left_in_group(limit: str, use: str, details: str, droppable: str) -> int | None:
    """Bytes left below a control group's limit; None without such a group or limit."""
    try:
        left = int((CGROUP / limit).read_text()) - int((CGROUP / use).read_text())
    except (OSError, ValueError):  # no such group, or the word `max` for no limit
        return None
    try:
        lines = dict(line.split() for line in (CGROUP / details).read_text().splitlines())
        return max(left + int(lines[droppable]), 0)
    except (OSError, ValueError, KeyError):
        return max(left, 0)
