"""The command line: `python -m core targets | train | sample | langevin | exact | sweep | runs | weights | presets`."""

from __future__ import annotations

import sys

from core.cli import exact, presets, runs, sample, sweep, targets, train, weights
from core.cli.flags import Parser
from core.targets.mistakes import FormulaError

_ABOUT = "Train curves of densities, sample with them, and solve them exactly."


def main(argv: list[str] | None = None) -> int:
    """Run one command.

    Returns:
        Exit status: 0 for success, 130 if interrupted, 2 for invalid input. Invalid input is reported in one line on standard error; for a
        mistake in a formula, two more lines show the formula and point at the mistake.
    """
    parser = Parser(prog="python -m core", description=_ABOUT)
    verbs = parser.add_subparsers(dest="verb", required=True, parser_class=Parser)
    for verb in (targets, train, sample, exact, sweep, runs, weights, presets):
        verb.add(verbs)
    arguments = parser.parse_args(argv)
    try:
        arguments.run(arguments)
    except OSError as error:
        message = f"cannot open `{error.filename}`: {error.strerror}." if error.filename else str(error)
    except ValueError as error:
        message = str(error).replace("\n", " ")
        if isinstance(error, FormulaError):
            message += f"\n{error.pointer}"
    except KeyboardInterrupt:
        print(f"{parser.prog} {arguments.verb}: interrupted.", file=sys.stderr)
        return 130
    else:
        return 0
    print(f"{parser.prog} {arguments.verb}: {message}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
