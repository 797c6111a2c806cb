"""The command `python -m core targets`."""

from __future__ import annotations

import json
from argparse import Namespace
from dataclasses import asdict

from core.checks import brief
from core.cli.flags import Verbs, flag_of
from core.targets.registry import TARGETS


def add(verbs: Verbs) -> None:
    """Add the command with its flags."""
    parser = verbs.add_parser("targets", help="list the targets and their parameters")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(run=run)


def run(arguments: Namespace) -> None:
    """List the targets and their parameters."""
    if arguments.json:
        table = [
            {
                "name": name,
                "title": entry.title,
                "definition": entry.definition,
                "parameters": {key: asdict(parameter) for key, parameter in entry.parameters.items()},
            }
            for name, entry in TARGETS.items()
        ]
        print(json.dumps(table, ensure_ascii=False))
        return
    for name, entry in TARGETS.items():
        print(f"{name:15} {entry.definition}")
        for key, parameter in entry.parameters.items():
            default = brief(parameter.default) if parameter.default != () else "none"
            print(f"{'':15}   --{flag_of(key, parameter):16} {parameter.help} Default: {default}")
