"""Gauss–Newton in its dual (kernel) form with momentum: few, costly and far-reaching steps for small networks."""

from __future__ import annotations

import math

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.func import functional_call

from core.training.optimiser import AbstractOptimiser, Step, robust_loss, robust_weight
from core.types import Values

MOMENTUM = 0.9
DAMPING = (3e-4, 1.0)
FIRST_DAMPING = 0.03
STEP_SIZES = (1.0, 0.5, 0.25, 0.125)


class GaussNewton(AbstractOptimiser):
    """Steps that solve the linearised least-squares problem on the batch, in the space of its points.

    With the residuals r (N) and their Jacobian J (N × P), both weighted for robustness, and the last step m,

        d = μ m + Jᵀ δ,    (J Jᵀ + λ mean(diag J Jᵀ) I) δ = r − μ J m,

    so an N × N system is solved instead of a P × P one. The first of the step sizes 1, ½, ¼, ⅛ that lowers the loss on the
    same batch is taken; λ falls when the whole step is good and rises when none is.

    Args:
        model: its `forward(*batch)` gives the residuals; the parameters are changed in place.

    References:
        Goldshlager, Abrahamsen, Lin: A Kaczmarz-inspired approach to accelerate the optimization of neural network
        wavefunctions (SPRING), 2024. Guzmán-Cordero, Dangel, Goldshlager, Zeinhofer: Improving energy natural gradient
        descent through Woodbury, momentum, and randomization, 2025.
    """

    def __init__(self, model: nn.Module) -> None:
        self.model = model
        self.damping = FIRST_DAMPING
        self.last_step = torch.zeros_like(self._flat())

    def step(self, batch: tuple[Tensor, ...], progress: float) -> Step:
        residual, jacobian = residual_jacobian(self.model, batch)
        loss = robust_loss(residual).item()
        direction = self._direction(residual, jacobian)
        if not math.isfinite(loss) or not direction.isfinite().all():
            return Step(math.nan, residual)
        start = self._flat()
        for size in STEP_SIZES:
            self._set(start - size * direction)
            # `not (a < b)` also turns down a loss that is NaN.
            if self._loss(batch) < loss:
                if size == 1:
                    self.damping = max(self.damping / 1.5, DAMPING[0])
                self.last_step = size * direction
                return Step(loss, residual)
        self._set(start)
        self.last_step.zero_()
        self.damping = min(self.damping * 4, DAMPING[1])
        return Step(loss, residual)

    def state(self) -> dict[str, Tensor]:
        damping = torch.tensor(self.damping, dtype=torch.float64)
        return {"damping": damping, "last_step": self.last_step.clone()}

    def load(self, state: dict[str, Tensor]) -> None:
        self.damping, self.last_step = (
            float(state["damping"]),
            state["last_step"].to(self.last_step, copy=True),
        )

    def _direction(self, residual: Values, jacobian: Tensor) -> Float[Tensor, " parameters"]:
        weight = robust_weight(residual).sqrt()
        jacobian.mul_(weight[:, None])
        carried = MOMENTUM * self.last_step
        right = residual * weight - jacobian @ carried
        # The kernel is nearly singular, so it is factorised in float64.
        kernel = in_double(jacobian @ jacobian.T)
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


def in_double(x: Tensor) -> Tensor:
    """In float64, on the processor where the device has none."""
    return (x.cpu() if x.device.type == "mps" else x).double()


def residual_jacobian(
    model: nn.Module, batch: tuple[Tensor, ...]
) -> tuple[Values, Float[Tensor, "batch parameters"]]:
    """The residuals of a batch and their derivatives by all parameters, by one backward pass.

    Every point is given parameters of its own, so the gradient of the residuals' sum is the Jacobian.
    """
    size = len(batch[0])
    own = {name: p.detach().expand(size, *p.shape).requires_grad_() for name, p in model.named_parameters()}
    residual = functional_call(model, own, tuple(batch))
    gradients = torch.autograd.grad(residual.sum(), list(own.values()))
    return residual.detach(), torch.cat([g.reshape(size, -1) for g in gradients], dim=1)
