"""Flags that several commands share."""

from __future__ import annotations

import argparse
import json
from typing import Any, NoReturn, Protocol, runtime_checkable

from core.problem import CENTERS, COLLOCATIONS, CURVES, OPTIMISERS, SOLVERS, STARTS
from core.targets.parameters import Formula, NamedNumbers, Parameter, named_number
from core.targets.points.packed import PackedPoints
from core.targets.registry import TARGETS
from core.targets.sketch.packed import PackedSketch


class Parser(argparse.ArgumentParser):
    """Argument parser that prints errors in one line, without the usage."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}\n")


@runtime_checkable
class Verbs(Protocol):
    """The collection of commands: what `ArgumentParser.add_subparsers` returns."""

    def add_parser(self, name: str, *, help: str) -> Parser: ...


def json_value(text: str) -> Any:
    """Parse a number, a comma-separated list of numbers, or a JSON list."""
    try:
        return json.loads(text)
    except (json.JSONDecodeError, RecursionError):
        pass
    try:
        return json.loads(f"[{text}]")
    except (json.JSONDecodeError, RecursionError):
        raise argparse.ArgumentTypeError(f"{text!r} is neither a number nor a list of numbers") from None


def _named_number(text: str) -> tuple[str, float]:
    """Parse a name and a number, such as `a=1.5`."""
    try:
        return named_number(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a name and a number, such as a=1.5") from None


def add_problem(parser: argparse.ArgumentParser) -> None:
    """Add the flags of a problem."""
    problem = parser.add_argument_group(
        "problem", "A JSON file, single values, or both; single values override the file."
    )
    problem.add_argument("--problem", metavar="P.json", help="a problem in a JSON file")
    problem.add_argument("--target", choices=TARGETS, help="density to sample")
    help = "your Python file and the name of the energy in it; see docs/extending.md"
    problem.add_argument("--target-file", metavar="FILE.py:NAME", help=help)
    names = sorted({name for entry in TARGETS.values() for name in entry.parameters})
    for name in names:
        specs = [entry.parameters[name] for entry in TARGETS.values() if name in entry.parameters]
        _add_parameter(problem, name, specs[0])
    problem.add_argument("--interpolation", choices=CURVES, help="kind of curve; transport cannot be trained")
    problem.add_argument("--sigma", type=float, metavar="X", help="scale σ of the latent")
    help = "centre of the latent; target puts it at the centre of the target's box"
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


def flag_of(name: str, spec: Parameter) -> str:
    """The name of a target parameter's flag, without leading dashes. If each use of the flag adds one named number, the name is singular."""
    flag = name.replace("_", "-")
    return flag.removesuffix("s") if isinstance(spec, NamedNumbers) else flag


def _add_parameter(group: argparse._ArgumentGroup, name: str, spec: Parameter) -> None:
    """Add the flag of a target's parameter."""
    flag, dest = f"--{flag_of(name, spec)}", f"target.{name}"
    if isinstance(spec, PackedPoints):
        help = (
            f"a table of points (CSV), one per line; sets the target to {name}, and σ and centre to suit them"
        )
        group.add_argument(flag, dest="points_file", metavar="FILE.csv", help=help)
        help = "give each column of --points mean 0 and standard deviation 1"
        group.add_argument("--standardise", action="store_true", default=None, help=help)
    elif isinstance(spec, Formula | PackedSketch):
        group.add_argument(flag, dest=dest, metavar="F", help=spec.help)
    elif isinstance(spec, NamedNumbers):
        help = f"{spec.help} Can be repeated."
        group.add_argument(flag, dest=dest, type=_named_number, action="append", metavar="NAME=X", help=help)
    else:
        group.add_argument(flag, dest=dest, type=json_value, metavar="X", help=spec.help)


def add_training(parser: argparse.ArgumentParser) -> None:
    """Add the flags of training and of the ODE solver."""
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
    help = "density of a gradient flow before training; with survey, also that of a learned curve"
    training.add_argument("--start", choices=STARTS, dest="training.start", help=help)
    help = "ODE solver that carries the samples"
    training.add_argument("--solver", choices=SOLVERS, dest="sampling.solver", help=help)
    help = "steps of rk4, or maximum steps of tsit5"
    training.add_argument("--num-steps", type=int, dest="sampling.num_steps", metavar="N", help=help)


def add_run(parser: argparse.ArgumentParser) -> None:
    """Add the flags of a run's budget and samples."""
    parser.add_argument(
        "--seconds", type=float, metavar="N", help="budget in seconds (default: 20, unless --steps is given)"
    )
    parser.add_argument("--steps", type=int, metavar="N", help="budget in steps, for reproducible results")
    add_samples(parser)


def add_samples(parser: argparse.ArgumentParser) -> None:
    """Add the flags of the samples."""
    help = "number of samples (default: 10000)"
    parser.add_argument("--num-samples", type=int, default=10_000, metavar="N", help=help)
    help = "write the samples x and log_weight; a table for OUT.csv"
    parser.add_argument("--samples", metavar="OUT.npz", help=help)
    parser.add_argument("--no-store", action="store_true", help="do not save the run in the store")
