"""Exact numbers of a curve (action, kinetic energies, arrival of mass), computed without training."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

from core import quantities
from core.problem import Problem
from core.reference.errors import NoExactFieldError

# Modes are counted from 1; the far mode of the Laplace pair is the second.
_FAR = 2


@dataclass(frozen=True)
class Exact:
    """Numbers of an exact curve; NaN where unknown.

    Attributes:
        action: ∫ ‖v_t‖² dt.
        w2_squared: W₂² between latent and target, the smallest possible action.
        end_energy: ‖v_1‖².
        peak_energy: largest ‖v_t‖² over t.
        arrival: time at which the far mode has half of its final mass.
        duration: time that the far mode takes from 10 % to 90 % of its final mass.
        in_gap: at `arrival`, the fraction of all mass in the middle half of the gap between the modes.
    """

    action: float = math.nan
    w2_squared: float = math.nan
    end_energy: float = math.nan
    peak_energy: float = math.nan
    arrival: float = math.nan
    duration: float = math.nan
    in_gap: float = math.nan


@lru_cache(maxsize=256)
def exact(problem: Problem) -> Exact:
    """Compute the numbers of a problem's exact curve, in about a second. They are cached.

    The numbers about the far mode are known only for the Laplace pair. For a learned curve, only `w2_squared` is known.
    """
    if problem.interpolation == "learned":
        return Exact(w2_squared=_value("squared_distance", problem))
    return Exact(
        _value("action", problem),
        _value("squared_distance", problem),
        _value("kinetic_energy", problem, t=1.0),
        _value("peak_energy", problem),
        *(_of_the_far_mode(problem) if problem.target.name == "laplace" else ()),
    )


def _of_the_far_mode(problem: Problem) -> tuple[float, float, float]:
    early, half, late = (_value("arrival", problem, mode=_FAR, share=share) for share in (0.1, 0.5, 0.9))
    m = float(problem.target.values["mode_separation"])
    right = [_value("mass_right", problem, t=half, x=share * m) for share in (0.25, 0.75)]
    # Rounding can make a vanishing mass negative.
    return half, late - early, max(right[0] - right[1], 0.0)


def _value(name: str, problem: Problem, **arguments: float) -> float:
    try:
        return quantities.value(name, problem, arguments)
    except NoExactFieldError:
        return math.nan
