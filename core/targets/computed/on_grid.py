"""Energies on the line and in the plane: all facts about them are computed on a fine grid."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from core.targets.base import AbstractTarget, HasClosedForm
from core.targets.computed.basins import basins
from core.targets.computed.coordinates import AbstractCoordinates
from core.targets.computed.fitted import box_around, bulk_around, fitted, mass_within
from core.targets.computed.grid import Grid, sample
from core.targets.computed.kinks import corners
from core.targets.computed.support import Energy, check_slope, gradient, hessian
from core.types import Box, Derivatives, Points, Values

_NEWTON_STEPS = 4
# If the box holds less than this fraction of the mass, the tails are called heavy.
HEAVY_BELOW = 0.9999
# The width of a mode is at least this fraction of its standard deviation, however sharp its minimum.
SHARPEST = 0.1
# Number of samples at which the gradient must be finite.
_CHECKED = 200


@dataclass(frozen=True)
class Known:
    """The facts that are computed from an energy on the line or in the plane.

    Attributes:
        grid: energies on a fine grid, for the density as a function of the grid's coordinates.
        coordinates: the coordinates of the grid; stretched if the tails are heavy.
        held: the fraction of the mass in the box.
        bound: for each cell of the grid, an upper bound on its density; see `Grid.proposal`.
        basin: for each node of the grid, the index of the mode to which it belongs.
        modes, weights, scale, box, kinks: see `AbstractTarget`.
    """

    grid: Grid
    coordinates: AbstractCoordinates
    held: float
    bound: Tensor
    basin: Tensor
    modes: Float[Tensor, "modes dim"]
    weights: Float[Tensor, " modes"]
    scale: float
    box: Box
    kinks: tuple[float, ...]

    @property
    def box_mass(self) -> float | None:
        """The fraction of the mass in the box if the tails are heavy; None if the box holds nearly all mass."""
        return self.held if self.held < HEAVY_BELOW else None


class GridTarget(AbstractTarget, HasClosedForm):
    """A density `e^{−f}` on the line or in the plane, with log Z, exact samples, modes, box and scale from a grid.

    Args:
        energy: the energy f, in nats.
        known: what `known_on_grid` has computed about it.
        derivatives: returns the energy, its gradient and its Laplacian in closed form; None if there is no closed form.
    """

    def __init__(
        self, energy: Energy, known: Known, derivatives: Callable[[Points], Derivatives] | None = None
    ) -> None:
        super().__init__()
        self.formula, self.derivatives = energy, derivatives
        self.known = known
        self.dim = known.modes.shape[1]
        self.log_z = known.grid.log_z
        self.box_mass = known.box_mass
        self.kinks = known.kinks
        self.register_buffer("modes", known.modes.clone())
        self.register_buffer("weights", known.weights.clone())

    @property
    def log_z_error(self) -> float:
        """The change of log Z if its quadrature has half the resolution."""
        return self.known.grid.log_z_error

    def energy(self, x: Points) -> Values:
        return self.formula(x)

    def closed_form(self, x: Points) -> Derivatives | None:
        return None if self.derivatives is None else self.derivatives(x)

    def sample(self, num_samples: int, generator: torch.Generator) -> Points:
        known = self.known
        pulled = known.coordinates.pulled(self.energy)
        return known.coordinates.x(sample(pulled, known.grid, known.bound, num_samples, generator))

    def responsibilities(self, x: Points) -> Float[Tensor, "batch modes"]:
        """1 for the mode whose basin contains the point, 0 for the others; NaN for a point that is not finite."""
        grid = self.known.grid
        place = (
            ((self.known.coordinates.u(x.to(grid.box.lower)) - grid.box.lower) / grid.steps)
            .round()
            .nan_to_num()
        )
        index = place.clamp(0, len(grid.energy) - 1).long()
        owner = self.known.basin[tuple(index.T)]
        table = torch.nn.functional.one_hot(owner, len(self.known.weights)).to(x)
        return torch.where(x.isfinite().all(1, keepdim=True), table, torch.nan)

    @property
    def box(self) -> Box:
        return self.known.box

    @property
    def scale(self) -> float:
        return self.known.scale


def known_on_grid(energy: Energy, dim: int) -> Known:
    """Compute all facts about an energy on the line or in the plane.

    Raises:
        UnusableEnergyError: its density has no finite integral, or the energy is not finite or too rough.
    """
    grid, coordinates = fitted(energy, dim)
    bound, generator = grid.proposal(), torch.Generator().manual_seed(0)
    checked = sample(coordinates.pulled(energy), grid, bound, _CHECKED, generator)
    check_slope(energy, coordinates.x(checked))
    values = Grid(grid.box, grid.energy + coordinates.log_volume(grid.nodes).view_as(grid.energy))
    mass, basin = grid.mass, basins(values.energy, grid.mass)
    weights = torch.zeros(int(basin.max()) + 1, dtype=torch.float64)
    weights.index_add_(0, basin.flatten(), mass.flatten())
    modes = coordinates.x(_bottoms(lambda u: energy(coordinates.x(u)), values, basin, len(weights)))
    box = box_around(grid, coordinates, modes)
    bulk = mass_within(grid, coordinates, bulk_around(grid, coordinates, box, modes))
    stds = _least_stds(coordinates.x(grid.nodes) - box.center, bulk, basin, len(modes))
    scale = _scale(energy, modes, weights, stds)
    kinks = corners(energy, box) if dim == 1 else ()
    near = float(grid.steps[0]) * coordinates.log_volume(coordinates.u(modes)).exp()
    modes = _at_corners(energy, modes, kinks, near)
    held = float(mass_within(grid, coordinates, box).sum())
    return Known(grid, coordinates, held, bound, basin, modes, weights / weights.sum(), scale, box, kinks)


def _bottoms(energy: Energy, grid: Grid, basin: Tensor, count: int) -> Points:
    """The minimum of each basin: its lowest node, improved by Newton's method if that lowers the energy and stays within a few cells."""
    values, label = grid.energy.flatten(), basin.flatten()
    nodes = grid.nodes[[int(torch.where(label == k, values, torch.inf).argmin()) for k in range(count)]]
    found = nodes
    for _ in range(_NEWTON_STEPS):
        steps = [torch.linalg.pinv(hessian(energy, x)) @ gradient(energy, x[None])[0] for x in found]
        trial = found - torch.stack(steps).nan_to_num()
        better = (energy(trial) < energy(found)) & ((trial - nodes).abs() <= 3 * grid.steps).all(1)
        found = torch.where(better[:, None], trial, found)
    return found


