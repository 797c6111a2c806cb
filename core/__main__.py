"""The command line: `python -m core targets | train | exact | langevin | presets`."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any, NoReturn

from core import commands, exact_command
from core.presets.examples import EXAMPLES
from core.problem import CENTERS, COLLOCATIONS, CURVES, DEVICES, OPTIMISERS, SOLVERS, STARTS
from core.targets.registry import TARGETS


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, without the usage."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}\n")


def _json_value(text: str) -> Any:
    """A number, a comma-separated list of numbers, or a JSON list."""
    try:
        return json.loads(text)
    except (json.JSONDecodeError, RecursionError):
        pass
    try:
        return json.loads(f"[{text}]")
    except (json.JSONDecodeError, RecursionError):
        raise argparse.ArgumentTypeError(f"{text!r} is neither a number nor a list of numbers") from None


def _add_problem(parser: argparse.ArgumentParser) -> None:
    problem = parser.add_argument_group(
        "problem", "A file, or its values one by one; values win over the file."
    )
    problem.add_argument("--problem", metavar="P.json", help="a problem as JSON")
    problem.add_argument("--target", choices=TARGETS)
    names = sorted({name for entry in TARGETS.values() for name in entry.parameters})
    for name in names:
        helps = [entry.parameters[name].help for entry in TARGETS.values() if name in entry.parameters]
        flag = f"--{name.replace('_', '-')}"
        problem.add_argument(flag, dest=f"target.{name}", type=_json_value, metavar="X", help=helps[0])
    problem.add_argument("--interpolation", choices=CURVES, help="transport is exact only")
    problem.add_argument("--sigma", type=float, help="scale σ of the latent")
    help = "where the latent sits; target stands for the middle of its box"
    problem.add_argument("--center", choices=CENTERS, help=help)
    problem.add_argument("--beta-min", type=float, help="smallest β of the gradient flow's schedule")
    problem.add_argument("--beta-max", type=float, help="largest β of the gradient flow's schedule")
    problem.add_argument("--seed", type=int)
    problem.add_argument("--json", action="store_true", help="one JSON object on standard output")


def _add_training(parser: argparse.ArgumentParser) -> None:
    training = parser.add_argument_group("training")
    training.add_argument("--width", type=int, dest="training.width", help="units of a hidden layer")
    training.add_argument("--depth", type=int, dest="training.depth", help="hidden layers")
    training.add_argument("--batch-size", type=int, dest="training.batch_size", help="points of a step")
    training.add_argument("--optimiser", choices=OPTIMISERS, dest="training.optimiser")
    training.add_argument("--learning-rate", type=float, dest="training.learning_rate", help="of Adam")
    training.add_argument("--collocation", choices=COLLOCATIONS, dest="training.collocation")
    training.add_argument("--start", choices=STARTS, dest="training.start", help="of a gradient flow")
    training.add_argument("--solver", choices=SOLVERS, dest="sampling.solver", help="of the samples' ODE")
    training.add_argument("--num-steps", type=int, dest="sampling.num_steps", help="of the samples' ODE")


def _add_run(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seconds", type=float, help="wall-clock budget (20 when no budget is given)")
    parser.add_argument("--steps", type=int, help="budget in steps, for a result that repeats exactly")
    parser.add_argument("--num-samples", type=int, default=10_000)
    parser.add_argument(
        "--samples", metavar="OUT.npz", help="where to write x and log_weight; OUT.csv writes a table"
    )


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m core", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True, parser_class=_Parser)

    targets = verbs.add_parser("targets", help="list the targets and their parameters")
    targets.add_argument("--json", action="store_true")
    targets.set_defaults(run=commands.targets)

    train = verbs.add_parser("train", help="learn a curve, sample from it and score the samples")
    _add_problem(train)
    _add_training(train)
    _add_run(train)
    help = "where to keep all that is needed to go on"
    train.add_argument("--checkpoint", metavar="C.safetensors", help=help)
    help = "a checkpoint to go on from; the budget is that of the whole run"
    train.add_argument("--resume", metavar="C.safetensors", help=help)
    help = "where to train; networks this small are quickest on the processor"
    train.add_argument("--device", choices=DEVICES, default="cpu", help=help)
    train.set_defaults(run=commands.train)

    exact = verbs.add_parser("exact", help="what is known exactly: log Z_t, kinetic energy, action")
    _add_problem(exact)
    help = "of a learned curve, whose ψ it holds; it brings its own problem"
    exact.add_argument("--checkpoint", metavar="C.safetensors", help=help)
    exact.add_argument("--times", default="11", help="a list such as 0.5,1, or how many from 0 to 1")
    help = "points of --frames along an axis, and cells of the solver in the plane"
    exact.add_argument("--grid", type=int, metavar="N", help=help)
    help = "as --box=-9,9: lower,upper for all axes, or for each in turn, instead of the box that is found from the energy"
    exact.add_argument("--box", type=_json_value, metavar="A,B", help=help)
    help = "where to write t, x, log_density and velocity, over the box that is given, else over both ends"
    exact.add_argument("--frames", metavar="OUT.npz", help=help)
    exact.set_defaults(run=exact_command.exact)

    langevin = verbs.add_parser("langevin", help="the baseline that learns nothing")
    _add_problem(langevin)
    _add_run(langevin)
    langevin.add_argument("--uncorrected", action="store_true", help="ULA instead of MALA")
    langevin.set_defaults(run=commands.langevin)

    presets = verbs.add_parser("presets", help="compute what the dashboard shows at once, in some minutes")
    presets.add_argument("--only", metavar="NAME", help=f"one of {', '.join((*EXAMPLES, 'records'))}")
    presets.set_defaults(run=commands.presets)
    return parser


def main(argv: list[str] | None = None) -> int:
    """Runs one command; returns the exit status: 0, 2 for bad input, told in one line on standard error, or 130 when interrupted."""
    parser = _parser()
    arguments = parser.parse_args(argv)
    try:
        arguments.run(arguments)
    except OSError as error:
        message = f"cannot open `{error.filename}`: {error.strerror}." if error.filename else str(error)
    except ValueError as error:
        message = str(error).replace("\n", " ")
    except KeyboardInterrupt:
        print(f"{parser.prog} {arguments.verb}: interrupted.", file=sys.stderr)
        return 130
    else:
        return 0
    print(f"{parser.prog} {arguments.verb}: {message}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
