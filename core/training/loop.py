"""The training loop: a generator that yields snapshots of a curve while training reduces its continuity residual."""

from __future__ import annotations

import copy
import math
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

import torch

from core.budget import SNAPSHOT_SECONDS, Budget, Stopwatch
from core.interpolations.base import AbstractInterpolation
from core.interpolations.build import build_interpolation
from core.limits import check_training
from core.problem import Device, Problem, TrainingSettings
from core.status import TrainingStatus
from core.training.adam import Adam
from core.training.checkpoint import State, stored_survey, survey_state, under_prefix, with_prefix
from core.training.collocation import Collocation
from core.training.device import device_of
from core.training.gauss_newton import GaussNewton
from core.training.objective import Objective
from core.training.optimiser import AbstractOptimiser

# Along a trajectory, the log importance weight changes by the integral of the residual. Training has converged once the root mean
# square of the residual over CONVERGED_STEPS steps is below CONVERGED_RESIDUAL nats per unit of the curve's clock: the residual then adds
# almost nothing to the spread of the log weights, and more training gains nothing.
CONVERGED_RESIDUAL = 0.005
CONVERGED_STEPS = 20


@dataclass(frozen=True)
class Snapshot:
    """The state of a training run.

    Attributes:
        field: the learned curve, a copy that later steps do not change.
        step: steps taken.
        seconds: wall-clock seconds spent on steps; excludes the set-up before the first step.
        loss: mean robust loss over the steps since the last snapshot; NaN before the first step.
        progress: fraction of the budget used, from 0 to 1.
        status: `training`, `finished` (the budget is used up), `converged`, or `diverged` (`field` is then the last curve with a finite
            loss).
        energy_calls: number of points at which training has evaluated the target's energy.
        gradient_calls: number of those points at which it has evaluated the gradient too.
        checkpoint: state from which `train` can resume.
        reason: why the run has converged; empty otherwise.
    """

    field: AbstractInterpolation
    step: int
    seconds: float
    loss: float
    progress: float
    status: TrainingStatus
    energy_calls: int
    gradient_calls: int
    checkpoint: State
    reason: str = ""


class _Run:
    """A model with its optimiser, its collocation points and its step count."""

    def __init__(self, problem: Problem, device: torch.device, state: State | None = None) -> None:
        self.generator = torch.Generator().manual_seed(problem.seed)
        survey = None if state is None else lambda: stored_survey(state)
        self.model = build_interpolation(problem, self.generator, survey=survey).to(device)
        settings = problem.training
        num_points = settings.num_points(self.model.dim)
        self.collocation = Collocation(self.model, settings.collocation, num_points, self.generator)
        self.optimiser = _optimiser(Objective(self.model), settings)
        self.starts_well = bool(survey_state(self.model))
        self.step = 0
        self.recent: deque[float] = deque(maxlen=CONVERGED_STEPS)

    def advance(self, progress: float) -> float:
        """Take one step; returns its loss, NaN if the step failed."""
        batch = self.collocation.draw()
        check = self.collocation.draw().arguments if self.starts_well else None
        step = self.optimiser.step(batch.arguments, progress, check)
        self.collocation.observe(batch, step.residual)
        if not step.failed:
            self.step += 1
            self.recent.append(float(step.residual.square().mean()))
        return step.loss

    @property
    def reason(self) -> str:
        """Why the run has converged; empty when it has not."""
        if len(self.recent) < CONVERGED_STEPS:
            return ""
        residual = math.sqrt(sum(self.recent) / len(self.recent))
        if residual > CONVERGED_RESIDUAL:
            return ""
        return (
            f"The root mean square of the weighted residual was below {CONVERGED_RESIDUAL:g} nats per unit of the curve's clock "
            f"over the last {CONVERGED_STEPS} steps."
        )

    def state(self, seconds: float) -> State:
        """Copies of everything that later steps depend on."""
        own = {
            "step": torch.tensor(self.step),
            "seconds": torch.tensor(seconds, dtype=torch.float64),
            "calls": torch.tensor(self.model.target.calls),
            "gradient_calls": torch.tensor(self.model.target.gradient_calls),
            "recent": torch.tensor(list(self.recent), dtype=torch.float64),
            "generator": self.generator.get_state(),
        }
        parameters = {name: p.detach().clone() for name, p in self.model.named_parameters()}
        state = {
            **with_prefix("run", own),
            **with_prefix("model", parameters),
            **with_prefix("optimiser", self.optimiser.state()),
            **with_prefix("collocation", self.collocation.state()),
            **with_prefix("survey", survey_state(self.model)),
        }
        return {name: tensor.cpu() for name, tensor in state.items()}

    def load(self, state: State) -> float:
        """Restore what `state` returned; returns the seconds of training up to then.

        Raises:
            ValueError: the state belongs to another model.
        """
        try:
            return self._load(state)
        except (RuntimeError, KeyError) as error:
            raise ValueError(
                "The checkpoint does not fit this run: its tensors have different names or shapes. Train without it."
            ) from error

    def _load(self, state: State) -> float:
        own = under_prefix("run", state)
        self.step, self.model.target.calls = int(own["step"]), int(own["calls"])
        # Older checkpoints did not count gradients; nearly every evaluation included one.
        self.model.target.gradient_calls = int(own.get("gradient_calls", own["calls"]))
        self.recent.extend(own["recent"].tolist())
        self.generator.set_state(own["generator"])
        parameters = dict(self.model.named_parameters())
        for name, parameter in under_prefix("model", state).items():
            if parameter.shape != parameters.pop(name).shape:
                raise KeyError(name)
        if parameters:
            raise KeyError(*parameters)
        # Not strict, since the state contains no buffers: the problem determines them.
        self.model.load_state_dict(under_prefix("model", state), strict=False)
        self.optimiser.load(under_prefix("optimiser", state))
        self.collocation.load(under_prefix("collocation", state))
        return float(own["seconds"])


