"""The table of several results: on the page, and as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import pandas as pd

from dashboard.components.progress import counted
from dashboard.components.scores import ROWS, cell
from dashboard.pin_store import Pin
from dashboard.state import METHODS, method_of


def title(pin: Pin) -> str:
    """What tells one pin from another in a few words."""
    problem = pin.request.problem
    parts = [METHODS[method_of(pin.request)], f"σ = {problem.sigma:g}"]
    separation = problem.target.values.get("mode_separation")
    return ", ".join([*parts, *([f"m = {separation:g}"] if separation is not None else [])])


def table(pins: Sequence[Pin]) -> pd.DataFrame:
    """Metrics, floors and costs as text, a column for each pin."""
    columns = {f"{i} · {title(pin)}": _column(pin) for i, pin in enumerate(pins, start=1)}
    return pd.DataFrame(columns)


def _column(pin: Pin) -> dict[str, str]:
    metrics, floors, report = pin.report.metrics, pin.report.floors, pin.report
    scores = {
        row: f"{cell(getattr(metrics, name), name, report)} ({cell(getattr(floors, name), name, report)})"
        for name, (row, _) in ROWS.items()
    }
    return {
        "Target": pin.request.problem.target.entry.title,
        **scores,
        "Samples": str(report.num_samples),
        "Steps": str(pin.step),
        "Seconds": f"{pin.seconds:.1f}",
        "Energy calls": "not counted" if pin.energy_calls is None else counted(pin.energy_calls),
        "Seed": str(pin.request.problem.seed),
    }


def as_csv(pins: Sequence[Pin]) -> str:
    """A row for each pin with all digits; what is not known is `nan`, the whole problem is JSON in the last column."""
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
        "steps": pin.step,
        "seconds": pin.seconds,
        "energy_calls": "nan" if pin.energy_calls is None else pin.energy_calls,
        "num_samples": pin.report.num_samples,
        **asdict(pin.report.metrics),
        **{f"{name}_floor": value for name, value in asdict(pin.report.floors).items()},
        "problem": problem.to_json(),
    }
