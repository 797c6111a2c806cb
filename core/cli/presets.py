"""The command `python -m core presets`."""

from __future__ import annotations

from argparse import Namespace

from core.cli.flags import Verbs
from core.presets.examples import EXAMPLES


def add(verbs: Verbs) -> None:
    """Add the command with its flags."""
    parser = verbs.add_parser("presets", help="compute the dashboard's saved results; takes some minutes")
    help = f"compute one of {', '.join((*EXAMPLES, 'records', 'weights', 'classics'))}"
    parser.add_argument("--only", metavar="NAME", help=help)
    parser.set_defaults(run=run)


def run(arguments: Namespace) -> None:
    """Write the dashboard's presets, and print each file once it is written."""
    from core.presets.build import write

    for path in write(arguments.only):
        print(path, flush=True)
