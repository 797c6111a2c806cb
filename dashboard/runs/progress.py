"""The progress of a run as text, with sensible digits."""

from __future__ import annotations

import math

from core.jobs.view import JobView
from core.sampling.methods import CHAINS

# Counts below this keep all digits; larger ones get two digits and a unit.
_EXACT = 1e4
_UNITS = ((1e9, "billion"), (1e6, "million"), (1e3, "thousand"))


def counted(number: float) -> str:
    """A count as text: `512`, `50 thousand`, `1.2 million`."""
    if number < _EXACT:
        return f"{number:.0f}"
    rounded = float(f"{number:.2g}")
    size, unit = next((size, unit) for size, unit in _UNITS if rounded >= size)
    quotient = rounded / size
    return f"{quotient:.1f} {unit}" if quotient < 10 else f"{quotient:.0f} {unit}"


def rate(steps: float, seconds: float) -> str:
    """The speed of a run as text: `9.8 steps/s`, `120 steps/s`; empty before the first step."""
    if steps <= 0 or seconds <= 0:
        return ""
    each = steps / seconds
    return f"{each:.1f} steps/s" if each < 10 else f"{float(f'{each:.2g}'):.0f} steps/s"


def effort(view: JobView) -> str:
    """The cost of the run: energy calls (if they are counted) and steps per second."""
    calls = view.facts.get("energy_calls")
    has_steps = view.request.kind == "train" or view.request.kind in CHAINS
    parts = [
        f"{counted(calls)} energy calls" if calls else "",
        rate(view.step, view.seconds) if has_steps else "",
    ]
    return ", ".join(part for part in parts if part)


def progress_text(view: JobView) -> str:
    """The progress in one line: the stage, the step, the loss, the seconds elapsed and left."""
    if view.status == "queued":
        return f"Waiting: {queued(view)}"
    if view.status == "starting":
        return "Starting the engine …"
    total = view.request.budget.seconds or view.seconds
    if view.status == "measuring":
        return f"Measuring the samples · {work(view)}"
    left = max(total - view.seconds, 0)
    return f"{work(view)} · {left:.0f} s to go"


def queued(view: JobView) -> str:
    """Position in the queue and expected wait: `next in line, about 20 s`, `12th in line, about 4 min`."""
    place = f"{_ordinal(view.position)} in line" if view.position > 1 else "next in line"
    wait = view.wait_seconds
    if math.isnan(wait):
        return place
    if wait > 90:
        return f"{place}, about {wait / 60:.0f} min"
    return f"{place}, about {max(5 * math.ceil(wait / 5), 5)} s"


def _ordinal(number: int) -> str:
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def brief(view: JobView) -> str:
    """A short form of the progress, for several runs on one line."""
    if view.running and view.status != "training":
        return queued(view) if view.status == "queued" else f"{view.status} …"
    total = view.request.budget.seconds or view.seconds
    left = f" · {max(total - view.seconds, 0):.0f} s to go" if view.running else ""
    done = f"step {view.step}" if view.request.kind == "train" else effort(view)
    return f"{done}{left}"


def work(view: JobView) -> str:
    """The step, the loss or acceptance rate, the seconds, and the steps per second. For a sampler: its current activity or its energy
    calls."""
    if view.request.kind != "train":
        parts = [str(view.facts.get("text") or effort(view)), f"{view.seconds:.1f} s"]
        return " · ".join(part for part in parts if part)
    parts = [f"step {view.step}", _quality(view), f"{view.seconds:.1f} s", rate(view.step, view.seconds)]
    return " · ".join(part for part in parts if part)


def _quality(view: JobView) -> str:
    if "acceptance" in view.facts:
        return f"accepted {view.facts['acceptance']:.0%}"
    loss = view.facts.get("loss", math.nan)
    if math.isnan(loss):  # no loss before the first step
        return "loss NaN" if view.step else ""
    return f"loss {loss:.2g}"
