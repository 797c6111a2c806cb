"""Exact frames in parts: equal to those computed together, with progress reports, cancellation and reuse."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import fields
from typing import Any

import numpy as np
import pytest

from core.interpolations.build import build_latent, build_target
from core.pictures import exact_pictures
from core.pictures.exact_pictures import ExactPictures, known_ends
from core.pictures.frames import Frames
from core.pictures.render import Detail, exact_frames
from core.problem import INTERPOLATIONS, Problem, TargetSpec
from core.reference.errors import NoExactFieldError, TooDearError
from core.targets.base import marginal
from core.targets.many_well import ManyWell

COARSE = Detail(num_times=5, line=101, plane=41, particles=50, steps=8)
LINE = TargetSpec.of("two_modes", dim=1, weights=(1.0, 3.0))
PLANE = TargetSpec.of("two_modes", mode_separation=3.0)
SPACE = TargetSpec.of("two_modes", dim=3, mode_separation=3.0)
CURVES = [
    Problem(LINE),
    Problem(PLANE),
    Problem(PLANE, "gradient_flow"),
    Problem(SPACE, "gradient_flow", center="target"),
    Problem(PLANE, "transport"),
]


class EndedError(Exception):
    """Raised by a report to cancel the work."""


def assert_same(found: Frames, expected: Frames) -> None:
    assert found.source == expected.source
    for field in fields(Frames)[1:]:
        one, other = getattr(found, field.name), getattr(expected, field.name)
        for a, b in zip(one, other, strict=True) if field.name == "axes" else [(one, other)]:
            assert (a is None) == (b is None), field.name
            if a is not None:
                np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-9, err_msg=field.name)


@pytest.mark.parametrize("problem", CURVES, ids=lambda p: f"{p.interpolation}-{p.target.dim}d")
def test_frames_in_parts_equal_frames_computed_together(
    problem: Problem, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exact_pictures, "SOON", 0.0)
    pictures, heard = ExactPictures(problem, COARSE), list[float]()
    assert_same(pictures.solve(heard.append), exact_frames(problem, COARSE))
    assert pictures.is_complete
    assert heard == sorted(heard)
    assert 0 <= heard[0] <= heard[-1] <= 1


def test_cancelled_work_resumes_where_it_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exact_pictures, "SOON", 0.0)
    pictures = ExactPictures(Problem(SPACE, "gradient_flow"), COARSE)

    def end(share: float) -> None:
        if share > 0.25:
            raise EndedError

    with pytest.raises(EndedError):
        pictures.solve(end)
    assert not pictures.is_complete
    assert len(pictures._moments) == 3
    known = dict(pictures._moments)
    pictures.solve()
    assert all(pictures._moments[i] is moment for i, moment in known.items())


def test_particles_can_be_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exact_pictures, "SOON", 0.0)
    pictures = ExactPictures(Problem(SPACE, "gradient_flow"), COARSE)

    def end(share: float) -> None:
        if share > 0.6:
            raise EndedError

    with pytest.raises(EndedError):
        pictures.solve(end)
    assert len(pictures._moments) == COARSE.num_times


@pytest.mark.parametrize("want", [ExactPictures.solve, lambda pictures: pictures.moment(0.5)])
def test_frames_wanted_by_two_threads_are_computed_once(
    want: Callable[[ExactPictures], Frames], monkeypatch: pytest.MonkeyPatch
) -> None:
    both, real = threading.Barrier(2), exact_pictures.render

    def render(*given: Any, **more: Any) -> Frames:
        with suppress(threading.BrokenBarrierError):
            both.wait(0.2)  # here, a second thread could start the same computation
        return real(*given, **more)

    monkeypatch.setattr(exact_pictures, "render", render)
    pictures = ExactPictures(Problem(LINE), COARSE)
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(want, [pictures, pictures])
    assert first is second
    assert both.broken


@pytest.mark.parametrize("target", [LINE, PLANE], ids=["line", "plane"])
def test_moment_is_the_nearest_frame(target: TargetSpec) -> None:
    pictures = ExactPictures(Problem(target), COARSE)
    moment = pictures.moment(0.55)
    assert pictures.moment(0.55) is moment
    frames = pictures.frames
    assert moment.times.tolist() == [0.5]
    assert moment.particles.shape == (1, 0, target.dim)
    np.testing.assert_allclose(moment.density[0], frames.density[2])
    np.testing.assert_allclose(moment.velocity[0], frames.velocity[2])
    np.testing.assert_allclose(moment.kinetic_energy, frames.kinetic_energy[2:3])


def test_linear_curve_is_slow_in_two_dimensions_only() -> None:
    assert ExactPictures(Problem(TargetSpec.of("ring"))).is_slow
    assert not ExactPictures(Problem(LINE)).is_slow


def test_preview_that_takes_too_long_is_refused() -> None:
    means = tuple(tuple(float((k * i) % 7) for i in range(64)) for k in range(400))
    pictures = ExactPictures(Problem(TargetSpec.of("mixture", means=means), "gradient_flow"), COARSE)
    with pytest.raises(TooDearError, match="A preview of the exact gradient flow of 400 modes"):
        pictures.check_preview()
    ExactPictures(Problem(PLANE, "gradient_flow"), COARSE).check_preview()


def cell(frames: Frames) -> float:
    return float(np.prod([axis[1] - axis[0] for axis in frames.axes]))


@pytest.mark.parametrize("interpolation", INTERPOLATIONS)
def test_many_wells_are_exact_at_both_ends_only(interpolation: str) -> None:
    problem = Problem(TargetSpec.of("many_well", dim=8), interpolation, sigma=1.5)
    with pytest.raises(NoExactFieldError):
        ExactPictures(problem, COARSE)
    frames = known_ends(problem, COARSE)
    assert frames is not None
    assert frames.source == "ends"
    assert np.isnan(frames.density[1:-1]).all()
    for end in (0, -1):
        assert frames.density[end].sum() * cell(frames) == pytest.approx(1)
    assert not frames.has_velocity


@pytest.mark.parametrize(
    "target",
    [TargetSpec.of("many_well", dim=6), TargetSpec.of("mixture", means=((0.0, 1.0, 9.0), (3.0, -2.0, 0.0)), std=(0.5, 0.9), weights=(1.0, 3.0))],
    ids=["many_well", "mixture"],
)  # fmt: skip
def test_exact_marginals_match_samples(target: TargetSpec) -> None:
    """Means and second moments of both coordinates agree within their statistical errors."""
    import torch

    problem = Problem(target, sigma=1.5, center="target")
    for density in (build_target(problem), build_latent(problem)):
        seen = marginal(density)
        assert seen is not None
        assert seen.dim == 2
        x = density.sample(20_000, torch.Generator().manual_seed(0))[:, :2]
        y = seen.sample(20_000, torch.Generator().manual_seed(1))
        for power in (1, 2):
            first, second = x**power, y**power
            error = (first.var(0) / len(x) + second.var(0) / len(y)).sqrt()
            assert ((first.mean(0) - second.mean(0)).abs() < 5 * error).all()


def test_first_pair_of_many_wells_does_not_depend_on_the_others() -> None:
    seen = marginal(ManyWell(8))
    assert isinstance(seen, ManyWell)
    assert seen.dim == 2


def test_gradient_flow_beyond_two_dimensions_has_its_exact_marginal() -> None:
    """For two modes along the first axis, the marginal in that axis equals that of the same modes in the plane."""
    space, plane = (
        exact_frames(Problem(TargetSpec.of("two_modes", dim=dim, mode_separation=3.0), "gradient_flow"), COARSE)
        for dim in (3, 2)
    )  # fmt: skip
    for t in (0, 2, -1):
        step = space.density[t].sum(1) * (space.axes[1][1] - space.axes[1][0])
        other = plane.density[t].sum(1) * (plane.axes[1][1] - plane.axes[1][0])
        np.testing.assert_allclose(np.interp(plane.axes[0], space.axes[0], step), other, atol=0.05)
