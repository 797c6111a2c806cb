"""Energies in any dimension: box, scale and modes by sampling and descent. log Z, mode masses and exact samples stay unknown."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import one_hot

from core.targets.base import HasModes, KnownTarget
from core.targets.computed.basins import BARRIER_NATS, MOST_MODES
from core.targets.computed.cloud import KEPT, cloud, local_clouds
from core.targets.computed.on_grid import SHARPEST
from core.targets.computed.reach import Reach, reach
from core.targets.computed.settle import settled
from core.targets.computed.support import Energy, check_slope, descend, hessian, minima
from core.targets.mistakes import UnusableEnergyError
from core.types import Box, OtherPoints, Points, Values

# The number of sampled points from which descent looks for further modes, and the number of points on the segment between two minima at which
# the energy is evaluated to find a barrier.
_DESCENDING, _BETWEEN = 256, 17
# Number of descent steps from a point to the mode to which it belongs.
_MEMBER_STEPS = 40
# A density that falls by less than this many nats towards the sides of its box is rejected, since its integral seems to be infinite.
_LEAST_RISE = 6.0
# Modes whose log mass is this many nats below that of the heaviest mode are dropped.
_LEAST_MASS_NATS = 14.0


@dataclass(frozen=True)
class Survey:
    """The facts that are computed from an energy in many dimensions.

    Attributes:
        modes: minima of the energy that are separated by barriers, from the lowest to the highest.
        scale: the typical width of a mode.
        reach: the box, with an estimate of the mass in it.
    """

    modes: Float[Tensor, "modes dim"]
    scale: float
    reach: Reach


class SurveyedTarget(KnownTarget, HasModes):
    """A density `e^{−f}` whose box, scale and modes were found from the energy alone.

    Args:
        energy: the energy f, in nats.
        survey: the facts that the function `survey` has computed about it.
    """

    modes: Float[Tensor, "modes dim"]

    def __init__(self, energy: Energy, survey: Survey) -> None:
        super().__init__()
        self.formula = energy
        self.survey = survey
        self.dim = survey.modes.shape[1]
        self.register_buffer("modes", survey.modes.clone())

    def energy(self, x: Points) -> Values:
        return self.formula(x)

    def responsibilities(self, x: Points) -> Float[Tensor, "batch modes"]:
        """1 for the mode nearest to where descent from the point ends, 0 for the others; NaN for a point that is not finite."""
        foot = descend(self.energy, x, _MEMBER_STEPS) if len(self.modes) > 1 else x
        nearest = torch.cdist(foot, self.modes.to(x)).nan_to_num().argmin(1)
        table = one_hot(nearest, len(self.modes)).to(x)
        return torch.where(x.isfinite().all(1, keepdim=True), table, torch.nan)

    @property
    def box(self) -> Box:
        return self.survey.reach.box

    @property
    def scale(self) -> float:
        return self.survey.scale


def survey(energy: Energy, dim: int) -> Survey:
    """Compute box, scale and modes of an energy in any dimension.

    Raises:
        UnusableEnergyError: the energy falls without bound or is not a number at a point, or no box seems to contain the mass.
    """
    generator = torch.Generator().manual_seed(0)
    found = separated(energy, minima(energy, dim))
    points = cloud(energy, found, generator)
    check_slope(energy, points[-_DESCENDING:])
    feet = descend(energy, points[-_DESCENDING:])
    modes = separated(energy, torch.cat([found, feet]))
    if len(modes) > 1:
        modes = separated(energy, settled(energy, modes))
    curved = [_laplace(energy, mode) for mode in modes]
    mass = torch.tensor([log_mass for log_mass, _ in curved], dtype=torch.float64)
    heavy = mass > mass.max() - _LEAST_MASS_NATS
    modes, mass = modes[heavy], mass[heavy]
    local = local_clouds(energy, modes, generator)
    widths = _widths(
        modes, [width for (_, width), stays in zip(curved, heavy.tolist(), strict=True) if stays], local
    )
    scale = float(mass.softmax(0) @ widths)
    found_reach = reach(energy, torch.cat([points, local]))
    if found_reach.least_rise < _LEAST_RISE:
        raise UnusableEnergyError(
            "The density has no finite integral, or its tails are too heavy: its mass keeps growing with the box; use an energy that "
            "grows faster in all directions."
        )
    return Survey(modes, scale, found_reach)


def separated(energy: Energy, feet: Points) -> OtherPoints:
    """Group minima that no barrier separates; returns the lowest minimum of each group, from the lowest to the highest."""
    value, modes = energy(feet), list[Tensor]()
    left = feet[value.argsort()]
    while len(left) and len(modes) < MOST_MODES:
        modes.append(left[0])
        barrier = _has_barrier(energy, left[0], left)
        barrier[0] = False
        left = left[barrier]
    return torch.stack(modes)


def _laplace(energy: Energy, mode: Tensor) -> tuple[float, float]:
    """The log of a mode's mass in the Gaussian (Laplace) approximation, and its width in its narrowest direction."""
    curvature = torch.linalg.eigvalsh(hessian(energy, mode))
    # A direction without curvature counts as wide, but not infinitely wide.
    curvature = curvature.clamp_min(1e-4 * float(curvature.max().clamp_min(1e-30)))
    return float(-energy(mode[None]) - curvature.log().sum() / 2), float(curvature.max()) ** -0.5


def _widths(modes: Points, narrow: list[float], local: OtherPoints) -> Values:
    """The width of each mode.

    It is the width `narrow` from the mode's curvature, limited to the range from `SHARPEST * s` to s. Here s is the standard deviation of the
    points sampled around the mode (`local`), along the coordinate in which it is smallest.
    """
    chains = local.view(-1, len(modes), len(local) // (KEPT * len(modes)), modes.shape[1])
    std = chains.transpose(0, 1).flatten(1, 2).std(1).amin(1)
    width = torch.tensor(narrow, dtype=torch.float64)
    return torch.minimum(torch.maximum(width, SHARPEST * std), std)


def _has_barrier(energy: Energy, start: Tensor, ends: Points) -> Tensor:
    """For each point of `ends`: whether the energy on the segment from `start` to it rises more than BARRIER_NATS above both ends."""
    fractions = torch.linspace(0, 1, _BETWEEN, dtype=ends.dtype)
    along = start + fractions[:, None, None] * (ends - start)
    values = energy(along.flatten(0, 1)).view(_BETWEEN, len(ends))
    return values.amax(0) > torch.maximum(values[0], values[-1]) + BARRIER_NATS
