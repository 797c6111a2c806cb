"""A plain baseline in the style of published codes: a wide network, nested automatic differentiation and Adam.

It learns the same curves as `core.interpolations` and is scored by the same code, but shares none of the training: no stacked
derivatives, no Gauss–Newton, no weights in the loss. `baseline_check.py` checks it against exact solutions.
"""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn

from core.budget import SNAPSHOT_SECONDS
from core.fields import AbstractPointwiseField, FieldValue
from core.interpolations.build import build_latent, build_schedule, build_target
from core.problem import Problem
from core.sampling.adaptive import integrate
from core.types import Points, Times, Values

# An untrained gradient flow loses the shape of the target once the noise reaches 1/FADE of the half-width of the target's box, as the
# engine's gradient flow with the start `fading` does.
FADE = 3.0
# Maximum number of solver steps for a trajectory.
MOST_STEPS = 100


@dataclass(frozen=True)
class Recipe:
    """Settings of the baseline.

    Attributes:
        width, depth: units per hidden layer and number of hidden layers of each network.
        learning_rate: constant learning rate of Adam.
        trajectories, times: fresh latent samples per step, and times per trajectory at which the residual is evaluated. Their product
            is about the number of points in a step of the engine.
        collocation: `trajectories`, or `box` for the same number of points spread over the box at all times, as in equation 17 of the
            paper.
    """

    width: int = 512
    depth: int = 5
    learning_rate: float = 1e-3
    trajectories: int = 128
    times: int = 8
    collocation: str = "trajectories"


@dataclass(frozen=True)
class PlainSnapshot:
    """The state of a run: a copy of the field, steps taken, the last loss, number of energy evaluations, and status."""

    field: PlainCurve
    step: int
    loss: float
    energy_calls: int
    status: str


class PlainCurve(nn.Module, AbstractPointwiseField):
    """A curve from latent to target, with all derivatives by nested automatic differentiation.

    Linear and learned curves have networks for the velocity (`dim` outputs) and for C_t; the learned one also for ψ. The gradient flow
    has a network for ψ only, which corrects the log-density that `_fading` computes.
    """

    def __init__(self, problem: Problem, recipe: Recipe) -> None:
        super().__init__()
        self.kind = problem.interpolation
        self.latent, self.target = build_latent(problem), build_target(problem)
        self.schedule = build_schedule(problem)
        self.dim = self.target.dim
        flows = self.kind == "gradient_flow"
        self.box = self.target.box if flows else self.latent.box.hull(self.target.box)
        wide = (recipe.width, recipe.depth)
        self.speed = None if flows else _perceptron(1 + self.dim, self.dim, *wide)
        self.rate = None if flows else _perceptron(1, 1, 64, 2)
        self.correction = None if self.kind == "linear" else _perceptron(1 + self.dim, 1, *wide)

    def log_density(self, t: Times, x: Points) -> Values:
        """Unnormalised log-density log ρ̃_t (batch), differentiable with respect to t and x."""
        if self.kind == "gradient_flow":
            kept, _ = self.schedule.signal_fraction(t, self.target.scale**2)
            return self._fading(t, x, kept) + (1 - kept) * self._psi(t, x)
        linear = -(1 - t) * self.latent.energy(x) - t * self._energy(x)
        return linear if self.correction is None else linear - t * (1 - t) * self._psi(t, x)

    def _fading(self, t: Times, x: Points, kept: Times) -> Values:
        """Log-density of an untrained gradient flow: minus the target's energy at x/shrink, which fades into a Gaussian's as noise grows."""
        y = x / self.schedule.shrink(t)[:, None]
        shape, _ = self.schedule.signal_fraction(t, (self.target.box.half_width / FADE) ** 2)
        bowl = (y - self.box.center.to(y)).square().sum(-1) / (2 * self.target.scale**2)
        return -kept * (shape * self._energy(y) + (1 - shape) * bowl)

    def _energy(self, x: Points) -> Values:
        self.target.calls += len(x)
        return self.target.energy(x)

    def _psi(self, t: Times, x: Points) -> Values:
        assert self.correction is not None
        return self.correction(self._inputs(t, x))[:, 0]

    def _inputs(self, t: Times, x: Points) -> Tensor:
        return torch.cat([2 * t[:, None] - 1, (x - self.box.center.to(x)) / self.box.half_width], dim=1)

    def _velocity(self, t: Times, x: Points, score: Points) -> Points:
        if self.speed is not None:
            return self.box.half_width * self.speed(self._inputs(t, x))
        return self.schedule.beta(t)[:, None] / 2 * (x + self.schedule.sigma**2 * score)

    @torch.enable_grad()
    def residual(self, t: Times, x: Points) -> Values:
        """Continuity residual `∂_t log ρ̃ + v·∇log ρ̃ + ∇·v − C_t` (batch), differentiable with respect to the parameters."""
        t, x = t.detach().requires_grad_(), x.detach().requires_grad_()
        log_density = self.log_density(t, x)
        change, score = torch.autograd.grad(log_density.sum(), (t, x), create_graph=True)
        velocity = self._velocity(t, x, score)
        transport = (velocity * score).sum(-1) + _divergence(velocity, x, create_graph=True)
        rate = 0 if self.rate is None else self.rate(t[:, None])[:, 0]
        return change + transport - rate

    @torch.enable_grad()
    def evaluate(self, t: Times, x: Points) -> FieldValue:
        """Evaluate in the precision of the networks; returns values in that of x."""
        dtype = next(self.parameters()).dtype
        at, place = t.detach().to(dtype), x.detach().to(dtype).requires_grad_()
        log_density = self.log_density(at, place)
        score = place
        if self.speed is None:
            (score,) = torch.autograd.grad(log_density.sum(), place, create_graph=True)
        velocity = self._velocity(at, place, score)
        parts = (velocity, _divergence(velocity, place, create_graph=False), log_density)
        return FieldValue(*(part.detach().to(x) for part in parts))

    def log_z(self, t: Times) -> Times:
        """NaN, because only the rate of log Z_t is learned; sampling estimates log Z of the target."""
        return torch.full_like(t, math.nan)

    def motion(self, t: Times, x: Points) -> Points:
        """The velocity alone, for trajectories."""
        dtype = next(self.parameters()).dtype
        at, place = t.detach().to(dtype), x.detach().to(dtype)
        score = place
        if self.speed is None:
            with torch.enable_grad():
                place.requires_grad_()
                (score,) = torch.autograd.grad(self.log_density(at, place).sum(), place)
        with torch.no_grad():
            return self._velocity(at, place.detach(), score).to(x)


