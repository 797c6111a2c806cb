"""What the server keeps between reruns; the only place with Streamlit's caches. Every one is bounded."""

from __future__ import annotations

import math
import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st

from core import presets, serving, teleportation
from core.frames import Frames
from core.jobs.service import JobService
from core.problem import Problem, SamplingSettings, TrainingSettings
from core.teleportation import EnergyGrid, Growth
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
    if (stored := _preset(problem)) is not None:
        return stored, True
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
    return math.nan if _preset(problem) is not None else _exact(problem).uncertainty


def _untrained(problem: Problem) -> Problem:
    """What is exact does not depend on training, and of a learned curve it is the linear one that training starts from."""
    name = "linear" if problem.interpolation == "learned" else problem.interpolation
    return replace(problem, interpolation=name, training=TrainingSettings(), sampling=SamplingSettings())


def _preset(problem: Problem) -> Frames | None:
    # The problems that are not kept shall not push those that are out of the cache.
    return _read_preset(problem) if presets.path(problem).exists() else None


@st.cache_resource(max_entries=8, show_spinner=False)
def _read_preset(problem: Problem) -> Frames | None:
    return presets.exact(problem)


@st.cache_resource(
    max_entries=1, show_spinner="The saved record is missing; computing it anew, for about a minute …"
)
def growth() -> Growth:
    """How the curves' energies grow as modes separate: the saved record, or else computed here."""
    if (kept := presets.growth()) is not None:
        return kept
    serving.load()
    return teleportation.growth()


@st.cache_resource(
    max_entries=8, show_spinner="The saved record is missing; computing it anew, for about a minute …"
)
def energy_grid(target: str) -> EnergyGrid:
    """The energies in the plane over σ and mode separation: the saved record, or else computed here."""
    if (kept := presets.energy_grid(target)) is not None:
        return kept
    serving.load()
    return teleportation.energy_grid(teleportation.PLANE_TARGETS[target])


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
