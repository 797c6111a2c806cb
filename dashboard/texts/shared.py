"""Texts that several pages share: links, metrics, exact computations, large type."""

from __future__ import annotations

LARGE_TYPE = "Enlarge text, controls and charts on every page, for a projector."


# Links.
def link_error(name: str, value: str, allowed: str) -> str:
    """The error for a value of the link that is outside its limits."""
    return f"The link asks for {name} = {value}; allowed values are {allowed}. The default is shown."


def unreadable_value(name: str, value: str, reason: str) -> str:
    """The error for a value of the link that cannot be used for another reason."""
    return f"The link asks for {name} = {value}: {reason.rstrip('.')}. The default is shown."


# Exact curves that take a while.
def computing(curves: str, progress: str) -> str:
    """The progress of a computation that is waiting or running."""
    return f"Computing the exact curve ({curves}): {progress}. You can keep working meanwhile."


COMPUTING_WAITS = "waiting for other exact computations"


def computing_failed(error: str) -> str:
    """The message about a computation that failed."""
    return f"The exact curve could not be computed: {error}"


# The table of metrics: name, title, meaning.
METRICS = {
    "ess_fraction": (
        "Effective samples (ESS)",
        "fraction of samples still effective after reweighting; 1 is best, but it hides missed modes",
    ),
    "forward_ess_fraction": ("Forward ESS", "ESS computed from exact samples; near 0 if a mode is missed"),
    "pareto_k": (
        "Pareto k̂ of the weights",
        "how heavy the tail of the weights is; from 0.7 on, the weights are unreliable",
    ),
    "eubo_elbo_gap": (
        "EUBO − ELBO",
        "gap between upper and lower bound on log Z, in nats; 0 is best, large if a mode is missed",
    ),
    "log_z": ("log Z", "estimate from the importance weights, in nats"),
    "log_z_error": ("log Z error", "estimate minus exact value; 0 is best"),
    "energy_distance": ("Energy distance", "distance to exact samples; small is good"),
    "mode_tv": ("Mode mass error", "total variation between sampled and exact mode masses; small is good"),
    "weighted_mode_tv": ("Mode mass error, reweighted", "mode mass error after reweighting the samples"),
    "modes_covered": (
        "Modes covered",
        "number of modes in which the samples hold at least 5 % of the exact mass",
    ),
    "stray_fraction": (
        "Strays",
        "fraction of samples far outside the target, failed ones included; 0 is best",
    ),
    "num_failed": ("Failed samples", "samples for which the ODE solver failed; 0 is best"),
}
# The rows under "More metrics".
MORE_METRICS = {
    "elbo": (
        "ELBO",
        "lower bound on log Z from the samples, in nats; very unequal importance weights lower it",
    ),
    "eubo": ("EUBO", "upper bound on log Z from exact samples, in nats; a missed mode raises it"),
    "log_z_forward": (
        "log Z from exact samples",
        "estimate from the importance weights of exact samples, in nats",
    ),
    "emc": (
        "Entropic mode coverage",
        "entropy of the mode masses relative to its maximum; 1 is best; only for modes of equal weight",
    ),
    "ejs": (
        "Jensen–Shannon distance",
        "difference between sampled and exact mode masses; 0 is best, 1 is worst",
    ),
    "sinkhorn": (
        "Sinkhorn distance",
        "smoothed W₂ distance to exact samples, in the units of x; compare it with the best possible",
    ),
    "mmd": (
        "Maximum mean discrepancy",
        "distance to exact samples, from a Gaussian kernel averaged over pairs of points; small is good",
    ),
}
MORE_METRICS_TITLE = "More metrics"


def best_possible(num_samples: int, has_spreads: bool) -> str:
    """The meaning of the column "Best possible"."""
    spread = ", as mean ± spread over several draws" if has_spreads else ""
    return f"*Best possible* is what {num_samples} exact samples score{spread}."
