"""Distances between two sets of samples: Sinkhorn divergence and maximum mean discrepancy."""

from __future__ import annotations

import math

import torch
from jaxtyping import Float
from torch import Tensor

from core.types import OtherPoints, Points, Values

# The Sinkhorn divergence uses at most this many points of each set: finding the optimal matching takes cubic time.
MOST_MATCHED = 500
# The kernel distance uses at most this many points of each set: its cost is quadratic.
MOST_COMPARED = 2000
# Sinkhorn's iteration ends once the mean relative error of the transport plan's marginals is below MARGINAL_ERROR, or after MOST_ITERATIONS.
MARGINAL_ERROR, MOST_ITERATIONS = 1e-2, 50

Costs = Float[Tensor, "first second"]


def sinkhorn_distance(x: Points, y: OtherPoints, blur: float) -> float:
    """The square root of the Sinkhorn divergence, a smoothed Wasserstein-2 distance in the units of x.

    `S(X, Y) = OT(X, Y) − ½OT(X, X) − ½OT(Y, Y)` with the entropic transport cost `OT = min_P Σ P C + ε KL(P‖a⊗b)`, the cost
    `C = |x − y|²` and ε = blur². It approaches W₂ as the blur goes to zero, and is zero for equal sets.

    Args:
        x, y: sets of points; the first MOST_MATCHED of each are used.
        blur: distance below which differences are smoothed, in the units of x.

    Returns:
        The distance; NaN if a point is not finite.

    References:
        Feydy, Séjourné, Vialard, Amari, Trouvé, Peyré: Interpolating between Optimal Transport and MMD using Sinkhorn
        Divergences, AISTATS 2019.
    """
    x, y = x[:MOST_MATCHED].double(), y[:MOST_MATCHED].double()
    if not (x.isfinite().all() and y.isfinite().all()):
        return math.nan
    epsilon = blur**2
    own = _own_cost(_squared(x, x), epsilon) + _own_cost(_squared(y, y), epsilon)
    return math.sqrt(max(_transport_cost(_squared(x, y), epsilon) - own / 2, 0.0))


def _squared(x: Points, y: Float[Tensor, "other dim"]) -> Costs:
    return torch.cdist(x, y, compute_mode="donot_use_mm_for_euclid_dist").square()


def _soft_minimum(costs: Costs, potential: Values, epsilon: float) -> Tensor:
    """`−ε log mean_j exp((g_j − C_ij)/ε)` for every row i."""
    exponents = (potential - costs) / epsilon
    return epsilon * (math.log(costs.shape[1]) - exponents.logsumexp(1))


def _transport_cost(costs: Costs, epsilon: float) -> float:
    """The entropic cost between two sets of equal weights.

    Sinkhorn's iteration starts from the potentials of the optimal matching. Started from zero, it would need thousands of iterations if
    modes are far apart compared with the blur.
    """
    import ot

    even = [torch.full((size,), 1 / size, dtype=torch.float64).numpy() for size in costs.shape]
    _, matching = ot.emd(*even, costs.numpy(), log=True)
    rows, columns = (torch.from_numpy(matching[name]).to(costs) for name in ("u", "v"))
    for _ in range(MOST_ITERATIONS):
        updated = _soft_minimum(costs, columns, epsilon)
        error = ((rows - updated) / epsilon).exp().sub(1).abs().mean().item()
        rows, columns = updated, _soft_minimum(costs.T, updated, epsilon)
        if error < MARGINAL_ERROR:
            break
    return (rows.mean() + columns.mean()).item()


def _own_cost(costs: Costs, epsilon: float) -> float:
    """The entropic cost of a set to itself, whose two potentials are equal; averaging makes the iteration converge fast."""
    potential = costs.new_zeros(len(costs))
    for _ in range(MOST_ITERATIONS):
        updated = _soft_minimum(costs, potential, epsilon)
        error = ((potential - updated) / epsilon).exp().sub(1).abs().mean().item()
        potential = (potential + updated) / 2
        if error < MARGINAL_ERROR:
            break
    return 2 * _soft_minimum(costs, potential, epsilon).mean().item()


def kernel_distance(x: Points, y: OtherPoints) -> float:
    """The maximum mean discrepancy (MMD) `√(mean k(X, X') + mean k(Y, Y') − 2 mean k(X, Y))` over all pairs.

    The kernel is `k(x, y) = exp(−|x − y|²/(2ℓ²))` with ℓ the median distance within y. The values lie between 0 and √2.

    Args:
        x: samples.
        y: exact samples. Of both x and y, the first MOST_COMPARED points are used.

    Returns:
        The distance; NaN if a point is not finite.

    References:
        Gretton, Borgwardt, Rasch, Schölkopf, Smola: A Kernel Two-Sample Test, JMLR 2012.
    """
    x, y = x[:MOST_COMPARED], y[:MOST_COMPARED]
    if not (x.isfinite().all() and y.isfinite().all()):
        return math.nan
    center = y.mean(0)
    x, y = (x - center).float(), (y - center).float()
    within = _squared(y, y)
    width2 = 2 * within.flatten()[:: max(within.numel() // 100_000, 1)].median().clamp_min(1e-30)
    means = [
        (-squared / width2).exp().mean(dtype=torch.float64)
        for squared in (_squared(x, x), within, _squared(x, y))
    ]
    return math.sqrt(max((means[0] + means[1] - 2 * means[2]).item(), 0.0))
