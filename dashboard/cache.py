"""What the server keeps between reruns; the only place with Streamlit's caches. Every one is bounded."""

from __future__ import annotations

import importlib
import threading
from dataclasses import replace

import streamlit as st

from core import presets
from core.frames import Frames
from core.jobs.service import JobService
from core.problem import Problem, SamplingSettings, TrainingSettings


@st.cache_resource(max_entries=1)
def jobs() -> JobService:
    """The jobs of this server."""
    return JobService()


def exact_frames(problem: Problem) -> Frames:
    """What is known exactly of a problem's curve; it does not depend on how the curve would be trained.

    Raises:
        NoExactFieldError: nothing is known.
    """
    return _exact_frames(replace(problem, training=TrainingSettings(), sampling=SamplingSettings()))


@st.cache_resource(max_entries=32, show_spinner="Solving exactly …")
def _exact_frames(problem: Problem) -> Frames:
    stored = presets.path(problem)
    if stored.exists():
        return Frames.load(stored)
    # Imported here: torch takes seconds, and the first picture comes from a file.
    from core.render import STILL, exact_frames

    return exact_frames(problem, STILL)


@st.cache_resource(max_entries=32, show_spinner=False)
def target_frames(problem: Problem) -> Frames:
    """The target's density at all times, for what has no curve."""
    from core.render import STILL, target_frames

    return target_frames(problem, STILL)


@st.cache_resource(max_entries=1)
def warm_up() -> threading.Thread:
    """Imports the engine in the background, once, after the first picture is out."""
    thread = threading.Thread(target=importlib.import_module, args=("core.render",), daemon=True)
    thread.start()
    return thread
