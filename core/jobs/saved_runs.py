"""Convert runs of a service to results in the run store, and back."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import cast

from core.budget import Budget
from core.jobs.messages import MOST_CHECKPOINT_BYTES
from core.jobs.request import KINDS, MOST_SAMPLES, MOST_SECONDS, Kind, Request, checked_kind
from core.jobs.view import EssPoint, JobView, Picture
from core.pictures.frames import Frames
from core.sampling.methods import FORMER
from core.status import COMPLETE, RUNNING
from core.store.course import Course, Fact
from core.store.errors import DamagedError
from core.store.folder import EXACT, PICTURE
from core.store.records import TRAINING, Result, RunStatus, StoredRun
from core.store.store import Store

# Name of the fact in which a saved correction keeps the digest of the trained curve whose samples it corrects.
CURVE = "curve_digest"
FEWEST_SAMPLES, DEFAULT_SAMPLES, SHORTEST = 10, 2000, 0.1


def kind_in_store(kind: Kind) -> str:
    """The store's name for the kind of a request."""
    return TRAINING if kind == "train" else kind


def result_of(view: JobView) -> Result:
    """The result of a run so far, for the store."""
    request, picture = view.request, view.picture
    calls = {name: view.facts.get(name) for name in ("energy_calls", "gradient_calls")}
    status = "training" if view.status in RUNNING else view.status
    return Result(
        request.problem,
        cast("RunStatus", status),
        seconds=view.seconds,
        steps=view.step,
        report=None if picture is None else picture.report,
        kind=kind_in_store(request.kind),
        budget_seconds=request.budget.seconds,
        num_samples=request.num_samples,
        **calls,
    )


def course_of(view: JobView, pictures: Sequence[tuple[int, int, float]]) -> Course:
    """The course of a run so far.

    Args:
        view: the run.
        pictures: number, steps and seconds of the pictures in the store.
    """
    plain: dict[str, Fact] = {
        name: value for name, value in view.facts.items() if isinstance(value, (int, float, str))
    }
    if view.request.kind == "corrected":
        plain[CURVE] = view.request.curve_digest
    ess = tuple((point.seconds, point.fraction, point.num_samples) for point in view.ess)
    return Course(plain, view.curve, ess, view.error, tuple(pictures))


def can_be_shown(run: StoredRun) -> bool:
    """Whether a page can show a run of this kind."""
    return run.result.kind in (TRAINING, *KINDS, *FORMER)


def is_correction_of(view: JobView, checkpoint: bytes) -> bool:
    """Whether a run has corrected the samples of this trained curve. Of a saved run, only the digest of this curve is stored."""
    request = view.request
    own = request.curve_digest or view.facts.get(CURVE)
    return request.kind == "corrected" and own == replace(request, checkpoint=checkpoint).curve_digest


def request_of(run: StoredRun) -> Request:
    """The request of a saved run. Runs of the command line may exceed a service's limits on budget and samples; such values are reduced to
    the limits.

    Raises:
        ValueError: no service can compute a run of this kind.
    """
    result = run.result
    seconds = min(max(result.budget_seconds or result.seconds, SHORTEST), MOST_SECONDS)
    num_samples = min(max(result.num_samples or DEFAULT_SAMPLES, FEWEST_SAMPLES), MOST_SAMPLES)
    kind = checked_kind("train" if result.kind == TRAINING else result.kind)
    return Request(result.problem, kind, Budget(seconds=seconds), num_samples)


def view_of(store: Store, run: StoredRun) -> JobView:
    """The view of a saved run, as its viewers saw it.

    Raises:
        StoreError: one of its files is damaged or cannot be read.
        ValueError: no service can compute a run of this kind.
    """
    result, course, request = run.result, store.course(run.id), request_of(run)
    facts = {**course.facts, "energy_calls": result.energy_calls, "gradient_calls": result.gradient_calls}
    return JobView(
        request,
        status=result.status,
        step=result.steps,
        seconds=result.seconds,
        progress=request.budget.progress(result.seconds, result.steps),
        facts={name: value for name, value in facts.items() if value is not None},
        curve=course.curve,
        ess=tuple(EssPoint(*point) for point in course.ess),
        picture=_picture(store, run, course),
        checkpoint=_trained(store, run) if result.status in (*COMPLETE, "stopped", "diverged") else b"",
        error=_interruption(result) if result.status == "interrupted" else course.error,
    )


def is_early(status: str) -> bool:
    """Whether a run with this status ended early and can be resumed."""
    return status in ("failed", "interrupted", "stopped")


def _trained(store: Store, run: StoredRun) -> bytes:
    """The trained curve of an ended run; empty if there is none, or if its networks are very large."""
    content = store.packed_checkpoint(run.id) or b""
    return content if len(content) <= MOST_CHECKPOINT_BYTES else b""


def pictures_of(store: Store, run: StoredRun) -> list[tuple[Frames, int, float]]:
    """The pictures that were saved during a run, oldest first, each with its steps and seconds; damaged ones are left out."""
    found = list[tuple[Frames, int, float]]()
    for number, step, seconds in store.course(run.id).pictures:
        with suppress(DamagedError):
            if (frames := store.picture(run.id, PICTURE.format(number))) is not None:
                found.append((frames, step, seconds))
    return found


def _interruption(result: Result) -> str:
    steps = f"{result.steps} step{'' if result.steps == 1 else 's'}"
    return (
        f"The server stopped before this run ended. Saved: {steps}."
        if result.steps
        else "The server stopped before this run had saved its first checkpoint."
    )


def _picture(store: Store, run: StoredRun, course: Course) -> Picture | None:
    """The newest picture of a saved run; None if it has none, or no report."""
    result = run.result
    if result.report is None:
        return None
    frames = store.frames(run.id)
    if frames is not None:
        exact = store.picture(run.id, EXACT)
        return Picture(frames, result.report, result.steps, result.seconds, exact)
    # An interrupted run has no final picture, only those that were saved together with its checkpoints.
    for number, step, seconds in reversed(course.pictures):
        if (frames := store.picture(run.id, PICTURE.format(number))) is not None:
            return Picture(frames, result.report, step, seconds)
    return None
