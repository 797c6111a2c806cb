"""Filters and order of the list of runs. Both are kept in the address."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import streamlit as st

from core.store.query import NEWEST, Query
from core.store.records import STATUSES, StoredRun
from dashboard.controls.inputs import choice
from dashboard.run_list.describing import method_title
from dashboard.texts import runs as texts
from dashboard.url import address_bar, link

ALL = ""
# Parameters of the address. Their names differ from those of Explore's controls, so that neither page reads the other's values.
PARAMS = (
    "of_target",
    "of_curve",
    "of_sigma",
    "of_separation",
    "of_status",
    "of_source",
    "of_study",
    "since",
    "sort",
)


@dataclass(frozen=True)
class Order:
    """An order of the list.

    Attributes:
        title: its name in the menu.
        column: what to sort by, one of `core.store.query.ORDERS`.
        descending: whether large values come first.
    """

    title: str
    column: str
    descending: bool


ORDERS = {
    order.column: order
    for order in (
        Order("Newest first", NEWEST, True),
        Order("ESS, largest first", "ess_fraction", True),
        Order("Mode mass error, smallest first", "mode_tv", False),
        Order("Energy distance, smallest first", "energy_distance", False),
        Order("EUBO − ELBO, smallest first", "eubo_elbo_gap", False),
        Order("Seconds, fewest first", "seconds", False),
        Order("Steps, fewest first", "steps", False),
        Order("Energy calls, fewest first", "energy_calls", False),
        Order("Size on disk, largest first", "size", True),
    )
}


def order() -> Order:
    """Draw the menu of orders; returns the selected one."""
    titles = {name: each.title for name, each in ORDERS.items()}
    return ORDERS[choice("Sort by", "sort", titles, NEWEST, width=230)]


def query(viewer: str, by: Order) -> Query:
    """The query for all runs that a browser may see, in the given order."""
    return Query(viewer=viewer, order=by.column, descending=by.descending)


def selected(runs: Sequence[StoredRun], studies: Mapping[str, str]) -> list[StoredRun]:
    """Draw the filters, which offer the values that occur among the runs; returns the runs that pass all filters.

    Args:
        runs: the runs.
        studies: name of the study of each run that belongs to one, by the run's id.
    """
    kept = list(runs)
    of_study: _Filter = (
        "Study",
        "of_study",
        lambda run: studies.get(run.id, _NO_STUDY),
        lambda run: studies.get(run.id, texts.NO_STUDY),
    )
    for label, param, value_of, title_of in (*_FILTERS, *([of_study] if studies else [])):
        found = {value_of(run): title_of(run) for run in runs}
        options = {ALL: "All", **{name: found[name] for name in _sorted(found) if name}}
        # The last run with the selected value may have been deleted since the viewer selected it.
        current = st.session_state.get(link.key_of(param), ALL)
        options.setdefault(current, current)
        chosen = choice(label, param, options, ALL, width=150)
        kept = [run for run in kept if chosen in (ALL, value_of(run))]
    since = _since()
    return [run for run in kept if since is None or run.created[:10] >= since.isoformat()]


def clear() -> None:
    """Show all runs again."""
    link.open_with({}, PARAMS)


def _since() -> datetime.date | None:
    key = link.key_of("since")
    start = link.start(key, "since", None, datetime.date.fromisoformat)
    chosen = st.date_input("Since", start, key=key, width=150, format="YYYY-MM-DD")
    address_bar.put("since", chosen.isoformat() if isinstance(chosen, datetime.date) else None)
    return chosen if isinstance(chosen, datetime.date) else None


def _sorted(names: Iterable[str]) -> list[str]:
    """Sort numbers by value, and other names alphabetically."""
    try:
        return sorted(names, key=lambda name: float(name or 0))
    except ValueError:
        return sorted(names)


def _separation(run: StoredRun) -> str:
    value = run.result.problem.target.values.get("mode_separation")
    return ALL if value is None else f"{value:g}"


def _source(run: StoredRun) -> str:
    return "own" if run.owner else "shared"


# Value in addresses that selects runs of no study. No study can have this name.
_NO_STUDY = " "
_Text = Callable[[StoredRun], str]
_Filter = tuple[str, str, _Text, _Text]
_FILTERS: tuple[_Filter, ...] = (
    (
        "Target",
        "of_target",
        lambda run: run.result.problem.target.name,
        lambda run: run.result.problem.target.entry.title,
    ),
    ("Curve or sampler", "of_curve", method_title, method_title),
    (
        "Latent σ",
        "of_sigma",
        lambda run: f"{run.result.problem.sigma:g}",
        lambda run: f"{run.result.problem.sigma:g}",
    ),
    ("Mode separation", "of_separation", _separation, _separation),
    ("Status", "of_status", lambda run: run.result.status, lambda run: texts.STATUSES[run.result.status]),
    ("From", "of_source", _source, lambda run: texts.SOURCES[_source(run)]),
)
assert set(texts.STATUSES) == set(STATUSES)
