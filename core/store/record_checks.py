"""Checks of a run's record in an archive: every key must be known, and every value must have the right type and be in its range."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from core import checks
from core.budget import Budget
from core.problem import Problem
from core.results.report import Metrics, Report
from core.store.records import PRIVATE, STATUSES, Result, RunFile, StoredRun
from core.store.store import LONGEST_NAME, LONGEST_NOTE

_ID = re.compile(r"[0-9a-f]{12}")
_FILE_NAME = re.compile(
    r"frames\.npz|exact\.npz|picture-\d{6}\.npz|course-\d{6}\.json|checkpoint-\d{6}\.safetensors"
)
_KIND = re.compile(r"[a-z_]{1,40}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_MOST = 2**53
_MOST_SECONDS = 1e9
_MOST_MODES = 100_000
_OWN = tuple(f.name for f in fields(StoredRun) if f.name not in PRIVATE)
_RESULT = tuple(f.name for f in fields(Result))


def stored_run_of(entry: Any) -> StoredRun:
    """Read a run's record from plain data, as `StoredRun.to_dict` returns it together with `files`.

    Raises:
        ValueError: a key is missing or unknown, or a value is outside its limits.
    """
    data = checks.known_keys("A run", entry, (*_OWN, *_RESULT, "files"))
    missing = {*_OWN, *_RESULT} - data.keys()
    if missing:
        raise ValueError(f"a run has no {', '.join(sorted(missing))}")
    return StoredRun(
        id=_matching("id", data["id"], _ID),
        result=_result_of(data),
        created=_time("created", data["created"]),
        ended=None if data["ended"] is None else _time("ended", data["ended"]),
        version=_text("version", data["version"], LONGEST_NAME),
        machine=_text("machine", data["machine"], LONGEST_NAME),
        size=sum(checks.integer("size", file["size"], 0, _MOST) for file in data["files"]),
        pinned=_truth("pinned", data["pinned"]),
        name=_text("name", data["name"], LONGEST_NAME),
        note=_text("note", data["note"], LONGEST_NOTE),
    )


def file_of(entry: Any, most_bytes: int) -> RunFile:
    """Read the record of a file.

    Raises:
        ValueError: a key is missing or unknown, or a value is outside its limits.
    """
    data = checks.known_keys("A file", entry, [f.name for f in fields(RunFile)])
    name = _matching("name", data.get("name"), _FILE_NAME)
    is_checkpoint = name.startswith("checkpoint")
    return RunFile(
        name,
        checks.integer("size", data.get("size"), 0, most_bytes),
        _matching("sha256", data.get("sha256"), _SHA256),
        checks.integer("steps", data.get("steps"), 0, _MOST) if is_checkpoint else None,
    )


def _result_of(data: Mapping[str, Any]) -> Result:
    seconds, steps = data["budget_seconds"], data["budget_steps"]
    if (seconds, steps) != (None, None):
        Budget(seconds, steps)
    return Result(
        problem=Problem.from_dict(data["problem"]),
        status=checks.choice("status", data["status"], STATUSES),
        seconds=checks.number("seconds", data["seconds"], 0, _MOST_SECONDS),
        steps=checks.integer("steps", data["steps"], 0, _MOST),
        energy_calls=_count("energy_calls", data["energy_calls"]),
        gradient_calls=_count("gradient_calls", data["gradient_calls"]),
        report=None if data["report"] is None else report_of(data["report"]),
        kind=_matching("kind", data["kind"], _KIND),
        budget_seconds=None if seconds is None else float(seconds),
        budget_steps=None if steps is None else int(steps),
        num_samples=checks.integer("num_samples", data["num_samples"], 0, _MOST),
    )


def report_of(value: Any) -> Report:
    """Read a report from plain data, as `Report.to_dict` returns it.

    Raises:
        ValueError: a key is missing or unknown, or a value is outside its limits.
    """
    data = checks.known_keys("A report", value, [f.name for f in fields(Report)])
    checks.integer("num_samples", data.get("num_samples"), 0, _MOST)
    if data.get("num_modes") is not None:
        checks.integer("num_modes", data["num_modes"], 0, _MOST_MODES)
    _truth("weighted", data.get("weighted"))
    for scores in ("metrics", "floors", "floor_spreads"):
        if data.get(scores) is None:  # `Report.from_dict` rejects a report without the first two
            continue
        known = checks.known_keys(f"`{scores}`", data[scores], [f.name for f in fields(Metrics)])
        data[scores] = {name: _score(name, number) for name, number in known.items()}
    fractions = data.get("mode_fractions")
    if not isinstance(fractions, list) or len(fractions) > _MOST_MODES:
        raise ValueError("`mode_fractions` must be a list of numbers")
    data["mode_fractions"] = [checks.number("mode_fractions", share, 0, 1.000001) for share in fractions]
    failures = data.setdefault("failures", {})
    if not isinstance(failures, dict) or len(failures) > LONGEST_NAME:
        raise ValueError("`failures` must be an object of counts")
    for reason, count in failures.items():
        _text("failures", reason, LONGEST_NAME)
        checks.integer("failures", count, 0, _MOST)
    return Report.from_dict(data)


def _score(name: str, value: Any) -> float | None:
    return None if value is None else checks.number(name, value, -1e300, 1e300)


def _count(name: str, value: Any) -> int | None:
    return None if value is None else checks.integer(name, value, 0, _MOST)


def _text(name: str, value: Any, most: int) -> str:
    if not isinstance(value, str) or len(value) > most:
        raise ValueError(f"`{name}` must be a text of at most {most} characters; got {checks.brief(value)}")
    # A lone half of a Unicode surrogate pair cannot be stored as UTF-8.
    value.encode()
    return value


def _matching(name: str, value: Any, pattern: re.Pattern[str]) -> str:
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise ValueError(f"`{name}` is not valid: {checks.brief(value)}")
    return value


def _truth(name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"`{name}` must be true or false; got {checks.brief(value)}")
    return value


def _time(name: str, value: Any) -> str:
    """A UTC time in the store's ISO format, in which alphabetical order is the order in time."""
    moment = datetime.datetime.fromisoformat(_text(name, value, LONGEST_NAME))
    if moment.utcoffset() != datetime.timedelta(0):
        raise ValueError(f"`{name}` must be a time in UTC; got {checks.brief(value)}")
    return moment.isoformat(timespec="milliseconds")
