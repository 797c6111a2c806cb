"""The command `python -m core train`."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.budget import Budget
from core.cli.arguments import checked_run, writable
from core.cli.flags import Verbs, add_problem, add_run, add_training
from core.cli.printing import Progress, print_run
from core.cli.saving import Saving, saved_run
from core.problem import DEVICES, Problem
from core.store.records import Result, RunStatus, StoredRun

if TYPE_CHECKING:
    from core.pictures.frames import Frames
    from core.sampling.samples import Samples
    from core.training.checkpoint import State
    from core.training.loop import Snapshot


def add(verbs: Verbs) -> None:
    """Add the command with its flags."""
    parser = verbs.add_parser("train", help="train a curve, sample with it and score the samples")
    add_problem(parser)
    add_training(parser)
    add_run(parser)
    help = "write a checkpoint, from which --resume continues"
    parser.add_argument("--checkpoint", metavar="C.safetensors", help=help)
    help = "continue from a checkpoint file or a saved run; the budget includes the time or steps before"
    parser.add_argument("--resume", metavar="C.safetensors|ID", help=help)
    help = "where to train (default: cpu, which is fastest for networks this small)"
    parser.add_argument("--device", choices=DEVICES, default="cpu", help=help)
    parser.set_defaults(run=run)


def run(arguments: Namespace) -> None:
    """Train, sample and score. An interrupt (Ctrl+C) ends the training early; the result so far is still scored."""
    saved = None if arguments.resume is None else saved_run(arguments.resume)
    problem, budget, write = checked_run(arguments, None if saved is None else saved[0])
    kept = writable(arguments.checkpoint)
    start = Result(
        problem,
        "training",
        budget_seconds=budget.seconds,
        budget_steps=budget.steps,
        num_samples=arguments.num_samples,
    )
    with Saving(start, not arguments.no_store, None if saved is None else saved[0].id) as saving:
        saving.print_equal()
        snapshot, status = _train(arguments, problem, budget, _state(arguments, problem, saved), saving)
        if kept is not None:
            from core.training import checkpoint

            checkpoint.save(kept, problem, snapshot.checkpoint)
        from core.results.evaluation import evaluate
        from core.training.recipe import recipe

        evaluation = evaluate(problem, snapshot.field, arguments.num_samples)
        cost: dict[str, Any] = {
            "seconds": snapshot.seconds,
            "steps": snapshot.step,
            "energy_calls": snapshot.energy_calls,
            "gradient_calls": snapshot.gradient_calls,
        }
        saved_id = saving.finish(
            replace(start, **cost, status=status, report=evaluation.report),
            lambda: _frames(problem, snapshot, evaluation.samples),
        )
    details = {
        **cost,
        "status": status,
        "reason": snapshot.reason,
        "sampling": evaluation.cost.to_dict(),
        "recipe": recipe(snapshot.field, problem.training),
        "run": saved_id,
    }
    print_run(arguments, problem, details, evaluation.report)
    write(evaluation.samples)


def _state(
    arguments: Namespace, problem: Problem, saved: tuple[StoredRun, State | None] | None
) -> State | None:
    """The state to resume from; None for a new run."""
    if arguments.resume is None:
        return None
    if saved is not None:
        return saved[1]
    from core.training import checkpoint

    return checkpoint.load(Path(arguments.resume), problem)


def _train(
    arguments: Namespace, problem: Problem, budget: Budget, resume: State | None, saving: Saving
) -> tuple[Snapshot, RunStatus]:
    """Train with progress and checkpoints; returns the last snapshot and how the run ended."""
    from core.training.device import choose_threads
    from core.training.loop import train

    choose_threads(problem.training.num_points(problem.target.dim))
    progress, snapshot = Progress(), None
    status: RunStatus = "training"
    try:
        for snapshot in train(problem, budget, resume, arguments.device):
            status = snapshot.status
            progress.show(snapshot.progress, f"step {snapshot.step}, loss {snapshot.loss:.3g}")
            if status == "training":
                saving.snapshot(snapshot)
    except KeyboardInterrupt:
        status = "stopped"
    progress.close()
    if snapshot is None:
        raise ValueError("Interrupted before training began.")
    saving.snapshot(snapshot, is_last=True)
    return snapshot, status


def _frames(problem: Problem, snapshot: Snapshot, samples: Samples) -> Frames:
    """Pictures of the trained curve, with the samples."""
    from core.pictures.render import LIVE, render

    frames = render(problem, snapshot.field, "learned", LIVE)
    return replace(frames, samples=samples.x.numpy(), log_weight=samples.log_weight.numpy())