def _perceptron(inputs: int, outputs: int, width: int, depth: int) -> nn.Sequential:
    sizes = [inputs, *[width] * depth]
    layers = [layer for i, o in pairwise(sizes) for layer in (nn.Linear(i, o), nn.SiLU())]
    return nn.Sequential(*layers, nn.Linear(width, outputs))


def _divergence(velocity: Points, x: Points, create_graph: bool) -> Values:
    """Divergence by one backward pass per coordinate."""
    rows = [
        torch.autograd.grad(velocity[:, i].sum(), x, create_graph=create_graph, retain_graph=True)[0][:, i]
        for i in range(x.shape[1])
    ]
    return torch.stack(rows).sum(0)


def train_plain(problem: Problem, recipe: Recipe | None = None) -> Iterator[PlainSnapshot]:
    """Train until the caller stops; yields about four snapshots a second, the first before any step.

    A non-finite loss ends the run, with the status `diverged`.
    """
    recipe = recipe or Recipe()
    torch.manual_seed(problem.seed)  # PyTorch draws initial weights from the global generator
    generator = torch.Generator().manual_seed(problem.seed)
    model = PlainCurve(problem, recipe).to(torch.float32)
    adam = torch.optim.Adam(model.parameters(), recipe.learning_rate)
    step, loss, status = 0, math.nan, "training"
    while status == "training":
        yield PlainSnapshot(copy.deepcopy(model), step, loss, model.target.calls, status)
        shown = time.perf_counter()
        while status == "training" and time.perf_counter() - shown < SNAPSHOT_SECONDS:
            loss = _step(model, adam, recipe, generator)
            step += 1
            status = "training" if math.isfinite(loss) else "diverged"
    yield PlainSnapshot(copy.deepcopy(model), step, loss, model.target.calls, status)


def _step(model: PlainCurve, adam: torch.optim.Adam, recipe: Recipe, generator: torch.Generator) -> float:
    """Take one Adam step on the loss `|r| + r²` at fresh points; returns the loss."""
    points = _in_box if recipe.collocation == "box" else _along_trajectories
    t, x = points(model, recipe, generator)
    residual = model.residual(t, x)
    loss = (residual.abs() + residual.square()).mean()
    adam.zero_grad(set_to_none=True)
    loss.backward()
    adam.step()
    return loss.item()


def _along_trajectories(
    model: PlainCurve, recipe: Recipe, generator: torch.Generator
) -> tuple[Times, Points]:
    """Points on trajectories of the model, at random times that all trajectories share; non-finite points are dropped."""
    start = model.latent.sample(recipe.trajectories, generator).to(torch.float64)
    drawn = torch.rand(recipe.times, generator=generator, dtype=torch.float64).sort().values
    times = torch.cat([drawn.new_zeros(1), drawn])
    states = integrate(model.motion, start, times, MOST_STEPS).states[1:]
    t, x = drawn.repeat_interleave(len(start)), states.flatten(0, 1)
    kept = x.isfinite().all(1)
    return t[kept].to(torch.float32), x[kept].to(torch.float32)


def _in_box(model: PlainCurve, recipe: Recipe, generator: torch.Generator) -> tuple[Times, Points]:
    """Points that are uniform over time and over the box."""
    count = recipe.trajectories * recipe.times
    return torch.rand(count, generator=generator), model.box.to(torch.float32).sample(count, generator)
