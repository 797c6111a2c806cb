"""Find where the mass of an unknown density lies: minima of its energy by descent, and a box that grows around them."""

from __future__ import annotations

from collections.abc import Callable

import torch
from jaxtyping import Int
from torch import Tensor

from core.targets.mistakes import UnusableEnergyError
from core.types import Box, Points, Values, Vector

Energy = Callable[[Points], Values]
# Descent starts from STARTS random points for each of these typical distances from the origin.
STARTS, DISTANCES = 24, (0.3, 1.0, 3.0, 10.0, 30.0, 100.0)
DESCENT_STEPS = 80
# Densities this many nats below the maximum are negligible: e⁻²⁸ = 7·10⁻¹³.
TAIL_NATS = 28.0
# Minima more than this many nats above the lowest one are negligible.
_LOW_NATS = 25.0
# A descent that goes farther or deeper than this shows that the energy has no minimum.
FARTHEST, DEEPEST = 1e5, 1e9
# Smallest and largest margin of the boxes that are tried around the minima.
NARROWEST, WIDEST = 1e-3, 1e4
# Number of points along each axis of a face of the box.
_FACE = 129
# On each face, descent starts from this many points, those with the lowest energies, and takes this many steps.
_DEEPEST_POINTS, _FACE_STEPS = 4, 30


def minima(energy: Energy, dim: int) -> Points:
    """Local minima of an energy that are not negligible compared with the lowest one, by descent from random points around the origin.

    Raises:
        UnusableEnergyError: the energy is finite at none of the points, or falls without bound.
    """
    generator = torch.Generator().manual_seed(0)
    directions = torch.randn(len(DISTANCES), STARTS, dim, generator=generator, dtype=torch.float64)
    start = (directions * torch.tensor(DISTANCES, dtype=torch.float64)[:, None, None]).flatten(0, 1)
    value = energy(start)
    if not value.isfinite().any():
        raise UnusableEnergyError(not_finite(start[0], value[0]))
    x = descend(energy, start[value.isfinite()])
    value = energy(x)
    lowest = int(value.argmin())
    if float(x[lowest].abs().max()) > FARTHEST or float(value[lowest]) < -DEEPEST:
        raise UnusableEnergyError(_unbounded(x[lowest]))
    return x[value < value[lowest] + _LOW_NATS]


def _unbounded(x: Tensor) -> str:
    is_far = float(x.abs().max()) > FARTHEST
    remedy = (
        "add a term that grows in all directions, such as x**4"
        if is_far
        else "divide by nothing that can be zero"
    )
    return (
        f"The energy falls without bound, as near x = {place(x)}, so its density has no integral; {remedy}."
    )


def descend(
    energy: Energy,
    x: Points,
    steps: int = DESCENT_STEPS,
    length: Values | None = None,
    held: Int[Tensor, " batch"] | None = None,
) -> Points:
    """Follow the negative gradient with step lengths that grow after success and shrink after failure, separately for each point.

    Args:
        energy: the energy.
        x: the points where descent starts.
        steps: number of steps.
        length: first step lengths; `0.1 (1 + |x|)` by default.
        held: for each point, the index of a coordinate that stays fixed; None if no coordinate does.
    """
    value, length = energy(x), 0.1 * (1 + x.norm(dim=1)) if length is None else length
    for _ in range(steps):
        slope = torch.nan_to_num(gradient(energy, x))
        if held is not None:
            slope[torch.arange(len(x)), held] = 0.0
        trial = x - length[:, None] * slope / slope.norm(dim=1, keepdim=True).clamp_min(1e-30)
        there = energy(trial)
        better = there < value
        x, value = torch.where(better[:, None], trial, x), torch.where(better, there, value)
        length = length * torch.where(better, 1.7, 0.4)
    return x


def gradient(energy: Energy, x: Points) -> Points:
    """∇f at each point."""
    with torch.enable_grad():
        x = x.detach().requires_grad_()
        (slope,) = torch.autograd.grad(energy(x).sum(), x)
    return slope


def check_slope(energy: Energy, x: Points) -> None:
    """Check that the energy has a finite gradient at points where the mass is.

    Raises:
        UnusableEnergyError: the gradient is not finite.
    """
    wrong = ~gradient(energy, x).isfinite().all(1)
    if wrong.any():
        raise UnusableEnergyError(
            f"The energy has no finite gradient at x = {place(x[wrong][0])}, where the density has mass; it must be smooth there."
        )


