"""The φ⁴ theory on a small square lattice with periodic boundary conditions."""

from __future__ import annotations

import math

import torch
from jaxtyping import Float
from torch import Tensor

from core.targets.base import HasModes, KnownTarget
from core.types import Box, Points, Values


class Phi4Lattice(KnownTarget, HasModes):
    """`f = Σ_x −2κ Σ_μ φ(x) φ(x + μ) + (1 − 2λ) φ(x)² + λ φ(x)⁴` over the sites x of a side × side lattice; μ is a step along each axis.

    If 4κ > 1 − 2λ (the broken phase), there are two modes: the constant fields ±φ₀ with φ₀² = (4κ − 1 + 2λ)/(2λ). By symmetry each has half
    of the mass. Otherwise the only mode is the zero field. Neither log Z nor exact samples are known.

    Args:
        side: sites along each axis; there are side² coordinates.
        hopping: the strength κ with which neighbours align.
        quartic: the coefficient λ of φ⁴.

    References:
        Nicoli, Anders, Funcke, Hartung, Jansen, Kessel, Nakajima, Stornati: Estimation of Thermodynamic Observables in Lattice Field
        Theories with Deep Generative Models, PRL 2021, eq. 2.
    """

    modes: Float[Tensor, "modes dim"]
    weights: Float[Tensor, " modes"]

    def __init__(self, side: int, hopping: float, quartic: float) -> None:
        super().__init__()
        self.dim = side**2
        self.side, self.hopping, self.quartic = side, hopping, quartic
        self.field = math.sqrt(max(4 * hopping - 1 + 2 * quartic, 0.0) / (2 * quartic))
        signs = torch.tensor([-1.0, 1.0] if self.field else [0.0], dtype=torch.float64)
        self.register_buffer("modes", self.field * signs[:, None].expand(-1, self.dim).clone())
        self.register_buffer("weights", torch.full((len(signs),), 1 / len(signs), dtype=torch.float64))

    def energy(self, x: Points) -> Values:
        field = x.view(len(x), self.side, self.side)
        beside = field.roll(1, 1) + field.roll(1, 2)
        site = (1 - 2 * self.quartic) * field.square() + self.quartic * field**4
        return (site - 2 * self.hopping * field * beside).sum((1, 2))

    def responsibilities(self, x: Points) -> Float[Tensor, "batch modes"]:
        """1 for the mode that has the sign of the point's mean field, 0 for the other; NaN for a point that is not finite."""
        mean = x.mean(1, keepdim=True)
        if len(self.modes) == 1:
            return torch.where(mean.isfinite(), 1.0, torch.nan).to(x)
        table = torch.cat([mean < 0, mean >= 0], dim=1).to(x)
        return torch.where(mean.isfinite(), table, torch.nan)

    @property
    def box(self) -> Box:
        half = torch.full((self.dim,), self.field + 4 * self._widest, dtype=torch.float64)
        return Box(-half, half)

    @property
    def _site_curvature(self) -> float:
        return 2 * (1 - 2 * self.quartic) + 12 * self.quartic * self.field**2

    @property
    def _widest(self) -> float:
        """A generous estimate of the standard deviation of one site in a mode: about twice its value if the neighbouring sites were fixed."""
        return 1.5 / math.sqrt(self._site_curvature / 2)

    @property
    def scale(self) -> float:
        """The width of a mode in its narrowest direction, where neighbours have opposite signs."""
        return 1 / math.sqrt(self._site_curvature + 8 * self.hopping)
