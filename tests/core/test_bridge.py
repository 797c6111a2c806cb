"""The bridge, a cloud of weighted points that walks from latent to target: unbiased estimates of Z, weights, resampling, and step sizes."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
import torch

from core.fields import AbstractVelocity, VelocityValue
from core.interpolations.build import build_interpolation, build_latent, build_target
from core.problem import Problem, SamplingSettings, TargetSpec
from core.reference.solve import solve
from core.sampling.bridge.cloud import ess_fractions, in_place, systematic
from core.sampling.bridge.pilot import LEG_ESS, conditional_ess, pilot
from core.sampling.bridge.walk import Bridge, Ladder, Transport, walk
from core.sampling.curves import LearnedCurve, LinearCurve
from core.sampling.draws import evened
from core.sampling.flow import carry, weighted_samples
from core.sampling.moves import hmc
from core.sampling.samples import Samples
from core.targets.double_well import DoubleWell
from core.targets.latent import GaussianLatent
from core.targets.mixture import two_modes
from core.types import Points, Times

SETTINGS = SamplingSettings()
WELL, LATENT = DoubleWell(2.5), GaussianLatent(1.5, 1)
CURVE = LinearCurve(LATENT, WELL)
LADDER = Ladder((0.0, 0.2, 0.6, 1.0), (0.5, 0.3, 0.2))


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


class BadField(AbstractVelocity):
    """A field that has nothing to do with the curve."""

    dim = 1

    def velocities(self, t: Times, x: Points) -> VelocityValue:
        y = x[:, 0]
        return VelocityValue(0.5 * y.sin()[:, None] + 0.2, 0.5 * y.cos())


BAD = Transport(BadField(), SETTINGS, (1.5, 1.0))
SETTINGS_OF_THE_BRIDGE = {
    "AIS": Bridge(CURVE, 1, 0.0),
    "SMC": Bridge(CURVE, 1, 0.7),
    "SMC with HMC": Bridge(CURVE, 1, 0.7, move=hmc),
    "reweighted flow": Bridge(CURVE, 0, 0.0, BAD),
    "corrected samples": Bridge(CURVE, 1, 0.7, BAD),
}


@pytest.mark.parametrize("name", SETTINGS_OF_THE_BRIDGE)
def test_mean_weight_is_unbiased_for_z_over_400_repetitions(name: str) -> None:
    """Each group of twelve points is an independent repetition. The energy is not normalised, so log Z is not zero."""
    *_, cloud = walk(SETTINGS_OF_THE_BRIDGE[name], LADDER, 400 * 12, generator(3), 400)
    found = (cloud.log_z - WELL.log_z).exp()
    error = float(found.std()) / math.sqrt(400)
    assert error < 0.05
    assert float(found.mean()) == pytest.approx(1.0, abs=4 * error)


def test_exact_field_keeps_all_weights_equal() -> None:
    problem = Problem(TargetSpec.of("two_modes", dim=1), "linear", sigma=2.0)
    latent, target, field = build_latent(problem), build_target(problem), solve(problem)
    transport = Transport(field, SETTINGS, (latent.scale, target.scale))
    bridge = Bridge(LinearCurve(latent, target), 0, 0.5, transport)
    *_, cloud = walk(bridge, Ladder((0.0, 0.5, 1.0), (0.1, 0.1)), 100, generator())
    assert float(ess_fractions(cloud.grouped)) > 0.999
    assert cloud.num_ancestors == 100
    assert cloud.log_z.tolist() == pytest.approx([0.0], abs=0.01)


def test_one_leg_without_moves_gives_the_weights_of_the_flow() -> None:
    x = LATENT.sample(50, generator(1))
    flow = carry(BadField(), x, torch.tensor([0.0, 1.0]), SETTINGS, BAD.scales)
    *_, cloud = walk(Bridge(CURVE, 0, 0.0, BAD), Ladder((0.0, 1.0), (0.1,)), 50, generator(1))
    expected = weighted_samples(flow, LATENT, WELL)
    assert torch.equal(cloud.at.x, expected.x)
    assert torch.allclose(cloud.log_weight, expected.log_weight, atol=1e-9)


def test_learned_gradient_flow_is_weighted_from_its_own_start() -> None:
    """At t = 0, a learned gradient flow is close to the latent but not equal to it. The initial weights correct the difference."""
    problem = Problem(TargetSpec.of("two_modes", dim=1, mode_separation=2.0), "gradient_flow")
    latent, target = build_latent(problem), build_target(problem)
    model = build_interpolation(problem, generator())
    curve = LearnedCurve(latent, target, model)
    ladder = Ladder((0.0, 0.3, 0.6, 0.8, 0.9, 1.0), (0.3,) * 5)
    start, *_, cloud = walk(Bridge(curve, 1, 0.7), ladder, 100 * 16, generator(2), 100)
    assert start.log_weight.std() > 0
    found = cloud.log_z.exp()
    assert float(found.mean()) == pytest.approx(1.0, abs=4 * float(found.std()) / 10)
    t = torch.ones(5, dtype=torch.float64)
    at = curve.locate(target.modes.expand(-1, 1).repeat(3, 1)[:5])
    assert torch.equal(curve.density(t, at).log_density, -at.end)


def test_failed_points_get_weight_zero() -> None:
    class Broken(BadField):
        def velocities(self, t: Times, x: Points) -> VelocityValue:
            value = super().velocities(t, x)
            return VelocityValue(torch.where(x > 1, math.nan, value.velocity), value.divergence)

    bridge = Bridge(CURVE, 1, 0.5, Transport(Broken(), SETTINGS, (1.5, 1.0)))
    *_, cloud = walk(bridge, LADDER, 100, generator())
    assert bool(cloud.at.x.isfinite().all())
    assert not cloud.log_weight.isnan().any()


def test_resampling_in_place_moves_only_copies() -> None:
    log_weight = torch.randn(2, 50, generator=generator(), dtype=torch.float64) * 2
    drawn = systematic(log_weight, 50, generator())
    placed = in_place(drawn)
    for before, after in zip(drawn, placed, strict=True):
        assert sorted(after.tolist()) == before.tolist()
        chosen = before.unique()
        assert torch.equal(after[chosen], chosen)


def test_evening_the_weights_keeps_the_masses_and_the_mean_weight() -> None:
    x = torch.tensor([[0.0]] * 50 + [[1.0]] * 50, dtype=torch.float64)
    log_weight = torch.tensor([math.log(0.4)] * 50 + [math.log(1.6)] * 50, dtype=torch.float64)
    found = evened(Samples(x, log_weight, weighted=False))
    assert float(found.x.mean()) == pytest.approx(0.8, abs=0.011)
    assert found.log_weight.tolist() == pytest.approx([0.0] * 100)
    unknown = Samples(x, torch.full_like(log_weight, math.nan), weighted=False)
    assert evened(unknown) is unknown


def test_systematic_resampling_draws_each_point_in_proportion_to_its_weight() -> None:
    log_weight = torch.tensor([0.1, 0.4, 0.05, 0.45], dtype=torch.float64).log().repeat(2000, 1) + 700
    drawn = systematic(log_weight, 10, generator())
    counts = torch.stack([(drawn == i).sum(1) for i in range(4)], 1).double()
    expected = 10 * log_weight[0].softmax(0)
    assert bool(((counts - expected).abs() < 1).all())
    assert counts.mean(0).tolist() == pytest.approx(expected.tolist(), abs=0.05)


def test_resampling_stays_within_each_group_and_keeps_its_mean_weight() -> None:
    cloud = Bridge(CURVE).start(40, 4, generator())
    noise = torch.randn(40, generator=generator(1), dtype=torch.float64) * 3
    weighted = type(cloud)(cloud.at, noise, cloud.ancestors, 4)
    after = weighted.resampled(1.1, generator(2))
    assert torch.allclose(after.log_z, weighted.log_z)
    assert bool((after.ancestors.view(4, 10) // 10 == torch.arange(4)[:, None]).all())
    assert ess_fractions(after.grouped).tolist() == pytest.approx([1.0] * 4)
    assert after.num_ancestors < 40


def test_pilot_makes_legs_of_equal_size_for_any_energy() -> None:
    target, latent = two_modes(8.0, 0.5, None, 2), GaussianLatent(4.0, 2)
    bridge = Bridge(LinearCurve(latent, target))
    ladder = pilot(bridge, 400, generator())
    assert (ladder.times[0], ladder.times[-1]) == (0.0, 1.0)
    assert all(a < b for a, b in pairwise(ladder.times))
    # On exact samples of the latent, the first leg leaves the intended fraction of samples effective.
    at = bridge.curve.locate(latent.sample(20_000, generator(1)))
    gain = bridge.density(ladder.times[1], at).log_density - bridge.density(0.0, at).log_density
    even = torch.full((20_000,), 1 / 20_000, dtype=torch.float64)
    assert conditional_ess(even, gain) == pytest.approx(LEG_ESS, abs=0.05)
    # Moves near the narrow modes need smaller steps than moves in the wide latent.
    assert ladder.step_sizes[-1] < ladder.step_sizes[0] / 4


def test_ladder_is_refined_and_thinned() -> None:
    finer = LADDER.refined(2)
    assert finer.times == pytest.approx((0, 0.1, 0.2, 0.4, 0.6, 0.8, 1))
    assert finer.step_sizes[1::2] == pytest.approx(LADDER.step_sizes)
    assert finer.thinned(3).times == pytest.approx(LADDER.times)
    assert LADDER.thinned(1).times == (0.0, 1.0)
    assert LADDER.thinned(9) == LADDER
