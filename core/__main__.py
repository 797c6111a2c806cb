"""The command line: `python -m core targets | train | exact | langevin | presets`."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any, NoReturn

from core.cli import commands, exact_command
from core.presets.examples import EXAMPLES
from core.problem import CENTERS, COLLOCATIONS, CURVES, DEVICES, OPTIMISERS, SOLVERS, STARTS
from core.targets.registry import TARGETS

_ABOUT = "Train curves of densities, sample with them, and solve them exactly."


class _Parser(argparse.ArgumentParser):
    """Argument parser that prints errors in one line, without the usage."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}\n")


def _json_value(text: str) -> Any:
    """Parse a number, a comma-separated list of numbers, or a JSON list."""
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
        "problem", "A JSON file, single values, or both; single values override the file."
    )
    problem.add_argument("--problem", metavar="P.json", help="a problem as JSON")
    problem.add_argument("--target", choices=TARGETS, help="density to sample")
    names = sorted({name for entry in TARGETS.values() for name in entry.parameters})
    for name in names:
        helps = [entry.parameters[name].help for entry in TARGETS.values() if name in entry.parameters]
        flag = f"--{name.replace('_', '-')}"
        problem.add_argument(flag, dest=f"target.{name}", type=_json_value, metavar="X", help=helps[0])
    problem.add_argument("--interpolation", choices=CURVES, help="kind of curve; transport cannot be trained")
    problem.add_argument("--sigma", type=float, metavar="X", help="scale σ of the latent")
    help = "centre of the latent; target is the centre of the target's box"
    problem.add_argument("--center", choices=CENTERS, help=help)
    problem.add_argument(
        "--beta-min", type=float, metavar="X", help="smallest β of the gradient flow's schedule"
    )
    problem.add_argument(
        "--beta-max", type=float, metavar="X", help="largest β of the gradient flow's schedule"
    )
    problem.add_argument(
        "--seed", type=int, metavar="N", help="seed of networks, collocation points and samples"
    )
    problem.add_argument("--json", action="store_true", help="print one JSON object")


def _add_training(parser: argparse.ArgumentParser) -> None:
    training = parser.add_argument_group("training")
    training.add_argument(
        "--width", type=int, dest="training.width", metavar="N", help="units per hidden layer"
    )
    training.add_argument(
        "--depth", type=int, dest="training.depth", metavar="N", help="number of hidden layers"
    )
    help = "collocation points per step"
    training.add_argument("--batch-size", type=int, dest="training.batch_size", metavar="N", help=help)
    training.add_argument("--optimiser", choices=OPTIMISERS, dest="training.optimiser", help="optimiser")
    help = "peak learning rate of Adam"
    training.add_argument(
        "--learning-rate", type=float, dest="training.learning_rate", metavar="X", help=help
    )
    help = "where the residual is reduced"
    training.add_argument("--collocation", choices=COLLOCATIONS, dest="training.collocation", help=help)
    help = "untrained density of a gradient flow"
    training.add_argument("--start", choices=STARTS, dest="training.start", help=help)
    help = "ODE solver that carries the samples"
    training.add_argument("--solver", choices=SOLVERS, dest="sampling.solver", help=help)
    help = "steps of rk4, or maximum steps of tsit5"
    training.add_argument("--num-steps", type=int, dest="sampling.num_steps", metavar="N", help=help)


def _add_run(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--seconds", type=float, metavar="N", help="budget in seconds (default: 20, unless --steps is given)"
    )
    parser.add_argument("--steps", type=int, metavar="N", help="budget in steps, for reproducible results")
    help = "number of samples (default: 10000)"
    parser.add_argument("--num-samples", type=int, default=10_000, metavar="N", help=help)
    help = "write the samples x and log_weight; a table for OUT.csv"
    parser.add_argument("--samples", metavar="OUT.npz", help=help)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m core", description=_ABOUT)
    verbs = parser.add_subparsers(dest="verb", required=True, parser_class=_Parser)

    targets = verbs.add_parser("targets", help="list the targets and their parameters")
    targets.add_argument("--json", action="store_true", help="print JSON")
    targets.set_defaults(run=commands.targets)

    train = verbs.add_parser("train", help="train a curve, sample with it and score the samples")
    _add_problem(train)
    _add_training(train)
    _add_run(train)
    help = "write a checkpoint, from which --resume continues"
    train.add_argument("--checkpoint", metavar="C.safetensors", help=help)
    help = "continue from a checkpoint; the budget is that of the whole run"
    train.add_argument("--resume", metavar="C.safetensors", help=help)
    help = "where to train (default: cpu, which is fastest for networks this small)"
    train.add_argument("--device", choices=DEVICES, default="cpu", help=help)
    train.set_defaults(run=commands.train)

    exact = verbs.add_parser("exact", help="compute log Z_t, kinetic energy and action of a curve exactly")
    _add_problem(exact)
    help = "use the trained learned curve in a checkpoint, with its problem"
    exact.add_argument("--checkpoint", metavar="C.safetensors", help=help)
    help = "times as a list such as 0.5,1, or a number of times from 0 to 1 (default: 11)"
    exact.add_argument("--times", default="11", help=help)
    help = "points per axis of --frames, and cells per axis of the solver in two dimensions"
    exact.add_argument("--grid", type=int, metavar="N", help=help)
    help = "solve on this box, as in --box=-9,9: lower,upper for all axes or for each axis in turn"
    exact.add_argument("--box", type=_json_value, metavar="A,B", help=help)
    help = "write t, x, log_density and velocity on a grid over --box, or over latent and target"
    exact.add_argument("--frames", metavar="OUT.npz", help=help)
    exact.set_defaults(run=exact_command.exact)

    langevin = verbs.add_parser("langevin", help="run Langevin chains, a comparison without training")
    _add_problem(langevin)
    _add_run(langevin)
    langevin.add_argument("--uncorrected", action="store_true", help="use ULA instead of MALA")
    langevin.set_defaults(run=commands.langevin)

    presets = verbs.add_parser("presets", help="compute the dashboard's saved results; takes some minutes")
    help = f"compute one of {', '.join((*EXAMPLES, 'records'))}"
    presets.add_argument("--only", metavar="NAME", help=help)
    presets.set_defaults(run=commands.presets)
    return parser


def main(argv: list[str] | None = None) -> int:
    """Run one command.

    Returns:
        Exit status: 0 for success, 2 for invalid input (with one line on standard error), 130 if interrupted.
    """
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