def train(
    problem: Problem, budget: Budget, resume: State | None = None, device: Device = "cpu"
) -> Iterator[Snapshot]:
    """Train the problem's interpolation; yields about four snapshots a second, the first before any step.

    The last snapshot has the status `finished`, `converged` or `diverged`. The caller may stop at any snapshot.

    Args:
        problem: target, latent, interpolation and training settings.
        budget: limit on the seconds or steps of the whole run, including those before the checkpoint `resume`.
        resume: the checkpoint of a snapshot of the same problem. With a budget in steps, the result equals that of an
            uninterrupted run, bit for bit on one thread.
        device: `cpu`, which is fastest for networks this small; `cuda` or `mps`. Snapshots are on the CPU in any case.

    Raises:
        ValueError: the machine lacks the device, or one step would exceed its memory or the budget, or `resume` does not fit the problem.
    """
    check_training(problem, budget)
    run = _Run(problem, device_of(device), resume)
    before = 0.0 if resume is None else run.load(resume)
    watch = Stopwatch(before)
    watch.pause()

    def snapshot(seconds: float, loss: float, progress: float, status: TrainingStatus) -> Snapshot:
        reason = run.reason if status == "converged" else ""
        field, target = copy.deepcopy(run.model).cpu(), run.model.target
        calls = target.calls, target.gradient_calls
        return Snapshot(field, run.step, seconds, loss, progress, status, *calls, run.state(seconds), reason)

    progress = budget.progress(before, run.step)
    status = _status(0.0, progress, run.reason)
    yield snapshot(before, math.nan, progress, status)

    watch.start()
    losses, shown = list[float](), before
    while status == "training":
        loss = run.advance(budget.progress(watch.read(), run.step))
        if math.isfinite(loss):
            losses.append(loss)
        seconds = watch.read()
        progress = budget.progress(seconds, run.step)
        status = _status(loss, progress, run.reason)
        if status != "training" or seconds - shown > SNAPSHOT_SECONDS:
            mean = sum(losses) / len(losses) if losses else math.nan
            watch.pause()
            yield snapshot(seconds, mean, progress, status)
            watch.start()
            losses, shown = [], seconds


def restore(problem: Problem, state: State) -> AbstractInterpolation:
    """Rebuild the curve from a checkpoint's state.

    Raises:
        ValueError: the state belongs to another model.
    """
    run = _Run(problem, torch.device("cpu"), state)
    run.load(state)
    return run.model


def _optimiser(objective: Objective, settings: TrainingSettings) -> AbstractOptimiser:
    if settings.optimiser == "adam":
        return Adam(objective, settings.learning_rate)
    return GaussNewton(objective)


def _status(loss: float, progress: float, reason: str) -> TrainingStatus:
    if not math.isfinite(loss):
        return "diverged"
    if reason:
        return "converged"
    return "finished" if progress >= 1 else "training"
