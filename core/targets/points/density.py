"""The target `points`: a kernel density of imported points."""

from __future__ import annotations

from functools import lru_cache

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn.functional import one_hot

from core.targets.base import AbstractTarget, HasClosedForm, HasMarginal
from core.targets.mixture import GaussianMixture
from core.targets.points.bandwidth import bandwidths
from core.targets.points.packed import unpacked
from core.targets.points.peaks import Peaks, find_peaks
from core.types import Box, Derivatives, Points, Values, Vector


class KernelDensity(AbstractTarget, HasClosedForm, HasMarginal):
    """`ρ(x) = (1/n) Σ_i N(x; x_i, diag(h²))`, normalised, so `log_z = 0`.

    The modes are the peaks of the density. Each kernel belongs to the peak that the uphill path from its centre reaches. So the mass of a mode
    is the fraction of the kernels that belong to it, which is exact.

    Args:
        points: the centres x_i of the kernels.
        width: the bandwidth h of each coordinate, in the units of x.
        peaks: the peaks, in units of the bandwidth; computed if omitted.
    """

    width: Vector
    owner: Int[Tensor, " points"]

    def __init__(
        self, points: Float[Tensor, "points dim"], width: Vector, peaks: Peaks | None = None
    ) -> None:
        super().__init__()
        self.dim, self.log_z = points.shape[1], 0.0
        self.kernels = GaussianMixture(points / width, 1.0)
        found = find_peaks(self.kernels) if peaks is None else peaks
        self.register_buffer("width", width)
        self.register_buffer("owner", found.owner)
        self.register_buffer("modes", found.at * width)
        counts = torch.bincount(found.owner, minlength=len(found.at)).to(width)
        self.register_buffer("weights", counts / counts.sum())

    def energy(self, x: Points) -> Values:
        return self.kernels.energy(x / self.width) + self.width.log().sum()

    def closed_form(self, x: Points) -> Derivatives:
        parts = [self._derivatives(part) for part in x.detach().split(self.kernels.rows)]
        return Derivatives(*(torch.cat(part) for part in zip(*parts, strict=True)))

    def _derivatives(self, x: Points) -> tuple[Values, Points, Values]:
        """`closed_form` for the points of one block."""
        logs = self.kernels.component_log_prob(x / self.width)
        share, value = logs.softmax(1), self.width.log().sum() - logs.logsumexp(1)
        precision = self.width.square().reciprocal()
        gradient = (x - share @ (self.kernels.modes * self.width).to(x)) * precision
        pulled = torch.cdist(
            x * precision, self.kernels.modes / self.width, compute_mode="donot_use_mm_for_euclid_dist"
        )
        curvature = precision.sum() - (share * pulled.square()).sum(1)
        return value, gradient, curvature + gradient.square().sum(1)

    def sample(self, num_samples: int, generator: torch.Generator) -> Points:
        return self.kernels.sample(num_samples, generator) * self.width

    def responsibilities(self, x: Points) -> Float[Tensor, "batch modes"]:
        """For each point, the probability that it came from the kernels of each peak."""
        table = one_hot(self.owner, len(self.weights)).to(x)
        return torch.cat(
            [
                self.kernels.component_log_prob(part / self.width).softmax(1) @ table
                for part in x.split(self.kernels.rows)
            ]
        )

    def marginal(self) -> KernelDensity:
        """The kernel density of the first two coordinates, as a single mode."""
        points = (self.kernels.modes * self.width)[:, :2]
        one = Peaks(points.mean(0, keepdim=True) / self.width[:2], torch.zeros_like(self.owner))
        return KernelDensity(points, self.width[:2], one)

    @property
    def box(self) -> Box:
        box = self.kernels.box
        return Box(box.lower * self.width, box.upper * self.width)

    @property
    def scale(self) -> float:
        """The mean standard deviation of a mode along its narrowest coordinate."""
        table = one_hot(self.owner, len(self.weights)).to(self.width)
        points, count = self.kernels.modes, table.sum(0)[:, None]
        mean = table.T @ points / count
        spread = (table.T @ points.square() / count - mean.square()).clamp_min(0) + 1
        return float(self.weights @ (spread.sqrt() * self.width).amin(1))


@lru_cache(maxsize=8)
def _parts(points: str, bandwidth: float) -> tuple[Tensor, Vector, Peaks]:
    """The points, the bandwidths and the peaks of the target with these parameters."""
    x = torch.tensor(unpacked(points), dtype=torch.float64)
    width = bandwidth * bandwidths(x)
    return x, width, find_peaks(GaussianMixture(x / width, 1.0))


def points_density(points: str, bandwidth: float) -> KernelDensity:
    """The target of imported points.

    Args:
        points: packed points, see `core.targets.points.packed`.
        bandwidth: factor on the bandwidths that `bandwidths` chooses from the points.
    """
    return KernelDensity(*_parts(points, bandwidth))


def count_peaks(points: str, bandwidth: float) -> int:
    """The number of modes of the target with these parameters, see `points_density`."""
    return len(_parts(points, bandwidth)[2].at)
