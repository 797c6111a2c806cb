"""How a sample ended: it arrived, or why it failed. This module does not need torch."""

from __future__ import annotations

from enum import IntEnum


class Status(IntEnum):
    """How one sample's path ended. Arrays of statuses hold the members' integer values."""

    ARRIVED = 0
    NOT_FINITE = 1
    OUT_OF_BOUNDS = 2
    STEP_TOO_SMALL = 3
    TOO_MANY_STEPS = 4

    @property
    def key(self) -> str:
        """The name in reports, such as `out_of_bounds`."""
        return self.name.lower()


# What a failed sample did, by `Status.key`, as the end of a sentence that begins with "3 samples".
REASONS = {
    Status.NOT_FINITE.key: "met a value that is not finite",
    Status.OUT_OF_BOUNDS.key: "moved too far away",
    Status.STEP_TOO_SMALL.key: "needed too small a step",
    Status.TOO_MANY_STEPS.key: "needed more steps than allowed",
}
