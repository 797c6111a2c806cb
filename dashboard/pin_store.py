"""Pinned results: their names in the address bar, and the bounded store of their arrays."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from core.budget import Budget
from core.jobs.request import Request, checked_kind
from core.pictures.frames import Frames
from core.problem import Problem, TargetSpec
from core.results.report import Report

# Limits of the whole server; the least recently used pin is dropped first.
MOST_PINS = 24
MOST_BYTES = 256_000_000
# The token of saved results, which are files and never dropped.
EARLIER = "earlier"


@dataclass(frozen=True, eq=False)
class Pin:
    """One pinned result.

    Attributes:
        request: the request of its run.
        origin: a unique identifier that cannot be guessed.
        badge: a short description of its source, for the panel.
        step, seconds: length of the run.
        energy_calls: points at which the energy was evaluated; None where they were not counted.
        frames: the learned frames.
        exact: the exact frames; None where unknown.
        report: metrics and floors.
        ess: pairs of seconds and effective sample size as a fraction of n, over the run; empty without weights.
    """

    request: Request
    origin: str
    badge: str
    step: int
    seconds: float
    energy_calls: int | None
    frames: Frames
    exact: Frames | None
    report: Report
    ess: tuple[tuple[float, float], ...]

    @property
    def name(self) -> str:
        """Its name in the address bar: a token that identifies it in the store, and its request, so that a lost run can be repeated."""
        known = self.origin == EARLIER
        token = EARLIER if known else hashlib.sha256(self.origin.encode()).hexdigest()[:10]
        return f"{token}.{_packed(self.request)}"

    @property
    def num_bytes(self) -> int:
        """Memory of its arrays, in bytes."""
        return sum(_num_bytes(frames) for frames in (self.frames, self.exact) if frames is not None)


class PinStore:
    """Pins by name. All methods are thread-safe."""

    def __init__(self, most_pins: int = MOST_PINS, most_bytes: int = MOST_BYTES) -> None:
        self.most_pins, self.most_bytes = most_pins, most_bytes
        self._pins: OrderedDict[str, Pin] = OrderedDict()
        self._lock = threading.Lock()

    def add(self, pin: Pin) -> str:
        """Store a pin and return its name; drops the least recently used pins beyond the limits."""
        with self._lock:
            self._pins[pin.name] = pin
            self._pins.move_to_end(pin.name)
            while len(self._pins) > 1 and self._is_full():
                self._pins.popitem(last=False)
        return pin.name

    def get(self, name: str) -> Pin | None:
        """The pin with this name; None if the store does not hold it."""
        with self._lock:
            if name in self._pins:
                self._pins.move_to_end(name)
            return self._pins.get(name)

    def _is_full(self) -> bool:
        size = sum(pin.num_bytes for pin in self._pins.values())
        return len(self._pins) > self.most_pins or size > self.most_bytes


def request_of(name: str) -> Request:
    """The request in a pin's name.

    Raises:
        ValueError: the name is not a pin's name.
    """
    try:
        _, text = name.split(".")
        data = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        problem, budget = Problem.from_dict(data["problem"]), Budget(seconds=data["seconds"])
        return Request(problem, checked_kind(data["method"]), budget)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ValueError(f"“{name[:12]}…” is not the name of a pinned result.") from error


def _packed(request: Request) -> str:
    """A request as text for the address: its settings that differ from the defaults."""
    problem = request.problem
    plain = Problem(TargetSpec.of(problem.target.name)).to_dict()
    changed = _difference(problem.to_dict(), plain)
    changed["target"] = {"name": problem.target.name, **changed.get("target", {})}
    data = {"problem": changed, "method": request.kind, "seconds": request.budget.seconds}
    text = json.dumps(data, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _difference(data: Mapping[str, Any], plain: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: _difference(value, plain.get(key, {})) if isinstance(value, dict) else value
        for key, value in data.items()
        if key not in plain or value != plain[key]  # a formula's parameters have no defaults
    }


def _num_bytes(frames: Frames) -> int:
    values = [getattr(frames, field.name) for field in fields(frames)]
    return sum(value.nbytes for value in values if isinstance(value, np.ndarray))
