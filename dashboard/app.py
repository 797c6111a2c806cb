"""The entry point of the app (`streamlit run dashboard/app.py`): its pages, and its routes for previews and for health checks."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
# `streamlit run` puts only the folder of this file on `sys.path`.
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

import streamlit as st  # noqa: E402
from starlette.middleware import Middleware  # noqa: E402
from starlette.routing import Route  # noqa: E402

from dashboard import health, log, previews  # noqa: E402
from dashboard.prompt_sending import PromptSending  # noqa: E402
from dashboard.routes import HEALTH, PREVIEWS, base_path  # noqa: E402
from dashboard.visitor import VisitorCookie  # noqa: E402

# Seconds after which a running thread lets others run. While a page runs, a request waits for its turn several times. With Python's
# default, each wait could take five milliseconds.
sys.setswitchinterval(0.001)
log.show_runs()
ROUTES = [
    Route(f"{base_path()}/{PREVIEWS}", previews.respond, methods=["POST"]),
    Route(f"{base_path()}/{HEALTH}", health.respond, methods=["GET"]),
]
MIDDLEWARE = [Middleware(PromptSending), Middleware(VisitorCookie)]
app = st.App(Path(__file__).with_name("pages.py"), routes=ROUTES, middleware=MIDDLEWARE)
