"""Points over a box, drawn to where a curve has mass."""

from __future__ import annotations

import torch

from core.interpolations.build import build_interpolation, build_latent, build_target
from core.interpolations.clock import Clock
from core.interpolations.linear import LinearInterpolation
from core.interpolations.spread import DEPTH, Spread
from core.interpolations.survey import Survey
from core.problem import Problem, TargetSpec

PROBLEM = Problem(TargetSpec.of("gmm40"), sigma=30.0)
MANY = 40_000


def drawn(s: float, seed: int = 0) -> tuple[Spread, torch.Tensor]:
    """Points at one time of the clock, and what has drawn them."""
    latent, target = build_latent(PROBLEM), build_target(PROBLEM)
    survey, box = Survey.of(latent, target), latent.box.hull(target.box)
    spread = Spread(survey, box, Clock.fisher_rao(survey))
    calls, generator = target.calls, torch.Generator().manual_seed(seed)
    x = spread(torch.full((MANY,), s), box.sample(MANY, generator), generator)
    assert target.calls == calls
    return spread, x


def test_points_are_drawn_as_often_as_the_curve_is_high() -> None:
    latent, target = build_latent(PROBLEM), build_target(PROBLEM)
    _, x = drawn(0.9)
    survey = Survey.of(latent, target)
    t = Clock.fisher_rao(survey).time(torch.tensor([(21 + 0.5) / 24], dtype=torch.float64))
    half = len(survey.spread)
    energy = ((1 - t) * survey.start + t * survey.end)[:half]
    share = 1 / (1 + (energy - energy.min()) / DEPTH)
    expected = share / share.sum()
    nearest = torch.cat([torch.cdist(rows, survey.spread.to(rows)).argmin(1) for rows in x.split(2000)])
    # A cell is a square around its point, so not every point in it is nearest to that: groups of cells are compared, by height.
    for group in expected.argsort().chunk(8):
        found = float(torch.isin(nearest, group).double().mean())
        assert abs(found - float(expected[group].sum())) < 0.03


def test_late_points_are_nearer_to_the_modes_and_none_leaves_the_box() -> None:
    target = build_target(PROBLEM)
    away = []
    for s in (0.02, 0.5, 0.98):
        spread, x = drawn(s)
        away.append(float(torch.cdist(x, target.modes.to(x)).amin(1).median()))
        assert ((x - spread.box.center.to(x)).abs() <= spread.box.half_width).all()
    assert away[0] > away[1] > away[2]


def test_the_same_seed_draws_the_same_points() -> None:
    assert torch.equal(drawn(0.5)[1], drawn(0.5)[1])
    assert not torch.equal(drawn(0.5)[1], drawn(0.5, seed=1)[1])


def test_energies_without_end_are_passed_over() -> None:
    latent, target = build_latent(PROBLEM), build_target(PROBLEM)
    survey, box = Survey.of(latent, target), latent.box.hull(target.box)
    wall = survey.spread[:, 0] > 0
    survey.end[: len(wall)][wall] = torch.inf
    spread = Spread(survey, box, Clock.even())
    generator = torch.Generator().manual_seed(0)
    x = spread(torch.full((1000,), 0.9), box.sample(1000, generator), generator)
    assert (x[:, 0] <= spread.cell[0]).all()


def test_in_many_dimensions_the_box_is_left_as_it_is() -> None:
    model = build_interpolation(Problem(TargetSpec.of("many_well", dim=8)), torch.Generator().manual_seed(0))
    assert isinstance(model, LinearInterpolation)
    generator = torch.Generator().manual_seed(0)
    x = model.box.to(torch.float32).sample(10, generator)
    assert torch.equal(model.cover(torch.rand(10), x, generator), x)
