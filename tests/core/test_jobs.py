"""Jobs: messages, requests and the worker process."""

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
from core.interpolations.smoothed_energy import MOST_POINTS
from core.interpolations.survey import NUM_ENERGIES
from core.jobs import failures, states, wire
from core.jobs import worker as worker_module
from core.jobs.request import KINDS, MOST_SAMPLES, MOST_SECONDS, Kind, Request
from core.pictures.frames import Frames
from core.pictures.render import FINE
from core.problem import INTERPOLATIONS, Problem, TargetSpec
from core.results.report import Report
from core.results.sampler_pictures import Trail
from core.sampling.methods import METHODS
from core.sampling.moment import Moment
from core.training import loop
from tests.workers import LINE, LONG, SHORT, TINY, messages, send_line, start

# Messages


@pytest.mark.parametrize("body", [b"", b"\n\n{}", bytes(1000)])
def test_message_read_equals_message_written(body: bytes) -> None:
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
def test_truncated_stream_reads_as_ended(length: int) -> None:
    stream = io.BytesIO()
    wire.write(stream, wire.Message("picture", {"step": 1}, b"0123456789"))
    assert wire.read(io.BytesIO(stream.getvalue()[:length])) is None


@pytest.mark.parametrize("size", [-1, wire.MOST_BYTES + 1])
def test_message_size_outside_its_limits_is_refused(size: int) -> None:
    head = json.dumps({"kind": "end", "data": {}, "size": size}).encode() + b"\n"
    with pytest.raises(ValueError, match=str(size)):
        wire.read(io.BytesIO(head))


# Requests


