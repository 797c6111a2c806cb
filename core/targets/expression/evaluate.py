"""Evaluate a resolved formula at a batch of points, with torch."""

from __future__ import annotations

import operator
from collections.abc import Callable
from functools import reduce
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import softplus

from core.targets.expression.resolve import Coordinate, Operation, Resolved
from core.types import Points, Values


def evaluate(formula: Resolved, x: Points) -> Values:
    """The value of a formula at each point; torch can differentiate it any number of times."""
    value = _evaluate(formula, x)
    # A formula without coordinates must also have a value and a gradient at every point.
    return value if isinstance(value, Tensor) else value + 0 * x.sum(1)


def _evaluate(formula: Resolved, x: Points) -> Tensor | float:
    if isinstance(formula, Coordinate):
        return x[:, formula.index]
    if not isinstance(formula, Operation):
        return formula
    parts = [_evaluate(part, x) for part in formula.parts]
    if formula.kind in _ARITHMETIC:
        return reduce(_ARITHMETIC[formula.kind], parts)
    tensors = [part if isinstance(part, Tensor) else torch.full_like(x[:, 0], part) for part in parts]
    return _FUNCTIONS[formula.kind](*tensors)


# A number in a formula stays a Python number, because torch differentiates x**2 faster and more accurately than a power whose exponent is a
# tensor of twos.
_ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "*": operator.mul,
    "/": operator.truediv,
    "**": operator.pow,
}


def _where(compare: Callable[[Tensor, Tensor], Tensor]) -> Callable[..., Tensor]:
    return lambda left, right, then, otherwise: torch.where(compare(left, right), then, otherwise)


_FUNCTIONS: dict[str, Callable[..., Tensor]] = {
    "negate": torch.neg,
    "exp": torch.exp,
    "log": torch.log,
    "sqrt": torch.sqrt,
    "abs": torch.abs,
    "sin": torch.sin,
    "cos": torch.cos,
    "tan": torch.tan,
    "tanh": torch.tanh,
    "sinh": torch.sinh,
    "cosh": torch.cosh,
    # Torch's softplus is linear beyond a threshold; by default its curvature jumps there by e⁻²⁰.
    "softplus": lambda x: softplus(x, threshold=40.0),
    "min": lambda *values: reduce(torch.minimum, values),
    "max": lambda *values: reduce(torch.maximum, values),
    "logsumexp": lambda *values: torch.stack(values).logsumexp(0),
    "<": _where(torch.lt),
    "<=": _where(torch.le),
    ">": _where(torch.gt),
    ">=": _where(torch.ge),
}
