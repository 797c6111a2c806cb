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
        progress: fraction of the allowance used, from 0 to 1.
        text: the progress in a few words.
        t: the sampler's own time from 0 to 1: the time on the curve it follows, or the progress.
        points: returns the current points; None if the sampler has no moving points.
        samples: returns the samples so far; None while there are none.
        acceptance: fraction of accepted proposals in the last step; None if it had no proposals.
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
        show: called with the progress and the text of every moment.
    """
    while True:
        try:
            moment = next(moments)
        except StopIteration as end:
            draws: Draws = end.value
            return draws
        show(moment.progress, moment.text)
