"""`python -m dashboard reproduce [figure1 … figure5 | all] -o DIR`: compute the paper's figures again."""

from __future__ import annotations

import sys
import tempfile
from argparse import Namespace
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from core.files import replace_text
from core.paper.figures import Figure, chosen
from core.paper.measured import Measured, measure
from core.store.errors import StoreError
from core.store.place import open_store
from core.store.store import Store

NAME, PAGE = "python -m dashboard reproduce", "report.html"
_SCRATCH_BYTES, MOST_WORKERS = 10**9, 256


def write(arguments: Namespace) -> int:
    """Compute the figures and write the report and the CSV files.

    Returns:
        The exit status: 0 after success, 2 after an error (one sentence on standard error), 130 after an interrupt.
    """
    try:
        figures = chosen(arguments.figures)
        folder: Path = arguments.output
        folder.mkdir(parents=True, exist_ok=True)
        measured = [*_measured(figures, arguments)]
        _write(folder, measured)
    except OSError as error:
        return _refuse(f"{error.filename or arguments.output}: {error.strerror or error}.")
    except ValueError as error:
        return _refuse(str(error))
    except KeyboardInterrupt:
        kept = "" if arguments.no_store else " Finished runs are saved; run the same command to continue."
        print(f"{NAME}: interrupted.{kept}", file=sys.stderr)
        return 130
    for one in measured:
        print(f"{one.figure.name}: {one.verdict.seen}. {one.verdict.sentence}")
    return 0


def _measured(figures: Sequence[Figure], arguments: Namespace) -> Iterator[Measured]:
    from core import checks, sweep
    from core.paper.training import grid_of, train

    if arguments.exact:
        yield from (measure(figure, [], arguments.seconds, _report) for figure in figures)
        return
    grids = [grid_of(figure, arguments.seconds, arguments.seeds) for figure in figures]
    workers = arguments.workers
    if workers is not None:
        checks.integer("--workers", workers, 1, MOST_WORKERS)
    with (
        _store(not arguments.no_store) as store,
        sweep.InTurn() if workers is None else sweep.Processes(workers) as engine,
    ):
        for figure, grid in zip(figures, grids, strict=True):
            runs = train(figure, grid, store, engine, _report)
            yield measure(figure, runs, arguments.seconds, _report)


@contextmanager
def _store(is_kept: bool) -> Iterator[Store]:
    """The run store; a temporary one if the runs are not kept, or if the run store cannot be opened."""
    try:
        opened = open_store() if is_kept else None
    except StoreError as error:
        print(f"{NAME}: {error} The runs are not saved.", file=sys.stderr)
        opened = None
    if opened is not None:
        with opened:
            yield opened
        return
    with tempfile.TemporaryDirectory() as folder, Store(Path(folder), _SCRATCH_BYTES, 5.0) as scratch:
        yield scratch


def _write(folder: Path, measured: Sequence[Measured]) -> None:
    from dashboard.paper.report import csv_text, html

    for one in measured:
        replace_text(folder / f"{one.figure.name}.csv", csv_text(one))
    replace_text(folder / PAGE, html(measured))
    files = "1 CSV file" if len(measured) == 1 else f"{len(measured)} CSV files"
    print(f"Wrote {folder / PAGE} and {files}.", file=sys.stderr)


def _report(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _refuse(sentence: str) -> int:
    print(f"{NAME}: {sentence}", file=sys.stderr)
    return 2
