"""The viewer's own targets in the gallery: keep the current one under a name, open one, or remove it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from core.problem import Problem, TargetSpec
from core.store import kept_targets
from core.store.errors import StoreError
from core.store.kept_targets import LONGEST_NAME, KeptTarget
from core.store.place import store_folder
from dashboard import engine, visitor
from dashboard.controls import history
from dashboard.controls.names import CONTROLS, PARAMETERS
from dashboard.state import Selection
from dashboard.texts import targets as texts
from dashboard.texts.quoting import plain
from dashboard.url import link
from dashboard.url.address import params_of_target

# Widths of a card and of the field for a name, in pixels.
_WIDTH, _FORM_WIDTH = 146, 320
_NAME, _ERROR = "own_target_name", "own_target_error"


def own_targets(current: str, query: str) -> bool:
    """Draw the viewer's own targets whose name contains the query; returns whether one was opened.

    Args:
        current: name of the selected target.
        query: text of the search.
    """
    try:
        found = kept_targets.kept(store_folder(), visitor.key())
    except StoreError as error:
        st.caption(plain(error))
        return False
    shown = [each for each in found if query.casefold().strip() in each.name.casefold()]
    selection: Selection | None = st.session_state.get("last_selection")
    if selection is not None and selection.problem.target.name == current and current in texts.NAMED:
        _keep_form(selection.problem)
    if error := st.session_state.pop(_ERROR, None):
        st.error(plain(error), icon=":material/error:")
    if not shown:
        return False
    st.markdown(f"**{texts.OWN}**")
    is_opened = False
    with st.container(horizontal=True, gap="xsmall"):
        for each in shown:
            with st.container(border=True, width=_WIDTH, gap="xsmall"):
                is_opened |= _card(each)
    return is_opened


def _keep_form(problem: Problem) -> None:
    with st.form("own_target", border=False), st.container(horizontal=True, vertical_alignment="bottom"):
        st.text_input(
            texts.NAME,
            key=_NAME,
            max_chars=LONGEST_NAME,
            placeholder=texts.NAME_PLACEHOLDER,
            help=texts.NAME_HELP,
            width=_FORM_WIDTH,
        )
        st.form_submit_button("Keep", icon=":material/bookmark_add:", on_click=_keep, args=(problem,))


def _keep(problem: Problem) -> None:
    """Save a target under the name in the form. The gallery reports a failure."""
    with _reported():
        name = st.session_state.get(_NAME, "")
        kept_targets.keep(store_folder(), visitor.key(), name, problem, _picture(problem.target))


def _forget(target_id: str) -> None:
    with _reported():
        kept_targets.forget(store_folder(), visitor.key(), target_id)


@contextmanager
def _reported() -> Iterator[None]:
    """Store the error of a callback, so that the gallery shows it."""
    st.session_state.pop(_ERROR, None)
    try:
        yield
    except ValueError as error:
        st.session_state[_ERROR] = str(error)


def _picture(target: TargetSpec) -> bytes:
    engine.load()
    from core.pictures.thumbnails import thumbnail
    from core.targets import registry

    return thumbnail(registry.build(target.name, target.values))


def _card(kept: KeptTarget) -> bool:
    if kept.picture:
        st.image(kept.picture, width="stretch")
    is_opened = st.button(
        plain(kept.name),
        key=f"own_target_{kept.id}",
        help=kept.problem.target.entry.title,
        width="stretch",
        on_click=_open,
        args=(kept.problem,),
    )
    target = kept.problem.target
    st.caption(
        f"{target.entry.title} · {texts.facts(target.dim, False, target.entry.unknown(target.values))}"
    )
    st.button(
        "Remove",
        key=f"forget_target_{kept.id}",
        icon=":material/delete:",
        type="tertiary",
        on_click=_forget,
        args=(kept.id,),
    )
    return is_opened


def _open(problem: Problem) -> None:
    """Set the target and the latent to those of a kept target."""
    others = {name: text for name, text in history.view().items() if name not in PARAMETERS}
    latent = {"sigma": f"{problem.sigma:g}", "center": problem.center}
    link.open_with({**others, **latent, **params_of_target(problem.target)}, CONTROLS)
