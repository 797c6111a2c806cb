"""The control of imported points: the upload of a table, and the properties of its density."""

from __future__ import annotations

from typing import Any

import streamlit as st

from core.targets.points import read, scales
from core.targets.points.packed import packed, unpacked
from core.targets.registry import BANDWIDTH, POINTS, TARGETS
from dashboard import engine
from dashboard.controls import history
from dashboard.controls.faults import Faults
from dashboard.controls.names import CONTROLS, PARAMETERS
from dashboard.controls.visible_controls import is_drawn
from dashboard.texts import targets as texts
from dashboard.texts.quoting import plain
from dashboard.url import address_bar, link, long_texts

# Width of the upload, in pixels.
_WIDTH = 420
# Keys of the session's state: the table that was read last, whether it is standardised, and why the last file was refused.
_TABLE, _STANDARDISED, _REFUSED = "points_table", "points_standardised", "points_refused"


def points(faults: Faults) -> dict[str, Any]:
    """Draw the control; returns the points in the link, or the default points if those in the link cannot be read."""
    text = link.start("points_text", "points", POINTS.default, _parsed)
    if is_drawn("points"):
        with st.container(key="points"), faults.beside("points"):
            _upload()
            _summary(text)
    return {"points": text}


def _parsed(text: str) -> str:
    """Check the text of a link; returns the points that it contains or names.

    Raises:
        ValueError: the text does not stand for points.
    """
    return POINTS.check("points", long_texts.whole(text))


def _upload() -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        key = link.key_of("points_file")
        st.file_uploader(
            texts.UPLOAD,
            ["csv", "tsv", "txt", "dat"],
            key=key,
            on_change=_import,
            args=(key,),
            max_upload_size=read.MOST_BYTES // 10**6,
            help=texts.UPLOAD_HELP,
            width=_WIDTH,
        )
        table: read.Table | None = st.session_state.get(_TABLE)
        if table is not None:
            st.toggle(
                texts.STANDARDISE,
                key=_STANDARDISED,
                on_change=_open,
                args=(table,),
                help=texts.STANDARDISE_HELP,
            )
    if refused := st.session_state.get(_REFUSED):
        st.error(plain(refused), icon=":material/error:")


def _import(key: str) -> None:
    """Read the uploaded file. A file that cannot be read changes nothing, and the page reports why."""
    file = st.session_state.get(key)
    st.session_state.pop(_REFUSED, None)
    if file is None:
        return
    try:
        table = read.read(file.getvalue())
    except ValueError as error:
        st.session_state[_REFUSED] = str(error)
        return
    st.session_state[_TABLE] = table
    st.session_state[_STANDARDISED] = scales.needs_standardising(table.rows)
    _open(table)


def _open(table: read.Table) -> None:
    """Set the target to the points of a table, with a latent that suits them."""
    rows = scales.standardised(table.rows) if st.session_state[_STANDARDISED] else table.rows
    low, high, _ = TARGETS["points"].sigma
    others = {name: text for name, text in history.view().items() if name not in PARAMETERS}
    others |= {"target": "points", "points": long_texts.shortened(packed(rows))}
    others |= {"sigma": f"{min(max(scales.suggested_sigma(rows), low), high):g}", "center": "target"}
    link.open_with(others, CONTROLS)


def _summary(text: str) -> None:
    """Show the density's properties, and what was left out of the file."""
    engine.load()
    from core.targets.points.density import points_density

    density = points_density(text, _bandwidth())
    rows = unpacked(text)
    st.caption(plain(texts.points(len(rows), len(rows[0]), density.width.tolist(), len(density.modes)), 1000))
    table: read.Table | None = st.session_state.get(_TABLE)
    for note in table.notes if table is not None and len(table.rows) == len(rows) else ():
        st.caption(plain(note))
    if not long_texts.is_short(text):
        st.caption(plain(texts.LONG_POINTS))


def _bandwidth() -> float:
    """The bandwidth in the link. Its control is drawn later and reports an invalid value."""
    try:
        return BANDWIDTH.check("bandwidth", link.number(address_bar.now()["bandwidth"]))
    except (KeyError, ValueError):
        return BANDWIDTH.default
