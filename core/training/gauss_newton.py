"""Gauss–Newton in its dual (kernel) form with momentum: few but large steps, for small networks."""

from __future__ import annotations

import math

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.func import functional_call

from core.training.optimiser import AbstractOptimiser, Step, robust_loss, robust_weight
from core.types import Values

# The momentum μ, the smallest and largest damping λ, and the first damping; see `GaussNewton`.
MOMENTUM = 0.9
DAMPING = (3e-4, 1.0)
FIRST_DAMPING = 0.03
# Step sizes to try, in this order.
STEP_SIZES = (1.0, 0.5, 0.25, 0.125)
# Rows per block of the Gram matrix. At 1000 points, blocks of this size skip two fifths of the matrix and still multiply at full speed.
GRAM_ROWS = 200
# A factor of all step sizes: 1 for the first WHOLE_STEPS steps, then WHOLE_STEPS / k at step k (like the gain of a running mean), but at least
# LEAST_SIZE.
WHOLE_STEPS, LEAST_SIZE = 60, 0.05


class GaussNewton(AbstractOptimiser):
    """Gauss–Newton steps: each solves the linearised least-squares problem of its batch, in the space of the batch's points.

    With the residuals r (N) and their Jacobian J (N × P), both weighted for robustness, the last step m, the momentum μ and the damping λ,

        d = μ m + Jᵀ δ,    (J Jᵀ + λ mean(diag J Jᵀ) I) δ = r − μ J m,

    so an N × N system is solved instead of a P × P one. The step uses the first of the sizes 1, ½, ¼, ⅛ that lowers the loss. The loss is
    that of the same batch, or of a second one if given. λ falls when size 1 succeeds and rises when no size does.

    A full step also fits the noise of its batch. Therefore all sizes get smaller in later steps, which averages over many batches. The momentum
    is not shrunk.

    Args:
        model: `model(*batch)` returns the residuals; its parameters are changed in place.

    References:
        Goldshlager, Abrahamsen, Lin: A Kaczmarz-inspired approach to accelerate the optimization of neural network
        wavefunctions (SPRING), 2024. Guzmán-Cordero, Dangel, Goldshlager, Zeinhofer: Improving energy natural gradient
        descent through Woodbury, momentum, and randomization, 2025.
    """

    def __init__(self, model: nn.Module) -> None:
        self.model = model
        self.damping = FIRST_DAMPING
        self.num_steps = 0
        self.last_step = torch.zeros_like(self._flat())

    def step(
        self, batch: tuple[Tensor, ...], progress: float, check: tuple[Tensor, ...] | None = None
    ) -> Step:
        residual, jacobian = residual_jacobian(self.model, batch)
        loss = robust_loss(residual).item()
        direction = self._direction(residual, jacobian)
        if not math.isfinite(loss) or not direction.isfinite().all():
            return Step(math.nan, residual)
        self.num_steps += 1
        start, largest = self._flat(), largest_size(self.num_steps)
        judged, before = (batch, loss) if check is None else (check, self._loss(check))
        for size in STEP_SIZES:
            self._set(start - largest * size * direction)
            # This comparison is False if the loss is NaN.
            if self._loss(judged) < before:
                if size == 1:
                    self.damping = max(self.damping / 1.5, DAMPING[0])
                self.last_step = size * direction
                return Step(loss, residual)
        self._set(start)
        self.last_step.zero_()
        self.damping = min(self.damping * 4, DAMPING[1])
        return Step(loss, residual)

    def state(self) -> dict[str, Tensor]:
        return {
            "damping": torch.tensor(self.damping, dtype=torch.float64),
            "num_steps": torch.tensor(self.num_steps),
            "last_step": self.last_step.clone(),
        }

    def load(self, state: dict[str, Tensor]) -> None:
        self.damping, self.num_steps = float(state["damping"]), int(state["num_steps"])
        self.last_step = state["last_step"].to(self.last_step, copy=True)

    def _direction(self, residual: Values, jacobian: Tensor) -> Float[Tensor, " parameters"]:
        weight = robust_weight(residual).sqrt()
        jacobian.mul_(weight[:, None])
        carried = MOMENTUM * self.last_step
        right = residual * weight - jacobian @ carried
        # The kernel is nearly singular, so factorise it in float64.
        kernel = in_double(lower_gram(jacobian))
        diagonal = kernel.diagonal().mean()
        while self.damping <= DAMPING[1]:
            kernel_damped = kernel.clone()
            kernel_damped.diagonal().add_(self.damping * diagonal)
            factor, info = torch.linalg.cholesky_ex(kernel_damped)
            if info == 0:
                delta = torch.cholesky_solve(in_double(right)[:, None], factor)[:, 0]
                return carried + jacobian.T @ delta.to(jacobian)
            self.damping *= 4
        self.damping = DAMPING[1]
        return torch.full_like(carried, math.nan)

    def _loss(self, batch: tuple[Tensor, ...]) -> float:
        with torch.no_grad():
            return robust_loss(self.model(*batch)).item()

    def _flat(self) -> Float[Tensor, " parameters"]:
        return nn.utils.parameters_to_vector(self.model.parameters()).detach()

    def _set(self, flat: Float[Tensor, " parameters"]) -> None:
        nn.utils.vector_to_parameters(flat, self.model.parameters())


def largest_size(step: int) -> float:
    """The factor of all step sizes at step number `step`, counted from 1. A step of size 1 solves the linearised problem."""
    return min(1.0, max(LEAST_SIZE, WHOLE_STEPS / step))


def lower_gram(rows: Float[Tensor, "rows columns"]) -> Float[Tensor, "rows rows"]:
    """Gram matrix `A Aᵀ`, computed only on and below the diagonal, since Cholesky does not read the rest.

    This product dominates the cost of a step. Entries above the blocks on the diagonal are zero.
    """
    gram = rows.new_zeros(len(rows), len(rows))
    for start in range(0, len(rows), GRAM_ROWS):
        end = start + GRAM_ROWS
        gram[start:end, :end] = rows[start:end] @ rows[:end].T
    return gram


def in_double(x: Tensor) -> Tensor:
    """Convert to float64, on the CPU where the device (MPS) has no float64."""
    return (x.cpu() if x.device.type == "mps" else x).double()


def residual_jacobian(
    model: nn.Module, batch: tuple[Tensor, ...]
) -> tuple[Values, Float[Tensor, "batch parameters"]]:
    """Compute the residuals of a batch and their Jacobian with respect to all parameters, in one backward pass.

    Every point gets its own copy of the parameters, so the gradient of the sum of residuals is the Jacobian.

    Returns:
        Residuals (batch) and Jacobian (batch, parameters).
    """
    size = len(batch[0])
    own = {name: p.detach().expand(size, *p.shape).requires_grad_() for name, p in model.named_parameters()}
    residual = functional_call(model, own, tuple(batch))
    gradients = torch.autograd.grad(residual.sum(), list(own.values()))
    return residual.detach(), torch.cat([g.reshape(size, -1) for g in gradients], dim=1)
