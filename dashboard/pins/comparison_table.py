"""The comparison table of several results, for the page and as CSV."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from dataclasses import asdict, fields
from typing import Any

import pandas as pd

from core.jobs.request import Request
from core.results.report import Metrics, Report
from dashboard.pins.pin import Pin
from dashboard.results.scores import cell, floor
from dashboard.runs.outcome import judged
from dashboard.runs.progress import counted
from dashboard.state import TITLES, method_of
from dashboard.texts.shared import METRICS


def titles(pins: Sequence[Pin]) -> list[str]:
    """A numbered title for each pin, with target and seed where these differ between pins."""
    problems = [pin.request.problem for pin in pins]
    targets, seeds = {p.target.name for p in problems}, {p.seed for p in problems}
    found = []
    for number, (pin, problem) in enumerate(zip(pins, problems, strict=True), 1):
        parts = [title(pin.request)]
        parts += [problem.target.entry.title] if len(targets) > 1 else []
        parts += [f"seed {problem.seed}"] if len(seeds) > 1 else []
        found.append(f"{number} · {', '.join(parts)}")
    return found


def title(request: Request) -> str:
    """The method, σ and mode separation of a request."""
    problem = request.problem
    parts = [TITLES[method_of(request)], f"σ = {problem.sigma:g}"]
    separation = problem.target.values.get("mode_separation")
    return ", ".join([*parts, *([f"m = {separation:g}"] if separation is not None else [])])


def table(pins: Sequence[Pin]) -> pd.DataFrame:
    """Metrics, their best possible values (floors) and costs as text, one column per pin."""
    return pd.DataFrame({name: _column(pin) for name, pin in zip(titles(pins), pins, strict=True)})


def _column(pin: Pin) -> dict[str, str]:
    metrics, report = pin.report.metrics, pin.report
    scores = {
        row: f"{cell(getattr(metrics, name), name, report)} ({floor(name, report)})"
        for name, (row, _) in METRICS.items()
    }
    return {
        "Target": pin.request.problem.target.entry.title,
        "Outcome": judged(pin.request, report, pin.step).headline,
        **scores,
        "Samples": str(report.num_samples),
        "Steps": str(pin.step),
        "Seconds": f"{pin.seconds:.1f}",
        "Energy calls": "not counted" if pin.energy_calls is None else counted(pin.energy_calls),
        "Seed": str(pin.request.problem.seed),
    }


def as_csv(pins: Sequence[Pin]) -> str:
    """One row per pin with all digits; unknown values are `nan`, and the last column holds the problem as JSON."""
    rows = [_row(pin) for pin in pins]
    text = io.StringIO()
    writer = csv.DictWriter(text, rows[0], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _row(pin: Pin) -> dict[str, Any]:
    problem = pin.request.problem
    return {
        "target": problem.target.name,
        "method": method_of(pin.request),
        "sigma": problem.sigma,
        "seed": problem.seed,
        "outcome": judged(pin.request, pin.report, pin.step).kind,
        "steps": pin.step,
        "seconds": pin.seconds,
        "energy_calls": "nan" if pin.energy_calls is None else pin.energy_calls,
        "num_samples": pin.report.num_samples,
        **asdict(pin.report.metrics),
        **{f"{name}_floor": value for name, value in asdict(pin.report.floors).items()},
        **{f"{name}_floor_spread": value for name, value in _spreads(pin.report).items()},
        "problem": problem.to_json(),
    }


def _spreads(report: Report) -> dict[str, float]:
    """How much each floor varies between several draws of exact samples; NaN where this was not measured."""
    if report.floor_spreads is None:
        return {field.name: math.nan for field in fields(Metrics)}
    return asdict(report.floor_spreads)