def _at_corners(energy: Energy, modes: Points, kinks: tuple[float, ...], near: Values) -> Points:
    """The modes. A mode is moved to a corner of the energy that is within one grid step (`near`) and not higher."""
    for kink in kinks:
        corner = torch.full_like(modes, kink)
        better = ((corner - modes).abs() <= near[:, None])[:, 0] & (energy(corner) <= energy(modes) + 1e-9)
        modes = torch.where(better[:, None], corner, modes)
    return modes


def _scale(energy: Energy, modes: Points, weights: Values, stds: list[float]) -> float:
    """The mean width of the modes. A mode's width comes from the curvature at its minimum, limited to between `SHARPEST * std` and std."""
    widths = []
    for mode, std in zip(modes, stds, strict=True):
        curvature = float(torch.linalg.eigvalsh(hessian(energy, mode)).max())
        widths.append(min(max(curvature**-0.5, SHARPEST * std), std) if curvature > 0 else std)
    return float(weights @ torch.tensor(widths, dtype=torch.float64) / weights.sum())


def _least_stds(x: Points, mass: Values, basin: Tensor, count: int) -> list[float]:
    """The standard deviation of the density in each basin, along the direction in which it is smallest."""
    label = basin.flatten()
    weight = mass.new_zeros(count).index_add_(0, label, mass)
    products = x[:, :, None] * x[:, None, :]
    mean = x.new_zeros(count, x.shape[1]).index_add_(0, label, mass[:, None] * x) / weight[:, None]
    second = products.new_zeros(count, *products.shape[1:])
    second.index_add_(0, label, mass[:, None, None] * products)
    covariance = second / weight[:, None, None] - mean[:, :, None] * mean[:, None, :]
    found: list[float] = torch.linalg.eigvalsh(covariance)[:, 0].clamp_min(0).sqrt().tolist()
    return found
