"""Jobs: their messages, their requests and the worker process."""

from __future__ import annotations

import io
import json
import math
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from core.budget import Budget
from core.frames import Frames
from core.interpolations.smoothed_energy import MOST_POINTS
from core.interpolations.survey import NUM_ENERGIES
from core.jobs import failures, states, wire
from core.jobs import worker as room
from core.jobs.request import MOST_SAMPLES, MOST_SECONDS, Request
from core.problem import INTERPOLATIONS, Problem, TargetSpec
from core.render import FINE
from core.report import Report
from core.training import loop
from tests.workers import LINE, LONG, SHORT, TINY, messages, start, tell

# Messages


@pytest.mark.parametrize("body", [b"", b"\n\n{}", bytes(1000)])
def test_messages_survive_the_wire(body: bytes) -> None:
    stream = io.BytesIO()
    sent = [wire.Message("progress", {"step": 3, "loss": math.nan}, body, 2), wire.Message("end", {})]
    for message in sent:
        wire.write(stream, message)
    stream.seek(0)
    first, second = wire.read(stream), wire.read(stream)
    assert first is not None
    assert (first.kind, first.data["step"], first.body, first.run) == ("progress", 3, body, 2)
    assert math.isnan(first.data["loss"])
    assert second == sent[1]
    assert wire.read(stream) is None


@pytest.mark.parametrize("length", [0, 5, 40, -1])
def test_a_stream_that_breaks_off_has_ended(length: int) -> None:
    stream = io.BytesIO()
    wire.write(stream, wire.Message("picture", {"step": 1}, b"0123456789"))
    assert wire.read(io.BytesIO(stream.getvalue()[:length])) is None


@pytest.mark.parametrize("size", [-1, wire.MOST_BYTES + 1])
def test_a_size_that_is_not_to_be_believed_is_refused(size: int) -> None:
    head = json.dumps({"kind": "end", "data": {}, "size": size}).encode() + b"\n"
    with pytest.raises(ValueError, match=str(size)):
        wire.read(io.BytesIO(head))


# Requests


@pytest.mark.parametrize("method", ["train", "langevin"])
def test_requests_survive_json(method: str) -> None:
    request = Request(LINE, method, Budget(seconds=3.5), 123)
    assert Request.from_json(request.to_json()) == request
    assert "\n" not in request.to_json()


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"method": "guess"}, "method"),
        ({"num_samples": 9}, "num_samples"),
        ({"num_samples": MOST_SAMPLES + 1}, "num_samples"),
        ({"budget": Budget(steps=3)}, "seconds"),
        ({"budget": Budget(seconds=MOST_SECONDS + 1)}, "seconds"),
    ],
    ids=lambda item: str(item)[:40],
)
def test_a_bad_request_is_named(change: dict[str, Any], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        Request(LINE, **change)


# The worker


def alone(request: Request) -> list[wire.Message]:
    """What a worker process of its own says."""
    with start() as worker:
        tell(worker, request.to_json())
        return list(messages(worker))


def here(request: Request) -> list[wire.Message]:
    """What the worker says, without the seconds that a process takes to start."""
    told: list[wire.Message] = []
    room.work_in_turns([request.to_json()], told.append, [threading.Event()])
    return told


@pytest.mark.parametrize(
    ("method", "work"), [("train", alone), ("langevin", here)], ids=["train", "langevin"]
)
def test_a_worker_tells_its_progress_a_picture_and_the_end(
    method: str, work: Callable[[Request], list[wire.Message]]
) -> None:
    told = work(Request(LINE, method, Budget(seconds=0.3), 50))
    assert [m.kind for m in told[-2:]] == ["picture", "end"]
    assert told[-1].data == {"status": "finished"}
    progress = [m.data for m in told if m.kind == "progress"]
    assert [p["status"] for p in progress[:-1]] == ["training"] * (len(progress) - 1)
    assert progress[0]["step"] == 0
    assert progress[-1]["progress"] == 1.0
    if method == "train":
        calls = [p["energy_calls"] for p in progress]
        assert calls == sorted(calls)
        # The clock's, and the grid of the energy that the network sees.
        assert NUM_ENERGIES < calls[0] <= NUM_ENERGIES + MOST_POINTS[0]
        assert calls[-1] >= NUM_ENERGIES + TINY.num_points(1) * progress[-1]["step"]
    picture = told[-2]
    frames, report = Frames.unpack(picture.body), Report.from_dict(picture.data["report"])
    assert len(frames.samples) == report.num_samples == 50
    assert frames.source == ("learned" if method == "train" else "chains")
    assert frames.log_weight is not None
    assert np.isfinite(frames.log_weight).all() == (method == "train")
    if method == "langevin":
        assert progress[-1]["energy_calls"] == 50 * (progress[-1]["step"] + 1)


def test_samples_come_with_all_their_coordinates() -> None:
    many = Problem(TargetSpec.of("many_well", dim=4), training=TINY)
    picture = here(Request(many, "langevin", Budget(seconds=0.1), 20))[-2]
    frames = Frames.unpack(picture.body)
    assert frames.samples.shape == (20, 4)
    assert frames.samples.dtype == np.float64


def test_a_worker_that_is_told_to_stop_sends_a_last_picture() -> None:
    with start() as worker:
        tell(worker, LONG.to_json())
        told = messages(worker)
        next(told)
        tell(worker, "stop 0")
        before = time.monotonic()
        rest = list(told)
        assert time.monotonic() - before < 10
    assert [m.kind for m in rest[-2:]] == ["picture", "end"]
    assert rest[-1].data == {"status": "stopped"}


def test_runs_in_turns_are_each_what_they_are_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """But for the seconds: a run knows nothing of the others."""
    monkeypatch.setattr(loop, "SNAPSHOT_SECONDS", 0.0)
    monkeypatch.setattr(Budget, "progress", lambda *_: 0.0)
    requests = [replace(LONG, problem=replace(LINE, interpolation=name)) for name in INTERPOLATIONS]

    def losses(*lines: str) -> dict[int, list[float]]:
        told: list[wire.Message] = []
        stops = [threading.Event() for _ in lines]

        def send(message: wire.Message) -> None:
            told.append(message)
            if message.kind == "progress" and message.data["step"] >= 3:
                stops[message.run].set()

        room.work_in_turns(lines, send, stops)
        return {
            run: [m.data["loss"] for m in told if (m.run, m.kind) == (run, "progress")][1:4]
            for run in range(len(lines))
        }

    together = losses(*(request.to_json() for request in requests))
    assert together == {i: losses(request.to_json())[0] for i, request in enumerate(requests)}


def test_a_run_that_fails_leaves_the_others_alone() -> None:
    told: list[wire.Message] = []
    well = room.work_in_turns(["{}", SHORT.to_json()], told.append, [threading.Event(), threading.Event()])
    ends = {message.run: message.data["status"] for message in told if message.kind == "end"}
    assert ends == {0: "failed", 1: "finished"}
    assert not well


def test_a_worker_takes_one_run_after_another() -> None:
    with start() as worker:
        ends = []
        for _ in range(2):
            tell(worker, SHORT.to_json())
            ends.append(next(m for m in messages(worker) if m.kind == "end").data)
            tell(worker, "stop 0")  # too late for this run, and not meant for the next
        assert ends == [{"status": "finished"}] * 2
        assert worker.stdin is not None
        worker.stdin.close()
        assert worker.wait(timeout=5) == 0


def test_a_worker_dies_when_its_owner_is_gone() -> None:
    with start() as worker:
        tell(worker, LONG.to_json())
        next(messages(worker))
        assert worker.stdin is not None
        worker.stdin.close()
        assert worker.wait(timeout=5) == 0


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (RuntimeError("no such\nthing"), "an error that was not expected: RuntimeError: no such."),
        (KeyError("x"), "an error that was not expected: KeyError: 'x'."),
        (ZeroDivisionError(), "an error that was not expected: ZeroDivisionError."),
        (ValueError("`sigma` must be positive."), "`sigma` must be positive."),
        (MemoryError(), "more memory than there is"),
        (RuntimeError("[enforce fail] DefaultCPUAllocator: not enough memory: you tried"), "more memory"),
        (OSError(12, "Cannot allocate memory"), "more memory than there is"),
    ],
    ids=repr,
)
def test_an_error_is_told_in_one_sentence(error: Exception, said: str) -> None:
    sentence = failures.of_error(error)
    assert said in sentence
    assert "\n" not in sentence
    assert sentence.endswith(".")
    assert not sentence.endswith("..")


