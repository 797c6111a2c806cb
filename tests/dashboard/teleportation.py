"""The Teleportation page, driven without a browser."""

from __future__ import annotations

from pathlib import Path

from streamlit.testing.v1 import AppTest

APP = Path(__file__).resolve().parents[2] / "dashboard" / "pages.py"


def open_page(**link: str) -> AppTest:
    """Open the page from a link."""
    app = AppTest.from_file(APP, default_timeout=60).switch_page("app_pages/teleportation.py")
    for key, value in link.items():
        app.query_params[key] = value
    return app.run()


def captions(app: AppTest) -> str:
    return "\n".join(element.value for element in app.caption)
