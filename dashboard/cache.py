"""What the server keeps between reruns; the only place with Streamlit's caches. Every one is bounded."""

from __future__ import annotations

import math
import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st

from core import presets, serving, teleportation
from core.background import Background, Progress
from core.exact_distance import ExactDistance
from core.frames import Frames
from core.jobs.service import JobService
from core.problem import Problem, SamplingSettings, TrainingSettings
from core.reel import Transport
from core.reference.errors import NoExactFieldError, TooDearError, UnfitDensityError
from core.teleportation import EnergyGrid, Growth
from dashboard.pin_store import PinStore

if TYPE_CHECKING:
    from core.exact_pictures import ExactPictures


@st.cache_resource(max_entries=1)
def jobs() -> JobService:
    """The jobs of this server."""
    return JobService()


@st.cache_resource(max_entries=1)
def pins() -> PinStore:
    """The results that were pinned on this server."""
    return PinStore()


@st.cache_resource(max_entries=1)
def background() -> Background:
    """Long exact computations of this server, at most two at once."""
    return Background()


def exact_frames(problem: Problem, t: float, hurried: bool = False) -> tuple[Frames, bool]:
    """What is known exactly of a problem's curve, and whether that is all of it: where all times take a while, only the moment t at
    first; where even that does, both ends.

    It does not depend on how the curve would be trained. Beyond the plane, where no curve is known, both ends are all there is.

    Args:
        problem: the curve.
        t: that moment.
        hurried: whether it is wanted in a blink, as while a slider moves.

    Raises:
        NoExactFieldError: nothing is known.
        TooDearError: it would take too much memory or time.
    """
    problem = _untrained(problem)
    if (stored := _preset(problem)) is not None:
        return stored, True
    try:
        exact = _exact(problem)
    except (UnfitDensityError, TooDearError):
        raise
    except NoExactFieldError:
        if (ends := end_frames(problem)) is not None:
            return ends, True
        raise
    # On the line all times take little longer than one.
    if exact.is_complete or (not exact.is_slow and (not hurried or problem.target.dim == 1)):
        return exact.solve(), True
    if hurried:
        exact.check_preview()
    elif exact.is_moment_slow and (ends := end_frames(problem)) is not None:
        return ends, False
    return exact.moment(t), False


@st.cache_resource(max_entries=32, show_spinner=False)
def end_frames(problem: Problem) -> Frames | None:
    """The exact densities of the first two coordinates at t = 0 and t = 1; None where they are not known."""
    serving.load()
    from core.exact_pictures import known_ends
    from core.render import STILL

    return known_ends(problem, STILL)


@st.cache_resource(max_entries=24, show_spinner=False)
def trained_earlier(problem: Problem) -> presets.Stored | None:
    """The run that was trained earlier for exactly this problem."""
    return presets.learned(problem)


def complete(problem: Problem) -> None:
    """Computes what `exact_frames` has left out, at once."""
    _exact(_untrained(problem)).solve()


def completing(problem: Problem) -> Progress:
    """How far the same is in the background, where it begins with the first look and ends soon after the last."""
    exact = _exact(_untrained(problem))
    return Progress(1.0, "done") if exact.is_complete else background().look(exact.token, exact.solve)


def transport(problem: Problem) -> Transport | None:
    """W₂² of the ends beyond the line; None while it is computed, and on the line, where the player computes it.

    It never loads the engine: the first picture does not wait for it.
    """
    if problem.target.dim == 1:
        return None
    distance = _distance(_ends(problem))
    if serving.is_loaded():
        distance.solve_if_quick()
    return distance.found


def transporting(problem: Problem) -> Progress:
    """How far it is in the background, where it begins with the first look."""
    distance = _distance(_ends(problem))
    if problem.target.dim == 1 or distance.found is not None:
        return Progress(1.0, "done")
    return background().look(distance.token, distance.solve)


@st.cache_resource(max_entries=64, show_spinner=False)
def _distance(ends: Problem) -> ExactDistance:
    return ExactDistance(ends)


def _ends(problem: Problem) -> Problem:
    """The same ends, whatever curve joins them; a Laplace latent is on the line only."""
    return Problem(problem.target, sigma=problem.sigma, center=problem.center)


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
    from core.exact_pictures import ExactPictures
    from core.render import MOVING, STILL

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
