"""W₂² of the ends of a problem's curves, computed once for everybody who shows them."""

from __future__ import annotations

import math
from collections.abc import Callable

from core.problem import Problem
from core.reel import Transport
from core.targets import registry

# A mixture of no more modes than this is done in a blink where there is a closed form.
FEW_MODES = 40


class ExactDistance:
    """W₂² of latent and target. All methods may be called from any thread: the result is the same in all of them.

    Args:
        problem: any curve between these ends.

    Attributes:
        found: the result, with unknown values where nothing is known; None before it is computed.
        token: tells this object from an equal one that was made anew.
    """

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.found: Transport | None = None
        self.token = object()

    def solve_if_quick(self) -> None:
        """Computes it where a closed form takes a blink."""
        target = self.problem.target
        is_large = target.entry.is_mixture and registry.num_modes(target.name, target.values) > FEW_MODES
        if self.found is not None or is_large:
            return
        from core.interpolations.build import build_latent, build_target
        from core.reference.wasserstein import exact_squared_distance

        known = exact_squared_distance(build_latent(self.problem), build_target(self.problem))
        if known is not None:
            self.found = Transport(w2_squared=known)

    def solve(self, report: Callable[[float], None] | None = None) -> None:
        """Computes it, in a few seconds where it takes samples.

        Args:
            report: called once before the work; what it raises ends it.
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
