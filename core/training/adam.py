"""Adam with a learning rate that warms up, then decays along a cosine over the budget."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from core.training.optimiser import AbstractOptimiser, Step, robust_loss

# Gradients with a larger norm are clipped to it.
LARGEST_GRADIENT = 10.0
# The learning rate rises over the fraction WARM_UP of the budget, then falls along a cosine to FINAL_RATE times its peak.
WARM_UP = 0.03
FINAL_RATE = 0.01


class Adam(AbstractOptimiser):
    """Adam steps on the robust loss, with clipped gradients.

    Args:
        model: `model(*batch)` returns the residuals; its parameters are changed in place.
        learning_rate: peak learning rate.

    References:
        Kingma, Ba: Adam: A Method for Stochastic Optimization, ICLR 2015.
    """

    def __init__(self, model: nn.Module, learning_rate: float) -> None:
        self.model = model
        self.learning_rate = learning_rate
        self.adam = torch.optim.Adam(model.parameters(), learning_rate, betas=(0.9, 0.99))
        self.last_good = nn.utils.parameters_to_vector(model.parameters()).detach().clone()

    def step(
        self, batch: tuple[Tensor, ...], progress: float, check: tuple[Tensor, ...] | None = None
    ) -> Step:
        for group in self.adam.param_groups:
            group["lr"] = self.learning_rate * learning_rate_factor(progress)
        self.adam.zero_grad(set_to_none=True)
        residual = self.model(*batch)
        loss = robust_loss(residual)
        loss.backward()
        norm = nn.utils.clip_grad_norm_(self.model.parameters(), LARGEST_GRADIENT)
        if not (loss.isfinite() and norm.isfinite()):
            # The previous step caused this loss, so restore the parameters from before that step.
            nn.utils.vector_to_parameters(self.last_good, self.model.parameters())
            return Step(math.nan, residual.detach())
        self.last_good = nn.utils.parameters_to_vector(self.model.parameters()).detach().clone()
        self.adam.step()
        return Step(loss.item(), residual.detach())

    def state(self) -> dict[str, Tensor]:
        moments = {
            f"{i}.{name}": tensor.clone()
            for i, values in self.adam.state_dict()["state"].items()
            for name, tensor in values.items()
        }
        return {"last_good": self.last_good.clone(), **moments}

    def load(self, state: dict[str, Tensor]) -> None:
        self.last_good = state["last_good"].to(self.last_good, copy=True)
        whole = self.adam.state_dict()
        for key in state.keys() - {"last_good"}:
            index, name = key.split(".")
            whole["state"].setdefault(int(index), {})[name] = state[key].clone()
        self.adam.load_state_dict(whole)


def learning_rate_factor(progress: float) -> float:
    """Learning rate divided by its peak, at a fraction `progress` of the budget."""
    if progress < WARM_UP:
        return max(progress, 1e-3) / WARM_UP
    fall = (progress - WARM_UP) / (1 - WARM_UP)
    return FINAL_RATE + (1 - FINAL_RATE) * (1 + math.cos(math.pi * fall)) / 2
