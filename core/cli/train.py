"""The command `python -m core train`."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from core.cli.arguments import checked_run, writable
from core.cli.flags import Verbs, add_problem, add_run, add_training
from core.cli.printing import Progress, print_run
from core.problem import DEVICES


def add(verbs: Verbs) -> None:
    """Add the command with its flags."""
    parser = verbs.add_parser("train", help="train a curve, sample with it and score the samples")
    add_problem(parser)
    add_training(parser)
    add_run(parser)
    help = "write a checkpoint, from which --resume continues"
    parser.add_argument("--checkpoint", metavar="C.safetensors", help=help)
    help = "continue from a checkpoint; the budget is that of the whole run"
    parser.add_argument("--resume", metavar="C.safetensors", help=help)
    help = "where to train (default: cpu, which is fastest for networks this small)"
    parser.add_argument("--device", choices=DEVICES, default="cpu", help=help)
    parser.set_defaults(run=run)


def run(arguments: Namespace) -> None:
    """Train, sample and score. An interrupt (Ctrl+C) ends the training early; the result so far is still scored."""
    problem, budget, write = checked_run(arguments)
    from core.results.evaluation import evaluate
    from core.training import checkpoint
    from core.training.loop import train
    from core.training.recipe import recipe

    resume = None if arguments.resume is None else checkpoint.load(Path(arguments.resume), problem)
    kept = writable(arguments.checkpoint)
    progress, status, snapshot = Progress(), "training", None
    try:
        for snapshot in train(problem, budget, resume, arguments.device):
            status = snapshot.status
            progress.show(snapshot.progress, f"step {snapshot.step}, loss {snapshot.loss:.3g}")
    except KeyboardInterrupt:
        status = "stopped"
    progress.close()
    if snapshot is None:
        raise ValueError("Interrupted before training began.")
    if kept is not None:
        checkpoint.save(kept, problem, snapshot.checkpoint)
    evaluation = evaluate(problem, snapshot.field, arguments.num_samples)
    run = {
        "seconds": snapshot.seconds,
        "steps": snapshot.step,
        "status": status,
        "reason": snapshot.reason,
        "energy_calls": snapshot.energy_calls,
        "gradient_calls": snapshot.gradient_calls,
        "sampling": evaluation.cost.to_dict(),
        "recipe": recipe(snapshot.field, problem.training),
    }
    print_run(arguments, problem, run, evaluation.report)
    write(evaluation.samples)
