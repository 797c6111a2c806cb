"""What the server keeps between reruns; the only place with Streamlit's caches. Every one is bounded."""

from __future__ import annotations

import math
import threading
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from core import presets, serving
from core.frames import Frames
from core.jobs.service import JobService
from core.problem import Problem, SamplingSettings, TrainingSettings
from dashboard.pin_store import PinStore

if TYPE_CHECKING:
    from core.render import ExactPictures


@st.cache_resource(max_entries=1)
def jobs() -> JobService:
    """The jobs of this server."""
    return JobService()


@st.cache_resource(max_entries=1)
def pins() -> PinStore:
    """The results that were pinned on this server."""
    return PinStore()


def exact_frames(problem: Problem, t: float, hurried: bool = False) -> tuple[Frames, bool]:
    """What is known exactly of a problem's curve, and whether that is all of it: where it takes a while, only the moment t at first.

    It does not depend on how the curve would be trained.

    Raises:
        NoExactFieldError: nothing is known.
    """
    problem = _untrained(problem)
    stored = presets.path(problem)
    if stored.exists():
        return _preset(stored), True
    exact = _exact(problem)
    return (exact.frames, True) if exact.is_at_hand(hurried) else (exact.moment(t), False)


@st.cache_resource(max_entries=24, show_spinner=False)
def trained_earlier(problem: Problem) -> presets.Stored | None:
    """The run that was trained earlier for exactly this problem."""
    return presets.learned(problem)


def complete(problem: Problem) -> None:
    """Solves for what `exact_frames` has left out."""
    _ = _exact(_untrained(problem)).frames


def uncertainty(problem: Problem) -> float:
    """By what share the kinetic energy of what `exact_frames` tells may be off; NaN where that is not known, or was not solved for here."""
    problem = _untrained(problem)
    return math.nan if presets.path(problem).exists() else _exact(problem).uncertainty


def _untrained(problem: Problem) -> Problem:
    """What is exact does not depend on training, and of a learned curve it is the linear one that training starts from."""
    name = "linear" if problem.interpolation == "learned" else problem.interpolation
    return replace(problem, interpolation=name, training=TrainingSettings(), sampling=SamplingSettings())


@st.cache_resource(max_entries=8, show_spinner=False)
def _preset(path: Path) -> Frames:
    return Frames.load(path)


@st.cache_resource(max_entries=32, show_spinner=False)
def _exact(problem: Problem) -> ExactPictures:
    serving.load()
    from core.render import MOVING, STILL, ExactPictures

    return ExactPictures(problem, MOVING if problem.target.dim == 1 else STILL)


@st.cache_resource(max_entries=200, show_spinner=False)
def curve_on_the_line(problem: Problem) -> Frames:
    """The exact frames of a curve on the line, fine in time."""
    serving.load()
    from core.render import LECTURE, exact_frames

    return exact_frames(problem, LECTURE)


@st.cache_resource(max_entries=32, show_spinner=False)
def target_frames(problem: Problem) -> Frames:
    """The target's density at all times, for what has no curve."""
    serving.load()
    from core.render import STILL, target_frames

    return target_frames(problem, STILL)


@st.cache_resource(max_entries=1)
def warm_up() -> threading.Thread:
    """Imports the engine in the background, once, after the first picture is out; then a worker does the same."""
    service = jobs()

    def load() -> None:
        serving.load()
        service.prepare()

    thread = threading.Thread(target=load, daemon=True)
    thread.start()
    return thread
