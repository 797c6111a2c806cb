"""A sampler at one moment of its run, and the loop that runs it to its end."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass

from core.sampling.draws import Draws
from core.sampling.samples import Samples
from core.types import Points

Show = Callable[[float, str], None]


@dataclass(frozen=True)
class Moment:
    """What a sampler yields after each of its steps.

    Attributes:
        progress: used fraction of the allowance.
        text: a few words.
        t: the sampler's own time from 0 to 1: that of the curve it walks along, or the used fraction of the allowance.
        points: returns the points at this time; None if nothing moves.
        samples: returns the samples so far; None before the first.
        acceptance: fraction of accepted proposals in the last step; None without any.
    """

    progress: float
    text: str
    t: float
    points: Callable[[], Points] | None = None
    samples: Callable[[], Samples] | None = None
    acceptance: float | None = None


# A running sampler: a generator that yields moments and returns the result.
Moments = Generator[Moment, None, Draws]


def finished(moments: Moments, show: Show) -> Draws:
    """Run a sampler to its end; returns its result.

    Args:
        moments: the sampler.
        show: called with the progress and a few words of every moment.
    """
    while True:
        try:
            moment = next(moments)
        except StopIteration as end:
            draws: Draws = end.value
            return draws
        show(moment.progress, moment.text)
