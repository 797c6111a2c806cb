"""The command `python -m core weights`: how much of a far mode's mass the trained curves recover."""

from __future__ import annotations

import json
import math
from argparse import Namespace
from typing import TYPE_CHECKING

from core.cli.flags import Verbs
from core.cli.printing import Progress
from core.mode_weights import CURVES, MOST_PARETO_K, SEPARATION, as_markdown
from core.presets import mode_weights

if TYPE_CHECKING:
    from core.mode_weights import ModeWeights


def add(verbs: Verbs) -> None:
    """Add the command with its flags."""
    help = "print how much of a far mode's mass the trained curves recover, for several weights of the mode"
    parser = verbs.add_parser("weights", help=help)
    help = "train again instead of printing the saved result; takes some minutes"
    parser.add_argument("--again", action="store_true", help=help)
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(run=run)


def run(arguments: Namespace) -> None:
    """Print the far mode's true weight next to the weights that the trained curves recover, before and after reweighting.

    Raises:
        ValueError: the saved result is missing.
    """
    record = _again() if arguments.again else mode_weights()
    if record is None:
        raise ValueError("The saved result is missing or damaged; compute it with `weights --again`.")
    print(json.dumps(_plain(record), allow_nan=False) if arguments.json else _text(record))


def _again() -> ModeWeights:
    from core.mode_weights import mode_weights as compute

    progress = Progress()
    try:
        return compute(show=progress.show)
    finally:
        progress.close()


def _plain(record: ModeWeights) -> dict[str, object]:
    """The record as JSON; unknown numbers are null."""

    def known(values: list[float]) -> list[float | None]:
        return [value if math.isfinite(value) else None for value in values]

    curves = {
        curve: {
            name: known(getattr(record, name)[row].tolist()) for name in ("raw", "reweighted", "pareto_k")
        }
        for row, curve in enumerate(CURVES)
    }
    return {"weight": record.weight.tolist(), "num_samples": int(record.num_samples), "curves": curves}


def _text(record: ModeWeights) -> str:
    """A Markdown table with a row for each weight, and notes below it."""
    return "\n".join(
        [
            as_markdown(record),
            "",
            f"Far mode at distance {SEPARATION:g}; {int(record.num_samples)} samples.",
            f"* Pareto k̂ is {MOST_PARETO_K:g} or more, or unknown: the importance weights are unreliable. "
            "A smaller k̂ does not prove that they are reliable.",
        ]
    )
