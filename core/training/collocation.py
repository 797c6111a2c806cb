"""Collocation points (t, x), where training reduces the residual: spread over a box, along the model's trajectories, or both."""

from __future__ import annotations

import copy
from typing import NamedTuple

import torch

from core.interpolations.base import AbstractInterpolation, Known
from core.problem import Collocation as CollocationKind
from core.training.relevance import relevance
from core.training.times import AdaptiveTimes
from core.types import Points, Times, Values

# Fraction of the points that lie on trajectories.
TRAJECTORY_SHARE: dict[CollocationKind, float] = {"box": 0.0, "mixed": 0.5, "trajectories": 1.0}
# Number of trajectories, of time steps in each, and of draws after which new trajectories are computed.
NUM_TRAJECTORIES = 512
NUM_TIMES = 24
REFRESH_STEPS = 25
# Points on a trajectory are jittered by this multiple of the curve's scale, so that the velocity is also learned near the trajectory.
JITTER = 0.5
# Trajectories start from a latent that is wider by this factor, so that the velocity is also learned in the latent's tails.
WIDENING = 1.15


class Batch(NamedTuple):
    """A batch of collocation points.

    Attributes:
        t, x: times (batch) and points (batch, dim) where the residual is evaluated.
        weight: (batch) factor of the residual in the loss.
        known: values of the curve at the points that do not depend on its parameters.
    """

    t: Times
    x: Points
    weight: Values
    known: Known = ()

    @property
    def arguments(self) -> tuple[torch.Tensor, ...]:
        """The arguments of the objective."""
        return self.t, self.x, self.weight, *self.known


class Collocation:
    """Draws fresh points for every training step, more of them at times where the residual has been large.

    Args:
        model: the curve in training; its trajectories are integrated without gradients.
        kind: a key of TRAJECTORY_SHARE.
        batch_size: points per draw.
        generator: source of all randomness, on the CPU.
    """

    def __init__(
        self, model: AbstractInterpolation, kind: CollocationKind, batch_size: int, generator: torch.Generator
    ) -> None:
        self.model = model
        self.generator = generator
        self.num_trajectory = round(TRAJECTORY_SHARE[kind] * batch_size)
        self.num_box = batch_size - self.num_trajectory
        # Random numbers are drawn on the CPU, the generator's device; everything else runs on the model's device.
        self.device = next(model.parameters()).device
        self.latent = copy.deepcopy(model.latent).cpu()
        self.times = AdaptiveTimes(generator)
        self.trajectories = torch.zeros(0)
        self.draws = 0

    def draw(self) -> Batch:
        """Draw a batch. Points of trajectories that lie far outside the box are replaced by points from the box."""
        t, x = self._from_box(self.num_box)
        if self.num_trajectory:
            if self.draws % REFRESH_STEPS == 0:
                self.trajectories = self._trajectories()
            t_path, x_path = self._from_trajectories(self.num_trajectory)
            t, x = torch.cat([t, t_path]), torch.cat([x, x_path])
        self.draws += 1
        s, rate = self.model.clock(t)
        known = self.model.known(t, x)
        with torch.no_grad():
            log_density = self.model.log_densities(t, x, known)
        # Dividing by the rate ds/dt gives the residual per unit of the curve's clock s instead of t.
        return Batch(t, x, relevance(s, log_density) / rate, known)

    def observe(self, batch: Batch, residual: Values) -> None:
        """Update the density from which times are drawn, with the weighted residuals of a batch."""
        self.times.observe(self.model.clock(batch.t)[0].cpu(), residual.cpu())

    def state(self) -> dict[str, torch.Tensor]:
        """Copies of everything that later draws depend on, except the generator and the model."""
        return {
            "draws": torch.tensor(self.draws),
            "trajectories": self.trajectories.clone(),
            "times": self.times.size.clone(),
        }

    def load(self, state: dict[str, torch.Tensor]) -> None:
        """Restore what `state` returned."""
        self.draws = int(state["draws"])
        self.trajectories = state["trajectories"].to(self.device, copy=True)
        self.times.size = state["times"].clone()

    def _from_box(self, count: int) -> tuple[Times, Points]:
        t = self.model.clock.time(self.times.draw(count).to(self.device))
        return t, self._spread(t)

    def _spread(self, t: Times) -> Points:
        x = self.model.box.to(torch.float32).sample(len(t), self.generator).to(t)
        return self.model.cover(t, x, self.generator)

    def _trajectories(self) -> torch.Tensor:
        """Move fresh latent samples with the model's velocity, by Heun's method; returns states (NUM_TIMES + 1, NUM_TRAJECTORIES, dim)."""
        start = self.latent.sample(NUM_TRAJECTORIES, self.generator)
        x = (start + (WIDENING - 1) * self.latent.about(start)).to(self.device)
        states, step = [x], 1 / NUM_TIMES
        for i in range(NUM_TIMES):
            s = x.new_full((len(x),), i * step)
            first = self._velocity(s, x)
            second = self._velocity(s + step, x + step * first)
            x = x + step / 2 * (first + second)
            states.append(x)
        return torch.stack(states)

    def _velocity(self, s: Times, x: Points) -> Points:
        """Velocity dx/ds in the curve's clock s."""
        t = self.model.clock.time(s)
        return self.model.velocities(t, x).velocity / self.model.clock(t)[1][:, None]

    def _from_trajectories(self, count: int) -> tuple[Times, Points]:
        s = self.times.draw(count).to(self.device)
        which = torch.randint(NUM_TRAJECTORIES, (count,), generator=self.generator).to(self.device)
        before = (s * NUM_TIMES).long().clamp_max(NUM_TIMES - 1)
        part = (s * NUM_TIMES - before)[:, None]
        states = self.trajectories
        x = (1 - part) * states[before, which] + part * states[before + 1, which]
        scale = self.model.latent.scale ** (1 - s) * self.model.target.scale**s
        x = x + JITTER * scale[:, None] * torch.randn(x.shape, generator=self.generator).to(x)
        box = self.model.box
        lost = ((x - box.center.to(x)).abs() > 2 * box.half_width).any(1) | ~x.isfinite().all(1)
        t = self.model.clock.time(s)
        return t, torch.where(lost[:, None], self._spread(t), x)
