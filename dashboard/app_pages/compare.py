"""The Compare page: pinned results in one table, and pictures of the first four, which play together side by side."""

from __future__ import annotations

import streamlit as st

from core.presets import EXAMPLES
from dashboard import cache
from dashboard.controls.snippet import snippet
from dashboard.figures.accuracy import Course, accuracy
from dashboard.figures.palette import METHOD_COLOURS
from dashboard.look.charts import theme
from dashboard.pins import pins
from dashboard.pins.comparison_table import as_csv, table, title, titles
from dashboard.pins.lost_pins import lost_pins
from dashboard.pins.pin import Pin, request_of
from dashboard.player.component import Look, player
from dashboard.player.reel import Checkpoint, Panel
from dashboard.results.computing import await_distances, await_exact
from dashboard.results.downloads import sample_downloads
from dashboard.run_list.views import views
from dashboard.runs import saved
from dashboard.state import describe, method_of
from dashboard.texts import compare as texts
from dashboard.url import link
from dashboard.url.address import params_of

EXPLORE = "app_pages/explore.py"
# The example that an empty page offers.
FIRST_EXAMPLE = "teleportation"


def tools(shown: list[str]) -> None:
    """Draw the buttons that change the list of pins."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        _add_earlier(full=len(shown) >= pins.MOST_COMPARED)
        if pins.before() is not None:
            st.button("Undo the removal", key="undo_removal", icon=":material/undo:", on_click=pins.undo)
        if shown:
            st.button("Clear all", key="clear", help=texts.CLEAR_HELP, on_click=pins.set_names, args=([],))


def _add_earlier(*, full: bool) -> None:
    help = texts.full(pins.MOST_COMPARED) if full else texts.ADD_HELP
    with st.popover(texts.ADD, icon=":material/add:", disabled=full, help=help):
        example = st.selectbox(
            "Example", list(EXAMPLES), format_func=lambda name: EXAMPLES[name].title, key="earlier"
        )
        for problem in EXAMPLES[example].problems:
            stored = cache.trained_earlier(problem)
            if stored is not None:
                name = pins.name_of_stored(stored)
                label, key = title(request_of(name)), f"earlier-{problem.key}"
                known = name in pins.names()
                st.button(label, key=key, disabled=known, on_click=pins.add, args=(name,), width="stretch")


def empty() -> None:
    """Draw what the page shows if nothing is pinned: how to pin results, and an example to start with."""
    st.info(texts.EMPTY, icon=":material/keep:")
    example = EXAMPLES[FIRST_EXAMPLE]
    stored = [run for problem in example.problems if (run := cache.trained_earlier(problem)) is not None]
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        names = [pins.name_of_stored(run) for run in stored]
        label = texts.START_HERE.format(example=example.title)
        st.button(
            label,
            key="start-here",
            type="primary",
            disabled=not names,
            on_click=pins.set_names,
            args=(names,),
        )
        st.page_link(EXPLORE, label="Go to Explore", icon=":material/explore:")


def panels(found: dict[str, Pin], names: list[str]) -> None:
    """Draw one player for results on the line and one for results in the plane, since they share no axis.

    Args:
        found: results by name.
        names: all pinned results, including those that the server no longer keeps.
    """
    first = dict(list(found.items())[: pins.MOST_SHOWN])
    if len(first) < len(found):
        st.caption(texts.first_pictures(pins.MOST_SHOWN))
    dims = sorted({pin.frames.dim for pin in first.values()})
    if len(dims) > 1:
        st.caption(texts.TWO_CLOCKS)
    named = list(zip(titles(list(found.values())), first.items(), strict=False))
    for dim in dims:
        shown = [_panel(text, name, pin) for text, (name, pin) in named if pin.frames.dim == dim]
        player(
            shown,
            key=f"compare-{dim}",
            look=Look(autoplay=False),
            in_link=dim == dims[0],
            panel_names=names,
        )


def _panel(text: str, name: str, pin: Pin) -> Panel:
    return Panel(
        key=name,
        method=method_of(pin.request),
        title=text,
        exact=pin.exact,
        course=(Checkpoint(pin.frames, pin.step, pin.seconds),),
        badge=pin.badge,
        run=name,
        transport=cache.transport(pin.request.problem),
    )


def cards(found: dict[str, Pin]) -> None:
    """Draw the settings, links and downloads of each result."""
    rows = -(-len(found) // pins.MOST_SHOWN)
    columns = [column for _ in range(rows) for column in st.columns(min(len(found), pins.MOST_SHOWN))]
    names = titles(list(found.values()))
    for number, (column, text, (name, pin)) in enumerate(zip(columns, names, found.items(), strict=False), 1):
        with column:
            st.markdown(f"**{text}**")
            st.caption(f"{describe(pin.request)} · {pin.badge}")
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                view = params_of(pin.request.problem, method_of(pin.request))
                st.page_link(EXPLORE, label="Open in Explore", query_params=view)
                st.button(
                    "Remove",
                    key=f"remove-{name}",
                    icon=":material/close:",
                    on_click=pins.remove,
                    args=(name,),
                    help=texts.remove(number),
                )
            sample_downloads(pin.request, pin.frames, key=f"samples-{number}-{name}")


def unpinned(found: list[Pin]) -> None:
    """Offer to pin this browser's runs, so that the link keeps them for other browsers."""
    private = [pin.token for pin in found if saved.is_own_and_unpinned(pin.token)]
    if private:
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.caption(texts.unpinned(len(private), len(found)), width="content")
            st.button(
                texts.PIN_THEM, key="pin_them", icon=":material/keep:", on_click=pins.pin_all, args=(private,)
            )


def numbers(found: list[Pin]) -> None:
    """Draw the table of metrics and the chart of accuracy against seconds."""
    st.subheader("Metrics", anchor=False)
    with st.container(key="comparison"):
        st.table(table(found), border="horizontal")
    st.caption(texts.BRACKETS)
    courses = [
        Course(text, METHOD_COLOURS[method_of(pin.request)], pin.ess)
        for text, pin in zip(titles(found), found, strict=True)
    ]
    st.subheader("Accuracy against seconds", anchor=False)
    if any(course.points for course in courses):
        chart = accuracy([course for course in courses if course.points], theme())
        st.altair_chart(chart, key="accuracy", alt="Effective sample size against seconds of training")
    st.caption(texts.ACCURACY)


def exports(found: list[Pin]) -> None:
    """Draw the exports: the table as CSV, and the runs as a Python script."""
    st.subheader("Export", anchor=False)
    st.download_button(
        "Table as CSV", as_csv(found), "comparison.csv", "text/csv", icon=":material/download:", key="csv"
    )
    # Corrections are left out of the script, since each needs the trained curve of another run.
    runs = [pin for pin in found if pin.request.kind != "corrected"]
    if runs:
        with st.expander("Repeat these runs in Python", icon=":material/code:"):
            st.code(snippet([pin.request for pin in runs], [pin.step for pin in runs]), language="python")


st.title("Compare", anchor=False)
shown = pins.names()
views("compare", len(shown))
st.markdown(texts.ABOUT_PAGE)
link.place_warnings()
tools(shown)
found = {name: pin for name in shown if (pin := pins.find(name)) is not None}
lost_pins([name for name in shown if name not in found])
if not shown:
    empty()
if found:
    panels(found, shown)
    cards(found)
    unpinned(list(found.values()))
    numbers(list(found.values()))
    exports(list(found.values()))
    await_exact([pin.pending for pin in found.values() if pin.pending is not None], st.container())
    await_distances([pin.request.problem for pin in found.values()])
