"""The command `python -m core langevin`."""

from __future__ import annotations

from argparse import Namespace

from core.cli.arguments import checked_run
from core.cli.flags import Verbs, add_problem, add_run
from core.cli.printing import Progress, print_run


def add(verbs: Verbs) -> None:
    """Add the command with its flags."""
    parser = verbs.add_parser("langevin", help="run Langevin chains, a comparison without training")
    add_problem(parser)
    add_run(parser)
    parser.add_argument("--uncorrected", action="store_true", help="use ULA instead of MALA")
    parser.set_defaults(run=run)


def run(arguments: Namespace) -> None:
    """Run Langevin chains from the latent and score their final states."""
    problem, budget, write = checked_run(arguments)
    from core.interpolations.build import build_latent, build_target
    from core.results.evaluation import scored
    from core.sampling.generators import sample_generator
    from core.sampling.langevin import langevin

    target, generator = build_target(problem), sample_generator(problem)
    start = build_latent(problem).sample(arguments.num_samples, generator)
    progress, snapshot = Progress(), None
    corrected = not arguments.uncorrected
    for snapshot in langevin(target, start, budget, generator, corrected=corrected):
        progress.show(snapshot.progress, f"step {snapshot.step}, accepted {snapshot.acceptance:.0%}")
    progress.close()
    assert snapshot is not None
    run = {
        "seconds": snapshot.seconds,
        "steps": snapshot.step,
        "status": "finished",
        "energy_calls": snapshot.energy_calls,
    }
    print_run(arguments, problem, run, scored(problem, snapshot.samples))
    write(snapshot.samples)
