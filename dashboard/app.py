"""The entry point: `streamlit run dashboard/app.py`. Navigation and page configuration, nothing else."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
# `streamlit run` puts only this folder on the path.
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

import streamlit as st  # noqa: E402

from dashboard.components import dragged  # noqa: E402
from dashboard.components.visits import visits  # noqa: E402

st.set_page_config(
    page_title="Boltzmann Curve Lab",
    page_icon=str(ROOT / "assets" / "logo.svg"),
    layout="wide",
)

HERE = Path(__file__).parent
st.html(HERE / "narrow.css")
PAGES = HERE / "app_pages"
page = st.navigation(
    [
        st.Page(PAGES / "explore.py", title="Explore", icon=":material/explore:", default=True),
        st.Page(PAGES / "teleportation.py", title="Teleportation", icon=":material/swap_horiz:"),
        st.Page(PAGES / "compare.py", title="Compare", icon=":material/compare:"),
    ],
    position="top",
)
with visits(page.title):
    # What listens to the sliders keeps its place whatever the page draws: moved, it would lose a drag that is under way.
    body, aside = st.container(), st.container()
    with aside:
        dragged.watch()
    with body:
        page.run()
