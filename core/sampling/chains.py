"""Markov chains from the latent: MALA, HMC and ULA, the baselines that need no curve."""

from __future__ import annotations

from functools import partial

import torch

from core.sampling.allowance import Meter
from core.sampling.curves import LinearCurve, Located, Tilt
from core.sampling.draws import Draws
from core.sampling.moment import Moment, Moments
from core.sampling.moves import (
    HMC_ACCEPTANCE,
    LEAPFROGS,
    MALA_ACCEPTANCE,
    DualAveraging,
    Move,
    Walker,
    hmc,
    mala,
    ula,
)
from core.sampling.samples import Samples
from core.types import OtherPoints, Points

# Step sizes adapt in this first fraction of the allowance; then they are fixed, and states are collected.
ADAPTATION = 0.5
# First step size as a fraction of the target's squared scale; ULA keeps it.
FIRST_STEP = 0.1
# Minimum number of steps of a chain, since shorter chains would hardly leave the latent. With a small allowance fewer chains run, and each
# contributes several states.
LEAST_STEPS = 200
# Maximum number of chains if the allowance is a limit in seconds; the number of steps is then not known beforehand.
MOST_CHAINS = 1000

# The move, its energy calls per step, and the acceptance rate to which its step size adapts; None for a fixed step size.
KINDS: dict[str, tuple[Move, int, float | None]] = {
    "mala": (mala, 1, MALA_ACCEPTANCE),
    "hmc": (hmc, LEAPFROGS, HMC_ACCEPTANCE),
    "ula": (ula, 1, None),
}


def chains(
    kind: str,
    curve: LinearCurve,
    num_samples: int,
    meter: Meter,
    generator: torch.Generator,
    num_chains: int | None = None,
) -> Moments:
    """Run many chains side by side and collect their states; yields after each step.

    Args:
        kind: key of `KINDS`.
        curve: gives the latent, from which the chains start, and the target.
        num_samples: number of states to return.
        meter: counts what is spent of the allowance.
        generator: draws starts, noise and acceptance.
        num_chains: number of chains; by default as many as the allowance pays for at LEAST_STEPS steps each, at most `num_samples`.
    """
    move, calls, acceptance = KINDS[kind]
    number = num_chains or _num_chains(num_samples, calls, meter)
    at = curve.locate(curve.latent.sample(number, generator))
    walker = Walker(curve.locate, lambda points: _target(curve, points))
    averaging = DualAveraging(FIRST_STEP * curve.target.scale**2, acceptance or 1.0)
    collected, rates, steps = States(num_samples, number), list[float](), 0
    price = meter.cost.times(0)
    while not steps or meter.affords(price):
        before, adapts = meter.cost, acceptance is not None and meter.progress < ADAPTATION
        size = (
            FIRST_STEP * curve.target.scale**2
            if acceptance is None
            else (averaging.size if adapts else averaging.mean)
        )
        result = move(walker, at, at.start.new_full(at.start.shape, size), generator)
        at, rate = result.at, float(result.acceptance.mean())
        averaging.observe(rate) if adapts else rates.append(rate)
        steps, price = steps + 1, meter.cost.minus(before)
        if meter.progress >= ADAPTATION:
            collected.add(at.x)
        text, progress = f"step {steps}, accepted {rate:.0%}", meter.progress
        yield Moment(progress, text, progress, at.positions, partial(_unweighted, at.x), rate)
    uses = ("gradient", "latent", "scale")
    facts = {
        "chains": number,
        "steps": steps,
        "acceptance": sum(rates) / len(rates) if rates else None,
        "step_size": size,
    }
    return Draws(_unweighted(collected.states(at.x)), meter.cost, uses, facts)


def _unweighted(x: Points) -> Samples:
    """Samples without weights: the density of a chain's states is unknown."""
    return Samples(x, torch.full((len(x),), torch.nan, dtype=torch.float64), weighted=False)


def _target(curve: LinearCurve, at: Located) -> Tilt:
    return curve.density(torch.ones_like(at.end), at)


def _num_chains(num_samples: int, calls: int, meter: Meter) -> int:
    if meter.allowance.energy_calls is None:
        return min(num_samples, MOST_CHAINS)
    return max(min(num_samples, meter.allowance.energy_calls // (calls * LEAST_STEPS)), 1)


class States:
    """States of the chains at evenly spaced steps, thinned while the run goes on.

    Args:
        num_samples: number of states to return in the end.
        num_chains: number of states that each step adds.
    """

    def __init__(self, num_samples: int, num_chains: int) -> None:
        self.num_samples = num_samples
        self.most = 2 * -(-num_samples // num_chains)
        self.kept: list[Points] = []
        self.seen, self.interval = 0, 1

    def add(self, x: Points) -> None:
        if self.seen % self.interval == 0:
            self.kept.append(x)
        self.seen += 1
        if len(self.kept) > self.most:
            self.kept, self.interval = self.kept[::2], 2 * self.interval

    def states(self, last: OtherPoints) -> Points:
        """At most `num_samples` states, evenly spaced from first to last; if there are at least as many chains, the last state of each."""
        if len(last) >= self.num_samples:
            return last[: self.num_samples]
        x = torch.cat(self.kept or [last])
        rows = torch.linspace(0, len(x) - 1, min(len(x), self.num_samples)).round().long()
        return x[rows]