@pytest.mark.parametrize("kind", ["train", "smc"])
def test_request_round_trips_through_json(kind: Kind) -> None:
    request = Request(LINE, kind, Budget(seconds=3.5), 123, b"\x00curve")
    assert Request.from_json(request.to_json()) == request
    assert "\n" not in request.to_json()


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"kind": "guess"}, "kind"),
        ({"num_samples": 9}, "num_samples"),
        ({"num_samples": MOST_SAMPLES + 1}, "num_samples"),
        ({"budget": Budget(steps=3)}, "seconds"),
        ({"budget": Budget(seconds=MOST_SECONDS + 1)}, "seconds"),
    ],
    ids=lambda item: str(item)[:40],
)
def test_invalid_request_names_the_field(change: dict[str, Any], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        Request(LINE, **change)


def test_former_name_of_a_kind_still_works() -> None:
    assert Request(LINE, "langevin").kind == "mala"  # type: ignore[arg-type]


def test_kinds_are_training_and_all_samplers() -> None:
    assert ("train", *METHODS) == KINDS


# The worker


def alone(request: Request) -> list[wire.Message]:
    """The messages of a separate worker process."""
    with start() as worker:
        send_line(worker, request.to_json())
        return list(messages(worker))


def here(request: Request) -> list[wire.Message]:
    """The messages of a worker in this process, which saves the time to start another process."""
    sent: list[wire.Message] = []
    worker_module.work_in_turns([request.to_json()], sent.append, [threading.Event()])
    return sent


@pytest.mark.thorough
@pytest.mark.parametrize(("kind", "work"), [("train", alone), ("mala", here)], ids=["train", "mala"])
def test_worker_sends_progress_a_picture_and_an_end(
    kind: Kind, work: Callable[[Request], list[wire.Message]]
) -> None:
    sent = work(Request(LINE, kind, Budget(seconds=0.3), 50))
    last = [m.kind for m in sent if m.kind != "progress"][-3:]
    assert last[last.index("picture") :] == ["picture", *["checkpoint"] * (kind == "train"), "end"]
    assert sent[-1].data == {"status": "finished"}
    progress = [m.data for m in sent if m.kind == "progress"]
    assert [p["status"] for p in progress[:-1]] == ["training"] * (len(progress) - 1)
    assert progress[0]["step"] == (0 if kind == "train" else 1)
    assert progress[-1]["progress"] == 1.0
    if kind == "train":
        calls = [p["energy_calls"] for p in progress]
        assert calls == sorted(calls)
        # Energies are also computed before training, for the curve's clock and for the grid of the smoothed energy.
        assert NUM_ENERGIES < calls[0] <= NUM_ENERGIES + MOST_POINTS[0]
        assert calls[-1] >= NUM_ENERGIES + TINY.num_points(1) * progress[-1]["step"]
    picture = [m for m in sent if m.kind == "picture"][-1]
    frames, report = Frames.unpack(picture.body), Report.from_dict(picture.data["report"])
    assert len(frames.samples) == report.num_samples == 50
    assert frames.source == ("learned" if kind == "train" else "chains")
    assert frames.log_weight is not None
    assert np.isfinite(frames.log_weight).all() == (kind == "train")
    if kind == "mala":
        assert progress[-1]["energy_calls"] == 50 * (progress[-1]["step"] + 1)


def test_samples_keep_all_coordinates_in_double_precision() -> None:
    many = Problem(TargetSpec.of("many_well", dim=4), training=TINY)
    picture = here(Request(many, "mala", Budget(seconds=0.1), 20))[-2]
    frames = Frames.unpack(picture.body)
    assert frames.samples.shape == (20, 4)
    assert frames.samples.dtype == np.float64


@pytest.mark.parametrize("kind", ["smc", "ais", "parallel_tempering", "box"])
def test_sampler_sends_its_cost_and_samples_of_equal_weight(kind: Kind) -> None:
    sent = here(Request(replace(LINE, sigma=2.0), kind, Budget(seconds=1.0), 200))
    assert sent[-1].data == {"status": "finished"}
    picture = [m for m in sent if m.kind == "picture"][-1]
    frames, report = Frames.unpack(picture.body), Report.from_dict(picture.data["report"])
    assert picture.data["energy_calls"] > 0
    assert picture.data["uses"]
    assert (frames.times[0], frames.times[-1], frames.source) == (0.0, 1.0, "chains")
    assert len(frames.samples) == report.num_samples <= 200
    assert math.isnan(report.metrics.ess_fraction)
    assert report.metrics.log_z_error == pytest.approx(0, abs=0.3)
    assert frames.log_weight is not None
    assert np.ptp(frames.log_weight) == 0


def test_correction_continues_from_the_checkpoint_of_a_run() -> None:
    trained = here(Request(LINE, budget=Budget(seconds=0.2), num_samples=50))
    (checkpoint,) = (m.body for m in trained if m.kind == "checkpoint")
    sent = here(Request(LINE, "corrected", Budget(seconds=0.5), 100, checkpoint))
    assert sent[-1].data == {"status": "finished"}
    picture = [m for m in sent if m.kind == "picture"][-1]
    assert 0 < picture.data["distinct_ancestors"] <= picture.data["particles"]
    assert Report.from_dict(picture.data["report"]).metrics.mode_tv < 0.2


def test_correction_without_a_trained_curve_fails_in_a_sentence() -> None:
    (end,) = here(Request(LINE, "corrected", Budget(seconds=0.5)))
    assert end.data["status"] == "failed"
    assert "need a trained curve" in end.data["error"]


def test_trail_shows_the_last_walk_that_reached_the_target() -> None:
    trail = Trail()

    def add(t: float, x: float) -> None:
        trail.add(Moment(0.5, "", t, lambda: torch.tensor([[x]])))

    for t, x in ((0.0, 1.0), (0.5, 2.0), (1.0, 3.0), (0.0, 4.0), (0.5, 5.0)):
        add(t, x)
    assert [(t, float(x)) for t, x in trail.places] == [(0.0, 1.0), (0.5, 2.0), (1.0, 3.0)]
    add(1.0, 6.0)
    assert [(t, float(x)) for t, x in trail.places] == [(0.0, 4.0), (0.5, 5.0), (1.0, 6.0)]


@pytest.mark.clock
def test_stopped_worker_sends_a_last_picture() -> None:
    with start() as worker:
        send_line(worker, LONG.to_json())
        sent = messages(worker)
        next(sent)
        send_line(worker, "stop 0")
        before = time.monotonic()
        rest = list(sent)
        assert time.monotonic() - before < 10
    assert [m.kind for m in rest[-3:]] == ["picture", "checkpoint", "end"]
    assert rest[-1].data == {"status": "stopped"}


@pytest.mark.thorough
def test_runs_that_take_turns_equal_runs_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """The losses are the same; only the seconds differ."""
    monkeypatch.setattr(loop, "SNAPSHOT_SECONDS", 0.0)
    monkeypatch.setattr(Budget, "progress", lambda *_: 0.0)
    requests = [replace(LONG, problem=replace(LINE, interpolation=name)) for name in INTERPOLATIONS]

    def losses(*lines: str) -> dict[int, list[float]]:
        sent: list[wire.Message] = []
        stops = [threading.Event() for _ in lines]

        def send(message: wire.Message) -> None:
            sent.append(message)
            if message.kind == "progress" and message.data["step"] >= 3:
                stops[message.run].set()

        worker_module.work_in_turns(lines, send, stops)
        return {
            run: [m.data["loss"] for m in sent if (m.run, m.kind) == (run, "progress")][1:4]
            for run in range(len(lines))
        }

    together = losses(*(request.to_json() for request in requests))
    assert together == {i: losses(request.to_json())[0] for i, request in enumerate(requests)}


def test_failed_run_does_not_affect_the_others() -> None:
    sent: list[wire.Message] = []
    completed = worker_module.work_in_turns(
        ["{}", SHORT.to_json()], sent.append, [threading.Event(), threading.Event()]
    )
    ends = {message.run: message.data["status"] for message in sent if message.kind == "end"}
    assert ends == {0: "failed", 1: "finished"}
    assert not completed


@pytest.mark.thorough
def test_worker_computes_one_run_after_another() -> None:
    with start() as worker:
        ends = []
        for _ in range(2):
            send_line(worker, SHORT.to_json())
            ends.append(next(m for m in messages(worker) if m.kind == "end").data)
            # This comes too late for the run that has ended, and must not affect the next one.
            send_line(worker, "stop 0")
        assert ends == [{"status": "finished"}] * 2
        assert worker.stdin is not None
        worker.stdin.close()
        assert worker.wait(timeout=5) == 0


@pytest.mark.thorough
def test_worker_exits_when_its_input_closes() -> None:
    with start() as worker:
        send_line(worker, LONG.to_json())
        next(messages(worker))
        assert worker.stdin is not None
        worker.stdin.close()
        assert worker.wait(timeout=5) == 0


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (RuntimeError("no such\nthing"), "an unexpected error: RuntimeError: no such."),
        (KeyError("x"), "an unexpected error: KeyError: 'x'."),
        (ZeroDivisionError(), "an unexpected error: ZeroDivisionError."),
        (ValueError("`sigma` must be positive."), "`sigma` must be positive."),
        (MemoryError(), "more memory than is available"),
        (RuntimeError("[enforce fail] DefaultCPUAllocator: not enough memory: you tried"), "more memory"),
        (OSError(12, "Cannot allocate memory"), "more memory than is available"),
    ],
    ids=repr,
)
def test_error_becomes_one_sentence(error: Exception, expected: str) -> None:
    sentence = failures.of_error(error)
    assert expected in sentence
    assert "\n" not in sentence
    assert sentence.endswith(".")
    assert not sentence.endswith("..")