def hessian(energy: Energy, x: Vector) -> Tensor:
    """∇²f at one point, with zeros for what is not finite."""
    with torch.enable_grad():
        found = torch.autograd.functional.hessian(lambda point: energy(point[None])[0], x)
    return torch.nan_to_num(found)


def grown_box(energy: Energy, around: Points, widest: float = WIDEST) -> Box | None:
    """A box on whose faces the density is negligible; None if no box is large enough.

    Args:
        energy: the energy.
        around: points that the box must contain. A density is negligible where the energy is TAIL_NATS above the lowest of these points.
        widest: the largest distance between these points and the faces.
    """
    lowest = float(energy(around).min())
    lower, upper = around.amin(0), around.amax(0)
    margins = torch.full((2, len(lower)), NARROWEST, dtype=torch.float64)
    while True:
        box = Box(lower - margins[0], upper + margins[1])
        shallow = _shallow(energy, box, lowest + TAIL_NATS)
        if not shallow.any():
            shallow = _crossed(energy, box, lowest + TAIL_NATS)
        if not shallow.any():
            return box
        margins = torch.where(shallow, 1.6 * margins, margins)
        if float(margins.max()) > widest:
            return None


def _shallow(energy: Energy, box: Box, limit: float) -> Tensor:
    """For the lower (row 0) and upper (row 1) face of each axis: whether the energy is below a limit at one of the face's points."""
    return torch.tensor([[bool((energy(face) < limit).any()) for face in row] for row in _faces(box)])


def _crossed(energy: Energy, box: Box, limit: float) -> Tensor:
    """The same as `_shallow`, but also between the points of a face, where a narrow ridge of the density may cross it."""
    if len(box.lower) == 1:
        return torch.zeros(2, 1, dtype=torch.bool)
    return _lowest_on_faces(energy, box) < limit


def least_far_rise(energy: Energy, around: Points) -> float:
    """The smallest rise of an energy from the lowest point of `around` to a face of the widest box; small if the mass keeps growing with
    the box."""
    box = Box(around.amin(0) - WIDEST, around.amax(0) + WIDEST)
    return float(_lowest_on_faces(energy, box).min() - energy(around).min())


def _lowest_on_faces(energy: Energy, box: Box) -> Tensor:
    """The lowest energy on the lower (row 0) and upper (row 1) face of each axis, by descent on the face."""
    table = torch.zeros(2, len(box.lower), dtype=torch.float64)
    for side, row in enumerate(_faces(box)):
        for axis, face in enumerate(row):
            start = face[energy(face).topk(min(_DEEPEST_POINTS, len(face)), largest=False).indices]
            length = (box.upper - box.lower).max().expand(len(start)) / _FACE
            held = torch.full((len(start),), axis)
            table[side, axis] = energy(descend(energy, start, _FACE_STEPS, length, held)).min()
    return table


def _faces(box: Box) -> list[list[Points]]:
    """Points on the lower (row 0) and upper (row 1) face of each axis."""
    ends = zip(box.lower.tolist(), box.upper.tolist(), strict=True)
    sides = [torch.linspace(low, high, _FACE, dtype=torch.float64) for low, high in ends]
    rows = []
    for corner in (box.lower, box.upper):
        faces = []
        for axis, end in enumerate(corner):
            ticks = [end[None] if i == axis else side for i, side in enumerate(sides)]
            faces.append(torch.stack(torch.meshgrid(*ticks, indexing="ij"), -1).reshape(-1, len(sides)))
        rows.append(faces)
    return rows


def place(x: Tensor) -> str:
    """Format a point for a sentence: `(1.5, -2)`."""
    return "(" + ", ".join(f"{value:.4g}" for value in x.tolist()) + ")"


def not_finite(x: Tensor, value: Tensor) -> str:
    """The error sentence for an energy that is not a finite number at a point."""
    what = "not a number" if bool(value.isnan()) else "infinite"
    return (
        f"The energy is {what} at x = {place(x)}; it must be a finite number everywhere, so change the formula there, "
        "for example with abs, max or where."
    )
