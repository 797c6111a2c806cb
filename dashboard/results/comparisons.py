"""Comparison methods: samplers that need no curve, run on the same target.

`?compare=smc,hmc` offers two methods. The page shows a button to run each, and after the run its panel next to the curves.
"""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.sampling.methods import METHODS
from dashboard.results.panel_results import PanelResult, comparison_result
from dashboard.runs import tracked_runs
from dashboard.runs.records import Run
from dashboard.runs.run import submit
from dashboard.state import COMPARISONS, Selection, in_sentence
from dashboard.texts import explore as texts
from dashboard.url import address_bar

PARAM = "compare"
_PRESSED, _MENU = "compare-pressed", "compare-menu"


def menu(selection: Selection | None, runs: dict[str, Run], place: DeltaGenerator) -> None:
    """Draw the menu "Compare with", and start the run chosen in it.

    Args:
        selection: the selected settings; None while they are invalid.
        runs: the page's runs by method.
        place: where to draw the menu.
    """
    # With a new key, Streamlit draws a new menu, which starts closed.
    key = f"{_MENU}-{st.session_state.get(_MENU, 0)}"
    with place.popover(
        "Compare with", icon=":material/add_chart:", help=texts.COMPARE_WITH, width="stretch", key=key
    ):
        name = st.selectbox(
            "Method",
            list(COMPARISONS),
            list(COMPARISONS).index(_newest(runs)),
            format_func=COMPARISONS.__getitem__,
            key="compare-method",
        )
        st.caption(METHODS[name].about)
        if missing := METHODS[name].missing:
            st.warning(missing, icon=":material/extension_off:")
        _run_button(selection, name, runs.get(name), "menu")
        for other in (other for other in COMPARISONS if other in runs):
            label = f"Remove {in_sentence(COMPARISONS[other])}"
            st.button(label, key=f"compare-remove-{other}", on_click=_close, args=(other, runs))
    chosen = st.session_state.pop(_PRESSED, None)
    if chosen is not None and selection is not None:
        named = [name for name in _named() if name != chosen]
        address_bar.put(PARAM, ",".join([*named, chosen]))
        submit([selection.comparison(chosen)], runs)


def _newest(runs: Mapping[str, Run]) -> str:
    """The method that is selected when the menu opens: the last one that the link names or that has run, or else SMC."""
    known = [*(name for name in runs if name in COMPARISONS), *_named()]
    return known[-1] if known else next(iter(COMPARISONS))


def offers(selection: Selection | None, runs: dict[str, Run]) -> None:
    """Draw a line with a Run button for each comparison that the link names or that has run, unless its result is up to date."""
    for name in _opened(runs):
        run = runs.get(name)
        is_up_to_date = (
            selection is not None and run is not None and selection.alone(name).matches(run.view.request)
        )
        if is_up_to_date or (run is not None and run.view.running):
            continue
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.caption(texts.comparison_offer(COMPARISONS[name], run is not None), width="content")
            _run_button(selection, name, run, "offer")
            st.button(
                "Close", key=f"compare-close-{name}", type="tertiary", on_click=_close, args=(name, runs)
            )


def compared(selection: Selection, runs: Mapping[str, Run], dim: int) -> list[PanelResult]:
    """The results of comparison methods.

    Args:
        selection: the selected settings.
        runs: the page's runs by method.
        dim: number of axes of the curves' pictures; outdated results with another number of axes are left out.
    """
    found = [comparison_result(selection.alone(name), runs[name]) for name in COMPARISONS if name in runs]
    return [
        each for each in found if each.learned is not None and (each.is_up_to_date or each.learned.dim == dim)
    ]


def _opened(runs: Mapping[str, Run]) -> list[str]:
    named = _named()
    return [name for name in COMPARISONS if name in runs or name in named]


def _named() -> list[str]:
    """The methods that the address names."""
    names = address_bar.now().get(PARAM, "").split(",")
    return [name for name in dict.fromkeys(names) if name in COMPARISONS]


def _run_button(selection: Selection | None, name: str, run: Run | None, place: str) -> None:
    is_running = run is not None and run.view.running
    seconds = "" if selection is None else f" for {selection.comparison(name).budget.seconds:.2g} s"
    st.button(
        f"{COMPARISONS[name]} is running" if is_running else f"Run {in_sentence(COMPARISONS[name])}{seconds}",
        key=f"compare-run-{name}-{place}",
        icon=":material/play_arrow:",
        disabled=selection is None or is_running or bool(METHODS[name].missing),
        on_click=_press,
        args=(name,),
    )


def _press(name: str) -> None:
    # The press is stored until the run starts, so that a rerun of the page in between does not lose it.
    st.session_state[_PRESSED] = name
    st.session_state[_MENU] = st.session_state.get(_MENU, 0) + 1


def _close(name: str, runs: Mapping[str, Run]) -> None:
    address_bar.put(PARAM, ",".join(other for other in _named() if other != name) or None)
    tracked_runs.show([run.job_id for method, run in runs.items() if method != name])
