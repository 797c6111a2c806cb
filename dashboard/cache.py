"""Values that all sessions of the server share. This is the only module that uses Streamlit's caches, and each has a maximum size."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import streamlit as st

from core import presets, teleportation
from core.jobs.recorder import Recorder
from core.jobs.saved_runs import pictures_of, view_of
from core.jobs.service import JobService
from core.jobs.view import JobView
from core.mode_weights import ModeWeights
from core.pictures.frames import Frames
from core.problem import Problem, SamplingSettings, TrainingSettings
from core.reference.errors import NoExactFieldError, TooDearError, UnfitDensityError
from core.reference.exact_distance import ExactDistance, Transport
from core.store.place import OpenStore
from core.store.records import StoredRun
from core.sweep.background import Studies
from core.teleportation import EnergyGrid, Growth
from dashboard import engine
from dashboard.background import Background, Progress

# Seconds that a page waits for another process to finish writing to the run store.
PAGE_BUSY_SECONDS = 1.0

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from core.pictures.exact_pictures import ExactPictures
    from dashboard.figures.palette import Theme

# The text of a problem is its key in the caches. By default, Streamlit would hash every number in the problem at each call.
_BY_PROBLEM: dict[str | type[Any], Callable[[Any], Any]] = {Problem: repr}


@st.cache_resource(max_entries=1)
def jobs() -> JobService:
    """The job service of this server."""
    return JobService(recorder=Recorder(OpenStore()))


@st.cache_resource(max_entries=1)
def run_store() -> OpenStore:
    """The function that opens the run store for pages, which wait only briefly for a process that is writing."""
    return OpenStore(PAGE_BUSY_SECONDS)


@st.cache_resource(max_entries=1)
def studies() -> Studies:
    """The studies that run on this server."""
    return Studies(jobs(), OpenStore())


def saved_view(run: StoredRun) -> JobView | None:
    """A saved run in the form in which pages show running ones; None if its files are damaged or no page can show its kind."""
    try:
        return _saved_view(run.id, (run.result.status, run.result.steps, run.ended, run.size), run)
    except ValueError:
        return None


@st.cache_resource(max_entries=6, show_spinner=False)
def saved_pictures(run_id: str) -> list[tuple[Frames, int, float]]:
    """The pictures that were saved during an ended run, each with its steps and seconds; empty if they cannot be read."""
    try:
        store = run_store()()
        return pictures_of(store, store.run(run_id))
    except ValueError:
        return []


@st.cache_resource(max_entries=24, show_spinner=False)
def _saved_view(run_id: str, state: tuple[object, ...], _run: StoredRun) -> JobView:
    return view_of(run_store()(), _run)


@st.cache_resource(max_entries=1)
def background() -> Background:
    """The background computations of this server, at most two at once."""
    return Background()


def exact_frames(problem: Problem, t: float, for_preview: bool = False) -> tuple[Frames, bool]:
    """The exact frames of a problem's curve that are available at once, and whether they are complete.

    If all frames would take too long, only the frame at time t is available at once; if that takes too long, those at t = 0 and t = 1.
    In more than two dimensions only the frames at t = 0 and t = 1 exist. Training settings do not matter.

    Args:
        problem: the problem; if its curve is the learned one, the frames are those of the linear curve, from which training starts.
        t: time of the single frame, in [0, 1].
        for_preview: whether the frames are for a preview while a slider moves, which must be fast.

    Raises:
        NoExactFieldError: no exact solution exists.
        TooDearError: the solution would take too much memory or time.
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
    # In one dimension, computing all frames takes little longer than computing one.
    if exact.is_complete or (not exact.is_slow and (not for_preview or problem.target.dim == 1)):
        return exact.solve(), True
    if for_preview:
        exact.check_preview()
    elif exact.is_moment_slow and (ends := end_frames(problem)) is not None:
        return ends, False
    return exact.moment(t), False


@st.cache_resource(max_entries=32, show_spinner=False, hash_funcs=_BY_PROBLEM)
def end_frames(problem: Problem) -> Frames | None:
    """The exact densities of the first two coordinates at t = 0 and t = 1; None where no closed form exists."""
    engine.load()
    from core.pictures.exact_pictures import known_ends
    from core.pictures.render import STILL

    return known_ends(problem, STILL)


@st.cache_resource(max_entries=24, show_spinner=False, hash_funcs=_BY_PROBLEM)
def trained_earlier(problem: Problem) -> presets.Stored | None:
    """The saved run for exactly this problem; None where there is none."""
    return presets.learned(problem)


def complete(problem: Problem) -> None:
    """Compute the frames that `exact_frames` left out; returns when all are complete."""
    _exact(_untrained(problem)).solve()


def completing(problem: Problem) -> Progress:
    """Run `complete` in the background; returns its progress. The first call starts it, and it is cancelled soon after the last call."""
    exact = _exact(_untrained(problem))
    return Progress(1.0, "done") if exact.is_complete else background().look(exact.token, exact.solve)


