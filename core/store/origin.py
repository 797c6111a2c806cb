"""Where a run comes from: its id, its time, this machine and this version of the program."""

from __future__ import annotations

import datetime
import platform
import secrets
import tomllib
from contextlib import suppress
from functools import cache
from importlib import metadata
from pathlib import Path

from core.machine import usable_cores
from core.store.records import Result, StoredRun, owner_digest


def new_id() -> str:
    """Make a new id for a run, which nobody can guess."""
    return secrets.token_hex(6)


def new_run(result: Result, owner: str | None) -> StoredRun:
    """The record of a run that begins now on this machine."""
    return StoredRun(
        new_id(),
        result,
        created=now(),
        ended=None,
        version=version(),
        machine=machine(),
        owner=None if owner is None else owner_digest(owner),
    )


def now() -> str:
    """The time in UTC, to the millisecond."""
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds")


def machine() -> str:
    """System, processor and number of cores of this machine."""
    return f"{platform.system()} {platform.machine()}, {usable_cores()} cores"


@cache
def version() -> str:
    """Version of the program, from the installed package or from the source tree; `unknown` without either."""
    with suppress(metadata.PackageNotFoundError):
        return metadata.version("boltzmann-curve-lab")
    with suppress(OSError, KeyError, tomllib.TOMLDecodeError):
        project = Path(__file__).parents[2] / "pyproject.toml"
        return str(tomllib.loads(project.read_text(encoding="utf-8"))["project"]["version"])
    return "unknown"
