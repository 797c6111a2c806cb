"""One step of an explicit Runge–Kutta method, given by the table of its coefficients (tableau)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import torch
from jaxtyping import Float, Int
from torch import Tensor

from core.types import Times, Values

States = Float[Tensor, "batch state"]
Rate = Callable[[Times, States], States]
# Indices of samples: those of a call, and those that are still unfinished after it.
Rows = Int[Tensor, " batch"]
Unfinished = Int[Tensor, " _"]


@dataclass(frozen=True)
class Tableau:
    """An explicit Runge–Kutta method.

    Attributes:
        nodes: the time of each stage after the first, as a fraction of the step.
        stages: for each of these stages, the weights of the slopes before it.
        weights: the weights of the slopes in the new state. Empty if the last stage already is the new state; the last slope is then also
            the first slope of the next step.
        error: for a pair of methods of different order, the weights of the slopes in the difference between their new states; empty for a
            single method.
        between: weights of the state at the fraction θ of a step: for each slope the coefficients of θ, θ², θ³ and θ⁴. Empty for
            methods without interpolation.
    """

    nodes: tuple[float, ...]
    stages: tuple[tuple[float, ...], ...]
    weights: tuple[float, ...] = ()
    error: tuple[float, ...] = ()
    between: tuple[tuple[float, float, float, float], ...] = ()


# Ch. Tsitouras: Runge–Kutta pairs of order 5(4) satisfying only the first column simplifying assumption. Computers &
# Mathematics with Applications 62 (2011), table 1. The paper prints the last error weight with the wrong sign; they must sum to zero.
TSIT5 = Tableau(
    nodes=(0.161, 0.327, 0.9, 0.9800255409045097, 1.0, 1.0),
    stages=(
        (0.161,),
        (-0.008480655492356989, 0.335480655492357),
        (2.8971530571054935, -6.359448489975075, 4.3622954328695815),
        (5.325864828439257, -11.748883564062828, 7.4955393428898365, -0.09249506636175525),
        (5.86145544294642, -12.92096931784711, 8.159367898576159, -0.071584973281401, -0.02826905039406838),
        (
            0.09646076681806523,
            0.01,
            0.4798896504144996,
            1.379008574103742,
            -3.290069515436081,
            2.324710524099774,
        ),
    ),
    error=(
        0.001780011052226,
        0.000816434459657,
        -0.007880878010262,
        0.144711007173263,
        -0.582357165452555,
        0.458082105929187,
        -1 / 66,
    ),
    between=(
        (0.9999999999999998, -2.763706197274826, 2.9132554618219126, -1.0530884977290216),
        (0.0, 0.13169999999999998, -0.2234, 0.1017),
        (0.0, 3.930296236894751, -5.941033872131505, 2.490627285651253),
        (0.0, -12.411077166933676, 30.338188630282318, -16.548102889244902),
        (0.0, 37.50931341651104, -88.1789048947664, 47.37952196281928),
        (0.0, -27.896526289197286, 65.09189467479368, -34.87065786149661),
        (0.0, 1.5, -4.0, 2.5),
    ),
)
# The classical method of order 4.
RK4 = Tableau(
    nodes=(0.5, 0.5, 1.0), stages=((0.5,), (0.0, 0.5), (0.0, 0.0, 1.0)), weights=(1 / 6, 1 / 3, 1 / 3, 1 / 6)
)


@dataclass(frozen=True)
class Step:
    """One step of every sample.

    Attributes:
        tableau: the method.
        start, state: states before and after the step.
        size: step sizes.
        error: estimated error of the new states (see `Tableau.error`); NaN if a slope was not finite, zero for a single method.
        slopes: rates at the stages.
    """

    tableau: Tableau
    start: States
    state: States
    size: Values
    error: States
    slopes: Sequence[States]

    def between(self, fraction: Values) -> States:
        """The state at a fraction (0 to 1) of each step, interpolated without further evaluations."""
        total = torch.zeros_like(self.start)
        for (first, second, third, fourth), slope in zip(self.tableau.between, self.slopes, strict=True):
            # Products only: the rounding of powers can depend on the position in the batch.
            weight = fraction * (first + fraction * (second + fraction * (third + fraction * fourth)))
            total = total + weight[:, None] * slope
        return self.start + self.size[:, None] * total

    def of(self, chosen: Tensor) -> Step:
        """The steps of some samples, selected by indices or a mask."""
        slopes = [slope[chosen] for slope in self.slopes]
        return replace(
            self,
            start=self.start[chosen],
            state=self.state[chosen],
            size=self.size[chosen],
            error=self.error[chosen],
            slopes=slopes,
        )


def rk_step(tableau: Tableau, rate: Rate, t: Times, state: States, slope: States, size: Values) -> Step:
    """Take one step.

    Args:
        tableau: the method.
        rate: the right-hand side.
        t: time of each sample.
        state: state of each sample.
        slope: rate at that time and state.
        size: step size of each sample.
    """
    slopes, moved = [slope], state
    for node, weights in zip(tableau.nodes, tableau.stages, strict=True):
        moved = state + size[:, None] * _combined(weights, slopes)
        slopes.append(rate(t + node * size, moved))
    if tableau.weights:
        moved = state + size[:, None] * _combined(tableau.weights, slopes)
    error = size[:, None] * _combined(tableau.error, slopes) if tableau.error else torch.zeros_like(state)
    return Step(tableau, state, moved, size, error, slopes)


def _combined(weights: tuple[float, ...], slopes: list[States]) -> States:
    """The weighted sum of slopes, added in the same order for every sample. Slopes with weight zero are skipped, so they may be NaN.

    A matrix product is unsuitable, since its rounding can depend on the position in the batch.
    """
    first, *others = [(weight, slope) for weight, slope in zip(weights, slopes, strict=True) if weight]
    total = first[0] * first[1]
    for weight, slope in others:
        total = total + weight * slope
    return total
