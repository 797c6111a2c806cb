"""Compare: up to four pinned results side by side, on one clock."""

from __future__ import annotations

import streamlit as st

from core.presets import SITUATIONS
from core.reel import Checkpoint, Panel
from dashboard import cache
from dashboard.components import link, pins
from dashboard.components.address import params_of
from dashboard.components.comparison_table import as_csv, table, title
from dashboard.components.pictures import theme
from dashboard.components.player import player
from dashboard.components.repeats import repeats
from dashboard.components.snippet import snippet
from dashboard.figures.accuracy import Course, accuracy
from dashboard.figures.palette import METHOD_COLOURS
from dashboard.pin_store import Pin
from dashboard.state import describe, method_of

EXPLORE = "app_pages/explore.py"


def tools(shown: list[str]) -> None:
    """What changes the list as a whole."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        _add_earlier(full=len(shown) >= pins.MOST_SHOWN)
        if pins.before() is not None:
            st.button("Undo the removal", key="undo_removal", icon=":material/undo:", on_click=pins.undo)
        if shown:
            clear = "Takes all results from this page; it can be undone."
            st.button("Clear all", key="clear", help=clear, on_click=pins.set_names, args=([],))


def _add_earlier(*, full: bool) -> None:
    help = "Results of the situations, each trained earlier and kept with the program."
    if full:
        help = f"{pins.MOST_SHOWN} results stand here already; remove one first."
    with st.popover("Add a result that was trained earlier", icon=":material/add:", disabled=full, help=help):
        situation = st.selectbox(
            "Situation", list(SITUATIONS), format_func=lambda name: SITUATIONS[name].title, key="earlier"
        )
        for problem in SITUATIONS[situation].problems:
            stored = cache.trained_earlier(problem)
            if stored is not None:
                pin = pins.pin_of_stored(stored)
                known = pin.name in pins.names()
                label, key = title(pin), f"earlier-{problem.key}"
                st.button(label, key=key, disabled=known, on_click=pins.add, args=(pin,), width="stretch")


def empty() -> None:
    """What to do when nothing is pinned."""
    st.info(
        "Nothing is pinned yet. On the Explore page, choose or train something and press **Pin**; or add a result that was trained earlier.",
        icon=":material/keep:",
    )
    st.page_link(EXPLORE, label="Go to Explore", icon=":material/explore:")


def panels(found: dict[str, Pin]) -> None:
    """All of them in one player; those on the line and those in the plane apart, since they share no axis."""
    for dim in sorted({pin.frames.dim for pin in found.values()}):
        numbered = [(i, name, pin) for i, (name, pin) in enumerate(found.items(), 1) if pin.frames.dim == dim]
        shown = [_panel(i, name, pin) for i, name, pin in numbered]
        player(
            shown,
            key=f"compare-{dim}",
            autoplay=False,
            in_link=dim == min(p.frames.dim for p in found.values()),
        )


def _panel(number: int, name: str, pin: Pin) -> Panel:
    return Panel(
        key=name,
        method=method_of(pin.request),
        title=f"{number} · {title(pin)}",
        exact=pin.exact,
        course=(Checkpoint(pin.frames, pin.step, pin.seconds),),
        badge=pin.badge,
        run=name,
    )


def cards(found: dict[str, Pin]) -> None:
    """What each of them is, with the way back to its controls."""
    for number, (column, (name, pin)) in enumerate(
        zip(st.columns(len(found)), found.items(), strict=True), 1
    ):
        with column:
            st.markdown(f"**{number} · {title(pin)}**")
            st.caption(f"{describe(pin.request)}; {pin.badge}.")
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                view = params_of(pin.request.problem, method_of(pin.request))
                st.page_link(EXPLORE, label="Open in Explore", query_params=view)
                st.button(
                    "Remove",
                    key=f"remove-{name}",
                    icon=":material/close:",
                    on_click=pins.remove,
                    args=(name,),
                    help=f"Takes result {number} from this page; it can be undone.",
                )


def numbers(found: list[Pin]) -> None:
    """Metrics, and accuracy against seconds."""
    st.subheader("Metrics", anchor=False)
    st.table(table(found), border="horizontal")
    st.caption(
        "In brackets: the best possible, which is what exact samples of the same number score, ± its spread from draw to draw."
    )
    courses = [
        Course(f"{i} · {title(pin)}", METHOD_COLOURS[method_of(pin.request)], pin.ess)
        for i, pin in enumerate(found, 1)
    ]
    st.subheader("Accuracy against seconds", anchor=False)
    if any(course.points for course in courses):
        chart = accuracy([course for course in courses if course.points], theme())
        st.altair_chart(chart, key="accuracy", alt="Effective sample size against seconds of training")
    st.caption(
        "The effective sample size over the seconds of training, each on the processor that it was trained on. It can be high while a mode "
        "is missing: look at the modes covered too. Chains have no weights, and so no line here."
    )


def exports(found: list[Pin]) -> None:
    """The table as a file, and the runs as a script."""
    st.subheader("Take it with you", anchor=False)
    st.download_button(
        "Table as CSV", as_csv(found), "comparison.csv", "text/csv", icon=":material/download:", key="csv"
    )
    with st.expander("Repeat these runs in Python", icon=":material/code:"):
        st.code(snippet([pin.request for pin in found], [pin.step for pin in found]), language="python")


st.title("Compare", anchor=False)
st.markdown(
    "Results side by side on one clock; with the same seed they start from the same noise. What each cost stands beside what it reached."
)
shown = pins.names()
link.warn()
tools(shown)
found = {name: pin for name in shown if (pin := pins.find(name)) is not None}
repeats([name for name in shown if name not in found])
if not shown:
    empty()
if found:
    panels(found)
    cards(found)
    numbers(list(found.values()))
    exports(list(found.values()))
