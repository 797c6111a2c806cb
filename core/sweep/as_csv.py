"""A study as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import fields

from core.results.report import Metrics
from core.sweep.rows import Row


def to_csv(rows: Sequence[Row]) -> str:
    """One line for each run: parameters, status, cost, scores and best possible scores; empty where unknown."""
    lines = [_line(row) for row in rows]
    stream = io.StringIO()
    writer = csv.DictWriter(stream, list(lines[0]) if lines else [], lineterminator="\n")
    writer.writeheader()
    writer.writerows(lines)
    return stream.getvalue()


def _line(row: Row) -> dict[str, object]:
    data = row.to_dict()
    metrics, floors = data.pop("metrics") or {}, data.pop("floors") or {}
    scores = {f.name: metrics.get(f.name) for f in fields(Metrics)}
    best = {f"best_{f.name}": floors.get(f.name) for f in fields(Metrics)}
    return {**data.pop("parameters"), **data, **scores, **best}
