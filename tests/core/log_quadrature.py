"""Reference values for ‖v_t‖² of a 1-D linear curve from N(0, σ²) to a Gaussian mixture, by dense quadrature in log space.

This module shares no code with the engine. With the distribution function F, `∂_t F = F (1 − F) (E[g | left] − E[g | right])`, where
g = ∂_t log ρ̃_t is the growth rate, averaged to the left and to the right of a point. This is accurate even where F is e^{−1000}.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
POINTS = 2500


def log_kinetic_energy(
    t: float,
    means: Sequence[float],
    std: float | Sequence[float],
    sigma: float,
    weights: Sequence[float] | None = None,
) -> float:
    """log ‖v_t‖², accurate to about 10⁻⁵."""
    centers = np.asarray(means, dtype=float)
    widths = np.broadcast_to(np.asarray(std, dtype=float), centers.shape)
    shares = np.ones(len(centers)) if weights is None else np.asarray(weights, dtype=float)
    x = _points(t, centers, widths, shares / shares.sum(), sigma)
    target = np.logaddexp.reduce(_log_parts(x, centers, widths, shares / shares.sum()), axis=0)
    latent = -(x**2) / (2 * sigma**2) - np.log(sigma * np.sqrt(2 * np.pi))
    growth = target - latent
    log_density = latent + t * growth
    below, above = _from_left(log_density, x), _from_right(log_density, x)
    log_z = below[-1]
    lack = np.log(growth.max() - growth + 1)  # positive, unlike g, so its integral can be computed in logs
    with np.errstate(invalid="ignore", divide="ignore"):
        left = np.exp(_from_left(log_density + lack, x) - below)
        right = np.exp(_from_right(log_density + lack, x) - above)
        log_flux = below + above - 2 * log_z + np.log(np.abs(left - right))
    log_energy = 2 * log_flux - log_density + log_z
    return float(_from_left(np.where(np.isfinite(log_energy), log_energy, -1e300), x)[-1])


def _points(t: float, means: Array, std: Array, weights: Array, sigma: float) -> Array:
    """Quadrature points: dense around all modes of the curve, and on a log scale around points where ∂_t log ρ̃_t may have a kink."""
    lower, upper = min(means.min(), 0) - 40 * sigma, max(means.max(), 0) + 40 * sigma
    coarse = np.linspace(lower, upper, 4 * POINTS)
    first = _log_parts(coarse, means, std, weights).argmax(0)
    kinks = []
    for i in np.flatnonzero(np.diff(first)):
        pair = [first[i], first[i + 1]]
        fine = np.linspace(coarse[i], coarse[i + 1], 2**16 + 1)
        near, far = _log_parts(fine, means[pair], std[pair], weights[pair])
        kinks.append(fine[np.abs(near - far).argmin()])
    variance = 1 / (t / std.min() ** 2 + (1 - t) / sigma**2)
    centers = [*means, 0.0, *(means * t * variance / std.min() ** 2), *kinks]
    around = np.concatenate([[0], np.geomspace(1e-9, upper - lower, 3 * POINTS)])
    within = np.linspace(-40, 40, 2 * POINTS) * np.sqrt(variance)
    parts = [coarse, *(c + part for c in centers for part in (around, -around, within))]
    x = np.unique(np.concatenate(parts))
    return x[(x >= lower) & (x <= upper)]


def _log_parts(x: Array, means: Array, std: Array, weights: Array) -> Array:
    z = (x - means[:, None]) / std[:, None]
    return -(z**2) / 2 + np.log(weights / (std * np.sqrt(2 * np.pi)))[:, None]


def _from_left(values: Array, x: Array) -> Array:
    """Running log-integral of e^{values} from the left, with values interpolated linearly between the points."""
    before, after = values[:-1], values[1:]
    fall = np.abs(after - before)
    share = np.where(fall > 1e-6, -np.expm1(-fall) / np.maximum(fall, 1e-300), 1 - fall / 2)
    parts = np.maximum(before, after) + np.log(share) + np.log(np.diff(x))
    return np.concatenate([[-np.inf], np.logaddexp.accumulate(parts)])


def _from_right(values: Array, x: Array) -> Array:
    return _from_left(values[::-1], -x[::-1])[::-1]
