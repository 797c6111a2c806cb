"""Bounds on log Z from both sides, and the forward effective sample size.

They need the log weights `log w(x) = log ρ̃_D(x) − log q(x)` of a sampler with density q: at its own samples x ~ q, and at exact
samples y ~ ρ_D. Only exact samples lie in a mode that the sampler misses; the weights there are huge.

References:
    Blessing, Jia, Esslinger, Vargas, Neumann: Beyond ELBOs, ICML 2024 (arXiv 2406.07423), section 3.
"""

from __future__ import annotations

import math

from core.types import Values


def elbo(log_weight: Values) -> float:
    """The lower bound `E_q[log w] ≤ log Z`, in nats; its distance from log Z is KL(q‖ρ_D).

    Args:
        log_weight: log w at samples of q. If one sample failed (NaN), the bound is NaN.
    """
    return log_weight.mean().item()


def eubo(exact_log_weight: Values) -> float:
    """The upper bound `E_ρ_D[log w] ≥ log Z`, in nats; its distance from log Z is KL(ρ_D‖q).

    Args:
        exact_log_weight: log w at exact samples of the target.
    """
    return exact_log_weight.mean().item()


def forward_ess_fraction(exact_log_weight: Values) -> float:
    """The forward effective sample size `n² / (Σ w(y) Σ 1/w(y))`, from 0 to 1, at exact samples y.

    It falls towards zero if the sampler misses a mode, unlike the usual (reverse) effective sample size, which uses the sampler's samples.
    """
    both = exact_log_weight.logsumexp(0) + (-exact_log_weight).logsumexp(0)
    return (2 * math.log(len(exact_log_weight)) - both).exp().item()


def log_z_forward(exact_log_weight: Values) -> float:
    """The estimate `−log mean(1/w(y))` of log Z, in nats, at exact samples y. It is biased upwards."""
    return (math.log(len(exact_log_weight)) - (-exact_log_weight).logsumexp(0)).item()