def transport(problem: Problem) -> Transport | None:
    """W₂² between latent and target; None until it is computed. In one dimension always None, since the browser computes it.

    This function never loads the engine, so that it does not delay the first picture.
    """
    if problem.target.dim == 1:
        return None
    distance = _distance(_ends(problem))
    if engine.is_loaded():
        distance.solve_if_quick()
    return distance.found


def transporting(problem: Problem) -> Progress:
    """Compute W₂² for `transport` in the background; returns the progress. The first call starts the computation."""
    distance = _distance(_ends(problem))
    if problem.target.dim == 1 or distance.found is not None:
        return Progress(1.0, "done")
    return background().look(distance.token, distance.solve)


@st.cache_resource(max_entries=64, show_spinner=False, hash_funcs=_BY_PROBLEM)
def _distance(ends: Problem) -> ExactDistance:
    return ExactDistance(ends)


def _ends(problem: Problem) -> Problem:
    """The problem with its target and latent, and defaults for all else. The latent is Gaussian: Laplace latents exist on the line only."""
    return Problem(problem.target, sigma=problem.sigma, center=problem.center)


def uncertainty(problem: Problem) -> float:
    """Relative uncertainty of the kinetic energy in `exact_frames`; NaN if it is unknown, or if the frames were read from a saved file."""
    problem = _untrained(problem)
    return math.nan if _preset(problem) is not None else _exact(problem).uncertainty


def _untrained(problem: Problem) -> Problem:
    """The problem with default training and sampling settings; a learned curve becomes the linear curve it starts from."""
    name = "linear" if problem.interpolation == "learned" else problem.interpolation
    return replace(problem, interpolation=name, training=TrainingSettings(), sampling=SamplingSettings())


def _preset(problem: Problem) -> Frames | None:
    # A missing file is not cached, so that it does not push the frames of existing files out of the small cache.
    return _read_preset(problem) if presets.path(problem).exists() else None


@st.cache_resource(max_entries=8, show_spinner=False, hash_funcs=_BY_PROBLEM)
def _read_preset(problem: Problem) -> Frames | None:
    return presets.exact(problem)


@st.cache_resource(
    max_entries=1,
    show_spinner="The saved values of these charts are missing. Computing them takes about a minute …",
)
def growth() -> Growth:
    """Growth of kinetic energy and action with the mode separation. Read from the saved record; computed if that is missing."""
    if (kept := presets.growth()) is not None:
        return kept
    engine.load()
    return teleportation.growth()


@st.cache_resource(
    max_entries=8,
    show_spinner="The saved values of these charts are missing. Computing them takes about a minute …",
)
def energy_grid(target: str) -> EnergyGrid:
    """Kinetic energies in the plane over σ and mode separation. Read from the saved record; computed if that is missing."""
    if (kept := presets.energy_grid(target)) is not None:
        return kept
    engine.load()
    return teleportation.energy_grid(teleportation.PLANE_TARGETS[target])


@st.cache_resource(max_entries=1, show_spinner=False)
def mode_weights() -> ModeWeights | None:
    """The saved record of how much of a far mode's weight trained curves recover; None if it is missing (computing it takes minutes)."""
    return presets.mode_weights()


def energy_figure(record: EnergyGrid, names: Mapping[str, str], theme: Theme) -> go.Figure:
    """The figure of a record from `energy_grid`. It is cached, since building it takes longer than drawing the rest of its page."""
    return _energy_figure(record, dict(names), theme)[1]


@st.cache_resource(max_entries=8, show_spinner=False, hash_funcs={EnergyGrid: id})
def _energy_figure(record: EnergyGrid, names: dict[str, str], theme: Theme) -> tuple[EnergyGrid, go.Figure]:
    from dashboard.figures import teleportation as figures

    # The cache keeps the record alive, so no other record can get the same id.
    return record, figures.energy_grid(record, names, theme)


@st.cache_resource(max_entries=32, show_spinner=False, hash_funcs=_BY_PROBLEM)
def _exact(problem: Problem) -> ExactPictures:
    engine.load()
    from core.pictures.exact_pictures import ExactPictures
    from core.pictures.render import MOVING, STILL

    return ExactPictures(problem, MOVING if problem.target.dim == 1 else STILL)


@st.cache_resource(max_entries=200, show_spinner=False, hash_funcs=_BY_PROBLEM)
def curve_on_the_line(problem: Problem) -> Frames:
    """The exact frames of a curve on the line, at many times."""
    engine.load()
    from core.pictures.render import LECTURE, exact_frames

    return exact_frames(problem, LECTURE)


@st.cache_resource(max_entries=32, show_spinner=False, hash_funcs=_BY_PROBLEM)
def target_frames(problem: Problem) -> Frames:
    """Frames that show the target's density at all times, for a method without a curve."""
    engine.load()
    from core.pictures.render import STILL, target_frames

    return target_frames(problem, STILL)


@st.cache_resource(max_entries=1)
def warm_up() -> threading.Thread:
    """Import the engine in a background thread, then prepare a worker; happens only once. Call this after the first picture is drawn."""
    service = jobs()

    def load() -> None:
        engine.load()
        service.prepare()

    thread = threading.Thread(target=load, daemon=True)
    thread.start()
    return thread
