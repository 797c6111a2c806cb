"""The report on the paper's figures: one HTML file without scripts, and a CSV file for each figure."""

from __future__ import annotations

import base64
import csv
import io
import math
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

from core.facts import rounded
from core.paper.measured import METRICS, Measured, rows
from core.problem import CURVES
from dashboard.handouts.document import theme_css
from dashboard.handouts.prose import inline
from dashboard.paper.plots import legend, plots
from dashboard.texts import paper as texts
from dashboard.texts.shared import METRICS as TITLES

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
# Scores below this value count as zero, since they are rounding errors.
ROUNDING = 1e-12
_CSS = Path(__file__).with_name("report.css")


def html(figures: Sequence[Measured]) -> str:
    """The report as one HTML page."""
    num_runs = sum(len(measured.runs) for measured in figures)
    seeds = sorted({seed for measured in figures for seed in measured.seeds}) or [0]
    seconds = max((measured.seconds for measured in figures), default=0.0)
    lead = inline(texts.report_lead(seconds, num_runs, texts.seeds_of(seeds)))
    return "\n".join(
        [
            '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{escape(texts.REPORT_TITLE)}</title>",
            f"<style>{theme_css()}{_CSS.read_text(encoding='utf-8')}</style>\n</head>\n<body>",
            f"<header><h1>{escape(texts.REPORT_TITLE)}</h1><p>{lead}</p></header>\n<main>",
            *(_section(measured) for measured in figures),
            f"</main>\n<footer><p>{escape(texts.REPORT_END)}</p></footer>\n</body>\n</html>\n",
        ]
    )


def csv_text(measured: Measured) -> str:
    """The numbers of a figure as CSV, one row for each run or, without runs, for each problem; empty where unknown."""
    found = rows(measured)
    stream = io.StringIO()
    writer = csv.DictWriter(stream, list(found[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(found)
    return stream.getvalue()


def _section(measured: Measured) -> str:
    figure, verdict = measured.figure, measured.verdict
    number = figure.name.removeprefix("figure")
    items = "".join(f'<li class="{style}">{escape(name)}</li>' for style, name in legend(measured).items())
    marks = f'<ul class="legend">{items}</ul>' if items else ""
    training = sum(run.seconds for run in measured.runs if math.isfinite(run.seconds))
    return (
        f'<section id="{figure.name}" aria-labelledby="{figure.name}-title"><h2 id="{figure.name}-title">Figure {number}. '
        f"{escape(figure.title)}</h2>"
        f'<p class="claim">{texts.CLAIM}: {escape(figure.claim)}</p>'
        f'<p class="verdict {verdict.seen}"><strong>{texts.SEEN[verdict.seen]}.</strong> {escape(verdict.sentence)}</p>'
        f'<div class="charts">{"".join(plots(measured))}</div>'
        f"{marks}"
        f'<p class="caption">{escape(texts.CAPTIONS[figure.name])}</p>{_table(measured)}'
        f'<p class="caption">{texts.took(measured.exact_seconds, training)} {_csv_link(measured)}</p></section>'
    )


def _csv_link(measured: Measured) -> str:
    """A link that contains the CSV file and saves it."""
    name, content = f"{measured.figure.name}.csv", base64.b64encode(csv_text(measured).encode()).decode()
    return f'<a download="{name}" href="data:text/csv;base64,{content}">{name}</a>'


def _table(measured: Measured) -> str:
    """The runs with their metrics."""
    if not measured.runs:
        return f'<p class="caption">{texts.NO_RUNS}</p>'
    heads = ("Curve", "σ", "m", "Seed", "Seconds", "Steps", *(TITLES[name][0] for name in METRICS))
    body = "".join(
        f"<tr>{''.join(f'<td>{cell}</td>' for cell in _cells(row))}</tr>" for row in rows(measured)
    )
    head = "".join(f"<th scope='col'>{escape(name)}</th>" for name in heads)
    return f'<div class="table"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _cells(row: dict[str, Any]) -> list[str]:
    separation = row["mode_separation"]
    cells = [
        CURVES[row["interpolation"]],
        f"{row['sigma']:g}",
        "–" if separation is None else f"{separation:g}",
        str(row["seed"]),
        _number(row["seconds"]),
        "" if row["steps"] is None else str(row["steps"]),
    ]
    if row["ess_fraction"] is None and row["reason"]:
        return [*map(escape, cells), f"<em>{escape(str(row['reason']))}</em>", *[""] * (len(METRICS) - 1)]
    return [
        *map(escape, cells),
        *(escape(texts.best(_number(row[n]), _number(row[f"best_{n}"]))) for n in METRICS),
    ]


def _number(value: float | None) -> str:
    """A number without trailing zeros; rounding errors of exact samples count as zero."""
    if value is None:
        return texts.UNKNOWN
    text = "0" if abs(value) < ROUNDING else rounded(value)
    if "." in text and "·" not in text:
        text = text.rstrip("0").rstrip(".")
    return text.replace("-", "−")
