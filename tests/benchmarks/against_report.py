"""The tables and pictures of `against.py`, from its rows."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from step_cost import table

Row = dict[str, Any]


def report(rows: Sequence[Row]) -> str:
    """One table for each target and kind of limit, with a row for each method, and with mode TV and log Z error at each limit."""
    parts = []
    for case in dict.fromkeys(row["case"] for row in rows):
        for by in dict.fromkeys(row["by"] for row in rows):
            chosen = [row for row in rows if (row["case"], row["by"]) == (case, by)]
            if chosen:
                parts.append(_one(case, by, chosen))
    return "\n\n".join(parts)


def _one(case: str, by: str, rows: Sequence[Row]) -> str:
    limits = sorted({row["limit"] for row in rows})
    head = ["", "uses"]
    for limit in limits:
        unit = f"{limit:.0e} calls".replace("e+0", "e") if by == "energy calls" else f"{limit:g} s"
        head += [f"mode TV, {unit}", "log Z error"]
    head += ["EUBO − ELBO"]
    body = []
    for method in dict.fromkeys(row["method"] for row in rows):
        own = {row["limit"]: row for row in rows if row["method"] == method}
        uses = next((row["uses"] for row in own.values() if row["uses"]), "–")
        cells = [f"{method}", uses]
        for limit in limits:
            cells += [_tv(own.get(limit)), _text(own.get(limit), "log_z_error", 3)]
        cells.append(_text(own.get(limits[-1]), "gap", 2))
        body.append(cells)
    return f"**{case}**, by {by}\n\n{table(head, body)}"


def _tv(row: Row | None) -> str:
    """The mode TV, and in brackets the best possible at the row's number of samples."""
    if row is None or row["mode_tv"] is None:
        return "–"
    return f"{row['mode_tv']:.3f} ({row['floor']:.3f})"


def _text(row: Row | None, key: str, digits: int) -> str:
    """Format a value; a dash if there is none."""
    if row is None or row[key] is None:
        return "–"
    return f"{row[key]:+.{digits}f}" if key == "log_z_error" else f"{row[key]:.{digits}f}"


def pictures(rows: Sequence[Row], folder: Path) -> None:
    """Write the figure `against.svg`: mode TV against energy calls and against seconds, with a column of panels for each target."""
    import matplotlib

    matplotlib.use("svg")
    import matplotlib.pyplot as plt

    plt.rcParams["svg.fonttype"] = "none"  # write text as text, not as shapes
    cases = list(dict.fromkeys(row["case"] for row in rows))
    figure, axes = plt.subplots(2, len(cases), figsize=(3.6 * len(cases), 6), squeeze=False, sharey="row")
    methods = list(dict.fromkeys(row["method"] for row in rows if row["mode_tv"] is not None))
    colours = plt.get_cmap("tab20").colors  # type: ignore[attr-defined]
    for column, case in enumerate(cases):
        for line, unit in enumerate(("energy_calls", "seconds")):
            axis = axes[line][column]
            for k, method in enumerate(methods):
                points = [
                    (row["cost"][unit], row["mode_tv"])
                    for row in rows
                    if (row["case"], row["method"]) == (case, method) and row["mode_tv"] is not None
                ]
                if points:
                    x, y = zip(*sorted(points), strict=True)
                    axis.plot(x, y, "o-", ms=3, lw=1, color=colours[k % 20], label=method)
            floor = min((row["floor"] for row in rows if row["case"] == case and row["floor"]), default=None)
            if floor is not None:
                axis.axhline(floor, color="grey", lw=0.8, ls=":")
            axis.set(xscale="log", yscale="log", xlabel=unit.replace("_", " "))
            axis.set_title(case if line == 0 else "")
        axes[0][0].set_ylabel("mode TV, reweighted")
        axes[1][0].set_ylabel("mode TV, reweighted")
    handles: dict[str, Any] = {}
    for axis in axes.flat:
        handles |= dict(zip(*reversed(axis.get_legend_handles_labels()), strict=True))
    figure.legend(handles.values(), handles.keys(), loc="lower center", ncols=4, fontsize=8, frameon=False)
    figure.tight_layout(rect=(0, 0.12, 1, 1))
    figure.savefig(folder / "against.svg")
