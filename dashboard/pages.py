"""The script that Streamlit runs: page configuration and navigation."""

from pathlib import Path

import streamlit as st

from dashboard.admin import is_operated
from dashboard.look import prose
from dashboard.look.embedding import fit, is_embedded
from dashboard.look.help_menu import help_menu
from dashboard.look.large_type import large_type
from dashboard.look.repaint import watch_theme
from dashboard.page_memory import page_memory
from dashboard.previews import go_first

HERE = Path(__file__).parent
PAGES = HERE / "app_pages"

go_first()
st.set_page_config(
    page_title="Boltzmann Curve Lab",
    page_icon=str(HERE.parent / "assets" / "logo.svg"),
    layout="wide",
)
st.html(HERE / "narrow.css")
prose.style()
page = st.navigation(
    [
        st.Page(
            PAGES / ("embedded.py" if is_embedded() else "explore.py"),
            title="Explore",
            icon=":material/explore:",
            default=True,
        ),
        st.Page(PAGES / "lessons.py", title="Lessons", icon=":material/school:"),
        st.Page(PAGES / "teleportation.py", title="Teleportation", icon=":material/swap_horiz:"),
        st.Page(PAGES / "runs.py", title="Runs", icon=":material/history:"),
        st.Page(PAGES / "studies.py", title="Studies", icon=":material/grid_view:"),
        # Hidden in the navigation, since Compare is the second view of the Runs page.
        st.Page(PAGES / "compare.py", title="Compare", icon=":material/compare:", visibility="hidden"),
        *([st.Page(PAGES / "admin.py", title="Admin", visibility="hidden")] if is_operated() else []),
    ],
    position="hidden" if is_embedded() else "top",
)
with page_memory(page.title):
    if not is_embedded():
        help_menu(has_tour=page.title == "Explore")
    large_type()
    fit()
    page.run()
watch_theme()
