"""Turn a user's function into an energy, and check it. A NumPy function needs its gradient as a second function."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from core import checks
from core.targets.computed.support import Energy, place
from core.targets.computed.support import gradient as gradient_of
from core.targets.mistakes import UnusableEnergyError
from core.types import Points, Values

Function = Callable[[Any], Any]
# The number of points at which the function is first checked, and of those at which its speed is measured.
_FEW, _MANY = 5, 1000
# Slowest speed of an energy, in points per second, with which training makes sense, and how often the speed is measured.
LEAST_SPEED, _TRIALS = 2000.0, 3
# Step of the finite differences that check a gradient, and the fraction of points at which the check may fail, such as at corners.
_STEP, _FEW_CORNERS = 1e-5, 0.2


class _Given(torch.autograd.Function):
    """A NumPy function with its gradient. It has no second derivatives."""

    @staticmethod
    def forward(ctx: Any, x: Points, energy: Function, gradient: Function) -> Values:
        """Compute the energies, and store the points for `backward`."""
        ctx.save_for_backward(x)
        ctx.gradient = gradient
        return torch.as_tensor(energy(x.detach().cpu().double().numpy())).to(x)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *outputs: Any) -> Any:
        """Multiply the user's gradient at each point by the incoming gradient of its energy."""
        (x,) = ctx.saved_tensors
        slope = torch.as_tensor(ctx.gradient(x.cpu().double().numpy())).to(x)
        return outputs[0][:, None] * slope, None, None


def as_energy(function: Function, gradient: Function | None) -> Energy:
    """A user's function as an energy of torch tensors.

    Args:
        function: maps points to energies: torch tensors, or NumPy arrays if `gradient` is given.
        gradient: maps a NumPy array of points to the gradients there; None if torch differentiates the function.
    """
    if gradient is not None:
        return lambda x: _Given.apply(x, function, gradient)
    return lambda x: function(x).to(x)


def check(function: Function, dim: int, gradient: Function | None) -> None:
    """Check that a function can be used as an energy, at random points.

    Raises:
        UnusableEnergyError: the function fails, returns a wrong shape, gives a point an energy that depends on other points, has no gradient or
            a wrong one, or is too slow. The message is one sentence.
    """
    x = torch.randn(_FEW, dim, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    values = _called("energy", function, x, gradient is not None)
    _check_shape("energy", values, (_FEW,), x)
    if gradient is not None:
        slopes = _called("gradient", gradient, x, True)
        _check_shape("gradient", slopes, (_FEW, dim), x)
    alone = _called("energy", function, x[:1], gradient is not None)
    if not torch.allclose(alone, values[:1], equal_nan=True):
        raise UnusableEnergyError(
            "The energy of a point depends on the other points of the batch; compute each row of x separately."
        )
    energy = as_energy(function, gradient)
    if gradient is None and not _has_gradient(energy, x):
        raise UnusableEnergyError(
            "The energy has no gradient; compute it from x with torch operations, without `.item()`, `.detach()` or NumPy."
        )
    many = torch.randn(_MANY, dim, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    _check_gradient(energy, many[:100], gradient is not None)
    _check_speed(energy, many)


def _called(what: str, function: Function, x: Points, is_numpy: bool) -> Tensor:
    try:
        found = function(x.numpy() if is_numpy else x)
    except Exception as error:
        shape = tuple(x.shape)
        raise UnusableEnergyError(
            f"The {what} fails for x of shape {shape}: {type(error).__name__}: {checks.brief(str(error))}."
        ) from error
    if not is_numpy and not isinstance(found, Tensor):
        raise UnusableEnergyError(
            f"The {what} must return a tensor; got {type(found).__name__}. A NumPy function also needs its gradient, as `gradient=…`."
        )
    return torch.as_tensor(found).detach().double()


def _check_shape(what: str, found: Tensor, shape: tuple[int, ...], x: Points) -> None:
    if tuple(found.shape) != shape:
        raise UnusableEnergyError(
            f"The {what} has the wrong dimension: for x of shape {tuple(x.shape)} it must have shape {shape}; got {tuple(found.shape)}."
        )


def _check_gradient(energy: Energy, x: Points, is_given: bool) -> None:
    """Compare the gradient with central differences of the energy along random directions. A few points may fail, such as at corners.

    A gradient of zero where the energy is not constant counts as a failure: the energy is then a staircase.
    """
    along = torch.randn(x.shape, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    rise = (energy(x + _STEP * along) - energy(x - _STEP * along)) / (2 * _STEP)
    slope = gradient_of(energy, x)
    found, is_flat = (along * slope).sum(1), (slope == 0).all(1) & (energy(x) != energy(-x))
    wrong = is_flat | rise.isfinite() & ~((found - rise).abs() <= 1e-3 * (1 + rise.abs()))
    if float(wrong.double().mean()) <= _FEW_CORNERS:
        return
    at = place(x[wrong][0])
    raise UnusableEnergyError(
        f"The gradient does not match the energy at x = {at}; check its formula and its sign."
        if is_given
        else f"The energy is not differentiable at x = {at} and many other points: its gradient does not describe how it changes there."
    )


def _has_gradient(energy: Energy, x: Points) -> bool:
    with torch.enable_grad():
        return energy(x.clone().requires_grad_()).requires_grad


def _check_speed(energy: Energy, x: Points) -> None:
    speed = 0.0
    for _ in range(_TRIALS):  # the best of several trials, because the machine may be busy
        start = time.perf_counter()
        energy(x)
        speed = max(speed, len(x) / max(time.perf_counter() - start, 1e-9))
        if speed >= LEAST_SPEED:
            return
    raise UnusableEnergyError(
        f"The energy is too slow: {speed:.0f} points per second; training needs at least {LEAST_SPEED:.0f}. "
        "Compute all rows of x at once instead of in a loop."
    )
