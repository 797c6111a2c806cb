"""Where the residual is made small: points (t, x) spread over a box, along the model's own trajectories, or both."""

from __future__ import annotations

import torch

from core.interpolations.base import AbstractInterpolation
from core.types import Points, Times

# The share of the points that lie on trajectories.
TRAJECTORY_SHARE = {"box": 0.0, "mixed": 0.5, "trajectories": 1.0}
NUM_TRAJECTORIES = 256
NUM_TIMES = 16
REFRESH_STEPS = 50
# Points on a trajectory are spread by this much of the box, so that its neighbourhood is learned too.
JITTER = 0.02


class Collocation:
    """Draws fresh points for every step.

    Args:
        model: the curve that is trained; its trajectories are followed without gradients.
        kind: a key of TRAJECTORY_SHARE.
        batch_size: points of one draw.
        generator: draws everything.
    """

    def __init__(
        self, model: AbstractInterpolation, kind: str, batch_size: int, generator: torch.Generator
    ) -> None:
        self.model = model
        self.generator = generator
        self.num_trajectory = round(TRAJECTORY_SHARE[kind] * batch_size)
        self.num_box = batch_size - self.num_trajectory
        self.draws = 0

    def draw(self) -> tuple[Times, Points]:
        """Times stratified over [0, 1], and points; those of a lost trajectory are replaced by points in the box."""
        t, x = self._from_box(self.num_box)
        if self.num_trajectory:
            if self.draws % REFRESH_STEPS == 0:
                self.trajectories = self._trajectories()
            t_path, x_path = self._from_trajectories(self.num_trajectory)
            t, x = torch.cat([t, t_path]), torch.cat([x, x_path])
        self.draws += 1
        return t, x

    def _times(self, count: int) -> Times:
        offset = torch.rand(count, generator=self.generator)
        return (torch.arange(count) + offset) / max(count, 1)

    def _from_box(self, count: int) -> tuple[Times, Points]:
        t = self._times(count)
        x = self.model.box.to(torch.float32).sample(count, self.generator)
        return t, self.model.cover(t, x, self.generator)

    def _trajectories(self) -> torch.Tensor:
        """States [time, trajectory, dim] of Heun's method from fresh latent samples."""
        x = self.model.latent.sample(NUM_TRAJECTORIES, self.generator)
        states, step = [x], 1 / NUM_TIMES
        for i in range(NUM_TIMES):
            t = torch.full((len(x),), i * step)
            first = self.model.evaluate(t, x).velocity
            second = self.model.evaluate(t + step, x + step * first).velocity
            x = x + step / 2 * (first + second)
            states.append(x)
        return torch.stack(states)

    def _from_trajectories(self, count: int) -> tuple[Times, Points]:
        t = self._times(count)
        which = torch.randint(NUM_TRAJECTORIES, (count,), generator=self.generator)
        before = (t * NUM_TIMES).long().clamp_max(NUM_TIMES - 1)
        part = (t * NUM_TIMES - before)[:, None]
        states = self.trajectories
        x = (1 - part) * states[before, which] + part * states[before + 1, which]
        noise = torch.randn(x.shape, generator=self.generator)
        x = x + JITTER * self.model.box.half_width * noise
        box = self.model.box
        lost = ((x - box.center.to(x)).abs() > 2 * box.half_width).any(1) | ~x.isfinite().all(1)
        _, inside = self._from_box(count)
        return t, torch.where(lost[:, None], inside, x)