@pytest.mark.thorough
def test_worker_out_of_memory_reports_only_that() -> None:
    code = "import core.jobs.worker as w\ndef work(*_): yield w.torch.empty(2**55)\nw.work = work; w.main()"
    with start(code=code) as worker:
        send_line(worker, SHORT.to_json())
        sent = list(messages(worker))
    assert [m.data["status"] for m in sent] == ["failed"]
    assert "more memory than is available" in sent[0].data["error"]


@pytest.mark.parametrize("interpolation", ["linear", "learned"])
def test_converged_run_sends_the_same_messages_as_a_finished_one(
    interpolation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    train = states.train

    def converging(problem: Problem, budget: Budget, _: object = None) -> Iterator[Any]:
        """Training that reports convergence at its first step."""
        first, second = islice(train(problem, budget), 2)
        end = {"status": "converged", "reason": "The loss stands still."}
        yield from (first, SimpleNamespace(**{**vars(second), **end}))

    monkeypatch.setattr(states, "train", converging)
    monkeypatch.setattr(worker_module, "PICTURE_SECONDS", 60.0)
    sent = here(replace(LONG, problem=replace(LINE, interpolation=interpolation)))
    assert [m.kind for m in sent if m.kind != "progress"] == [
        "picture",
        "checkpoint",
        *(["exact"] if interpolation == "learned" else []),
        "end",
    ]
    assert sent[-1].data == {"status": "converged"}
    last = next(m for m in sent if m.kind == "picture")
    assert (last.data["reason"], last.data["report"]["num_samples"]) == ("The loss stands still.", 50)
    assert len(Frames.unpack(last.body).times) == FINE.num_times


def test_worker_reports_an_invalid_request(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs in this process, so `nice` and `_exit` are replaced."""
    output = io.BytesIO()
    monkeypatch.setattr(worker_module.os, "nice", lambda more: 0)
    monkeypatch.setattr(worker_module.os, "_exit", lambda code: None)
    monkeypatch.setattr(worker_module.processes, "NUM_THREADS", torch.get_num_threads())
    monkeypatch.setattr(sys, "stdin", io.StringIO("{}\n"))
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(output))
    worker_module.main()
    output.seek(0)
    sent = wire.read(output)
    assert sent is not None
    assert sent.data["status"] == "failed"
    assert sent.data["error"]
    assert wire.read(output) is None
