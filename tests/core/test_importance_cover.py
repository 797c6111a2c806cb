"""Importance sampling of training points."""

from __future__ import annotations

import pytest
import torch

from core.interpolations.build import build_interpolation, build_latent, build_target
from core.interpolations.clock import Clock
from core.interpolations.importance_cover import DEPTH, ImportanceCover
from core.interpolations.linear import LinearInterpolation
from core.interpolations.survey import Survey
from core.problem import Problem, TargetSpec

PROBLEM = Problem(TargetSpec.of("gmm40"), sigma=30.0)
MANY = 40_000


def drawn(s: float, seed: int = 0) -> tuple[ImportanceCover, torch.Tensor]:
    """The cover of `PROBLEM`, which selects training points, and points that it drew at time s of the curve's clock."""
    latent, target = build_latent(PROBLEM), build_target(PROBLEM)
    survey, box = Survey.of(latent, target), latent.box.hull(target.box)
    cover = ImportanceCover(survey, box, Clock.fisher_rao(survey))
    calls, generator = target.calls, torch.Generator().manual_seed(seed)
    x = cover(torch.full((MANY,), s), box.sample(MANY, generator), generator)
    assert target.calls == calls
    return cover, x


@pytest.mark.thorough
def test_points_follow_the_density_of_the_curve() -> None:
    latent, target = build_latent(PROBLEM), build_target(PROBLEM)
    _, x = drawn(0.9)
    survey = Survey.of(latent, target)
    t = Clock.fisher_rao(survey).time(torch.tensor([(21 + 0.5) / 24], dtype=torch.float64))
    half = len(survey.box_points)
    energy = ((1 - t) * survey.start + t * survey.end)[:half]
    share = 1 / (1 + (energy - energy.min()) / DEPTH)
    expected = share / share.sum()
    nearest = torch.cat([torch.cdist(rows, survey.box_points.to(rows)).argmin(1) for rows in x.split(2000)])
    # A point near a cell's corner can be nearer to another cell's centre, so the test compares groups of cells.
    for group in expected.argsort().chunk(8):
        found = float(torch.isin(nearest, group).double().mean())
        assert abs(found - float(expected[group].sum())) < 0.03


def test_points_approach_the_modes_and_stay_in_the_box() -> None:
    target = build_target(PROBLEM)
    away = []
    for s in (0.02, 0.5, 0.98):
        cover, x = drawn(s)
        away.append(float(torch.cdist(x, target.modes.to(x)).amin(1).median()))
        assert ((x - cover.box.center.to(x)).abs() <= cover.box.half_width).all()
    assert away[0] > away[1] > away[2]


def test_points_are_reproducible_for_a_seed() -> None:
    assert torch.equal(drawn(0.5)[1], drawn(0.5)[1])
    assert not torch.equal(drawn(0.5)[1], drawn(0.5, seed=1)[1])


def test_points_with_infinite_energy_are_never_chosen() -> None:
    latent, target = build_latent(PROBLEM), build_target(PROBLEM)
    survey, box = Survey.of(latent, target), latent.box.hull(target.box)
    wall = survey.box_points[:, 0] > 0
    survey.end[: len(wall)][wall] = torch.inf
    cover = ImportanceCover(survey, box, Clock.even())
    generator = torch.Generator().manual_seed(0)
    x = cover(torch.full((1000,), 0.9), box.sample(1000, generator), generator)
    assert (x[:, 0] <= cover.cell[0]).all()


def test_points_are_unchanged_in_many_dimensions() -> None:
    model = build_interpolation(Problem(TargetSpec.of("many_well", dim=8)), torch.Generator().manual_seed(0))
    assert isinstance(model, LinearInterpolation)
    generator = torch.Generator().manual_seed(0)
    x = model.box.to(torch.float32).sample(10, generator)
    assert torch.equal(model.cover(torch.rand(10), x, generator), x)
