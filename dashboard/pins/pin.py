"""Pinned results: runs in the run store, and saved examples. Their names are in the address of the Compare page."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from core.budget import Budget
from core.jobs.request import Request, checked_kind
from core.pictures.frames import Frames
from core.problem import Problem, TargetSpec
from core.results.report import Report
from dashboard.url.long_texts import shortened, whole

# The token of saved examples. These are files that are never removed, so they need no run id.
EARLIER = "earlier"


@dataclass(frozen=True, eq=False)
class Pin:
    """One pinned result.

    Attributes:
        request: the request of its run.
        token: the id of its run, or EARLIER.
        badge: a short description of its source, for the panel.
        step, seconds: length of the run.
        energy_calls: points at which the energy was evaluated; None where they were not counted.
        frames: the learned frames.
        exact: the exact frames; None where unknown.
        report: metrics and floors.
        ess: pairs of seconds and effective sample size as a fraction of n, over the run; empty without weights.
        pending: the problem whose exact frames are still being computed; None if they are known or cannot be computed.
    """

    request: Request
    token: str
    badge: str
    step: int
    seconds: float
    energy_calls: int | None
    frames: Frames
    exact: Frames | None
    report: Report
    ess: tuple[tuple[float, float], ...]
    pending: Problem | None = None

    @property
    def name(self) -> str:
        """Its name in the address: the token and the request, so that a lost run can be repeated."""
        return name_of(self.token, self.request)


def name_of(token: str, request: Request) -> str:
    """The name of a pinned result.

    Args:
        token: the id of its run, or EARLIER.
        request: the request of its run.
    """
    return f"{token}.{_packed(request)}"


def token_of(name: str) -> str:
    """The id of the run of a pinned result, or EARLIER."""
    return name.partition(".")[0]


def request_of(name: str) -> Request:
    """The request in a pin's name.

    Raises:
        ValueError: the name is not a pin's name.
    """
    try:
        _, text = name.split(".")
        data = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        target = {k: whole(v) if isinstance(v, str) else v for k, v in data["problem"]["target"].items()}
        problem = Problem.from_dict({**data["problem"], "target": target})
        budget = Budget(seconds=data["seconds"])
        return Request(problem, checked_kind(data["method"]), budget)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"“{name[:12]}…” is not the name of a pinned result.") from error


@lru_cache(maxsize=256)
def _packed(request: Request) -> str:
    """A request as text for the address: its settings that differ from the defaults."""
    problem = request.problem
    plain = Problem(TargetSpec.of(problem.target.name)).to_dict()
    changed = _difference(problem.to_dict(), plain)
    target = {"name": problem.target.name, **changed.get("target", {})}
    changed["target"] = {k: shortened(v) if isinstance(v, str) else v for k, v in target.items()}
    data = {"problem": changed, "method": request.kind, "seconds": request.budget.seconds}
    text = json.dumps(data, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _difference(data: Mapping[str, Any], plain: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: _difference(value, plain.get(key, {})) if isinstance(value, dict) else value
        for key, value in data.items()
        if key not in plain or value != plain[key]  # a formula's parameters have no defaults
    }
