"""Bayesian logistic regression on the Wisconsin breast cancer data."""

from __future__ import annotations

import csv
import math
from functools import lru_cache
from pathlib import Path

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import softplus

from core.targets.base import HasClosedForm, KnownTarget
from core.types import Box, Derivatives, Points, Values, Vector

DATA = Path(__file__).with_name("breast_cancer.csv")
# Half-width of the box, in standard deviations of the Gaussian that fits the posterior at its maximum, and Newton steps to this maximum.
_MARGIN, _NEWTON_STEPS = 6.0, 20


class LogisticPosterior(KnownTarget, HasClosedForm):
    """The posterior of the coefficients β of a logistic regression, `f(β) = Σ_n softplus(−y_n a_n·β) + |β|²/2`.

    The rows a_n have an intercept and 30 standardised measurements of 569 tumours; y_n = ±1 is the diagnosis. The prior is N(0, I).
    log Z is unknown, there is no exact sampler, and the posterior has no separate modes. Box and scale come from the Gaussian that fits the
    posterior at its maximum.

    References:
        Street, Wolberg, Mangasarian: Nuclear feature extraction for breast tumor diagnosis, 1993 (data: UCI Machine Learning Repository).
    """

    signed: Float[Tensor, "rows dim"]

    def __init__(self) -> None:
        super().__init__()
        signed = _signed_rows()
        self.dim = signed.shape[1]
        self.register_buffer("signed", signed)
        self._fit = _fitted_gaussian()

    def energy(self, x: Points) -> Values:
        return softplus(-(x @ self.signed.to(x).T), threshold=40.0).sum(1) + x.square().sum(1) / 2

    def closed_form(self, x: Points) -> Derivatives:
        rows = self.signed.to(x)
        along = x @ rows.T
        chance = torch.sigmoid(-along)
        value = softplus(-along, threshold=40.0).sum(1) + x.square().sum(1) / 2
        curvature = (chance * (1 - chance)) @ rows.square().sum(1) + self.dim
        return Derivatives(value, x - chance @ rows, curvature)

    @property
    def box(self) -> Box:
        middle, hessian = self._fit
        margin = _MARGIN * torch.linalg.inv(hessian).diagonal().sqrt()
        return Box(middle - margin, middle + margin)

    @property
    def scale(self) -> float:
        """The width of the posterior in its narrowest direction."""
        return 1 / math.sqrt(float(torch.linalg.eigvalsh(self._fit[1])[-1]))


@lru_cache(maxsize=1)
def _signed_rows() -> Float[Tensor, "rows dim"]:
    """The rows `y_n a_n`, read from the file and standardised."""
    with DATA.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(line for line in file if not line.startswith("#")))
    table = torch.tensor([[float(cell) for cell in row] for row in rows[1:]], dtype=torch.float64)
    measured, label = table[:, :-1], 2 * table[:, -1:] - 1
    standard = (measured - measured.mean(0)) / measured.std(0, correction=0)
    return label * torch.cat([torch.ones(len(table), 1, dtype=torch.float64), standard], dim=1)


@lru_cache(maxsize=1)
def _fitted_gaussian() -> tuple[Vector, Float[Tensor, "dim dim"]]:
    """The maximum of the posterior, by Newton's method, and the Hessian of the energy there."""
    rows = _signed_rows()
    x = torch.zeros(rows.shape[1], dtype=torch.float64)
    for _ in range(_NEWTON_STEPS):
        chance = torch.sigmoid(-(rows @ x))
        hessian = rows.T @ ((chance * (1 - chance))[:, None] * rows) + torch.eye(len(x), dtype=torch.float64)
        x = x - torch.linalg.solve(hessian, x - rows.T @ chance)
    return x, hessian
