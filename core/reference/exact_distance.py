"""W₂² between latent and target, computed once for all pages that show it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from core.problem import Problem
from core.targets import registry

# If a mixture has at most this many modes and W₂² has a closed form, the form is fast to compute.
FEW_MODES = 40


@dataclass(frozen=True)
class Transport:
    """Action of a curve, and the least action between latent and target; None for values that are not known.

    Attributes:
        action: ∫‖v_t‖² dt, in squared units of x per unit of time.
        w2_squared: W₂² of latent and target, in squared units of x.
        w2_uncertainty: standard deviation of `w2_squared`, if it is estimated from samples.
    """

    action: float | None = None
    w2_squared: float | None = None
    w2_uncertainty: float | None = None


class ExactDistance:
    """W₂² between latent and target. All methods are thread-safe: every thread gets the same result.

    Args:
        problem: any problem with this latent and this target; its curve does not matter.

    Attributes:
        found: the result, with None for unknown values; None before it is computed.
        token: unique to this object; objects for the same problem have different tokens.
    """

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.found: Transport | None = None
        self.token = object()

    def solve_if_quick(self) -> None:
        """Compute the distance if a closed form exists and is fast."""
        target = self.problem.target
        num_modes = registry.num_modes(target.name, target.values) or 0
        is_large = target.is_mixture and num_modes > FEW_MODES
        if self.found is not None or is_large:
            return
        from core.interpolations.build import build_latent, build_target
        from core.reference.wasserstein import exact_squared_distance

        known = exact_squared_distance(build_latent(self.problem), build_target(self.problem))
        if known is not None:
            self.found = Transport(w2_squared=known)

    def solve(self, report: Callable[[float], None] | None = None) -> None:
        """Compute the distance; takes a few seconds if it is estimated from samples.

        Args:
            report: called once before the work; may raise an exception to cancel it.
        """
        if self.found is not None:
            return
        if report is not None:
            report(0.0)
        from core.reference.errors import UnfitDensityError
        from core.reference.transport import ends_distance

        try:
            distance = ends_distance(self.problem)
        except UnfitDensityError:
            self.found = Transport()
            return
        value = None if math.isnan(distance.value) else distance.value
        self.found = Transport(w2_squared=value, w2_uncertainty=distance.uncertainty)