def test_a_worker_without_memory_says_so_and_no_more() -> None:
    code = "import core.jobs.worker as w\ndef work(*_): yield w.torch.empty(2**55)\nw.work = work; w.main()"
    with start(code=code) as worker:
        tell(worker, SHORT.to_json())
        told = list(messages(worker))
    assert [m.data["status"] for m in told] == ["failed"]
    assert "more memory than there is" in told[0].data["error"]


@pytest.mark.parametrize("interpolation", ["linear", "learned"])
def test_a_run_that_converges_ends_as_one_that_has_used_its_budget(
    interpolation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    train = states.train

    def converging(problem: Problem, budget: Budget) -> Iterator[Any]:
        """Training that says at its first step that it has converged."""
        first, second = islice(train(problem, budget), 2)
        end = {"status": "converged", "reason": "The loss stands still."}
        yield from (first, SimpleNamespace(**{**vars(second), **end}))

    monkeypatch.setattr(states, "train", converging)
    monkeypatch.setattr(room, "PICTURE_SECONDS", 60.0)
    told = here(replace(LONG, problem=replace(LINE, interpolation=interpolation)))
    assert [m.kind for m in told if m.kind != "progress"] == [
        "picture",
        *(["exact"] if interpolation == "learned" else []),
        "end",
    ]
    assert told[-1].data == {"status": "converged"}
    last = next(m for m in told if m.kind == "picture")
    assert (last.data["reason"], last.data["report"]["num_samples"]) == ("The loss stands still.", 50)
    assert len(Frames.unpack(last.body).times) == FINE.num_times


def test_a_worker_that_gets_no_request_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """In this process, which stays as nice as it is, and alive."""
    output = io.BytesIO()
    monkeypatch.setattr(room.os, "nice", lambda more: 0)
    monkeypatch.setattr(room.os, "_exit", lambda code: None)
    monkeypatch.setattr(room.processes, "NUM_THREADS", torch.get_num_threads())
    monkeypatch.setattr(sys, "stdin", io.StringIO("{}\n"))
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(output))
    room.main()
    output.seek(0)
    told = wire.read(output)
    assert told is not None
    assert told.data["status"] == "failed"
    assert told.data["error"]
    assert wire.read(output) is None
