"""The command `python -m core sweep`: run all problems of a grid and save the results as a study."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core import checks
from core.cli.flags import Verbs
from core.cli.printing import Progress, short
from core.cluster import INSTALL, checked_address, is_installed
from core.sweep.task import short as short_value

if TYPE_CHECKING:
    from core.store.store import Store
    from core.sweep import AbstractEngine, Event, Grid, Row

MOST_WORKERS = 256


def add(verbs: Verbs) -> None:
    """Add the command with its flags."""
    parser = verbs.add_parser("sweep", help="run a grid of problems, and save the results as a study")
    parser.add_argument("grid", metavar="GRID.json", help="the grid; see docs/command-line.md")
    parser.add_argument("--name", help="name of the study (default: the grid's name, or that of its file)")
    help = "replace the grid of a study with this name; results of tasks in both grids are kept"
    parser.add_argument("--replace", action="store_true", help=help)
    place = parser.add_mutually_exclusive_group()
    help = "compute this many tasks at a time, each in a process of its own (default: one after another)"
    place.add_argument("--workers", type=int, metavar="N", help=help)
    help = "compute on the workers of this Dask scheduler: tcp://127.0.0.1:PORT or tls://HOST:PORT"
    place.add_argument("--scheduler", metavar="ADDRESS", help=help)
    parser.add_argument("--json", action="store_true", help="print one JSON object with all rows")
    parser.set_defaults(run=run)


def run(arguments: Namespace) -> None:
    """Run the tasks that have no result yet, and print a table of all. An interrupt (Ctrl+C) ends the sweep; the same command continues it."""
    from core import sweep
    from core.store.place import open_store

    path = Path(arguments.grid)
    grid = sweep.from_json(path.read_text(encoding="utf-8"))
    name = arguments.name or grid.name or path.stem
    if arguments.workers is not None:
        checks.integer("--workers", arguments.workers, 1, MOST_WORKERS)
    if arguments.scheduler is not None:
        checked_address(arguments.scheduler)
    with open_store() as store:
        sweep.create(store, name, grid, overwrite=arguments.replace)
        open_tasks = sweep.open_tasks(store, name, grid)
        skipped = len(grid.tasks) - len(open_tasks)
        if skipped:
            print(f"{skipped} of {_tasks(len(grid.tasks))} are in the store already.", file=sys.stderr)
        if open_tasks:
            with _engine(arguments, len(open_tasks)) as engine:
                _follow(store, name, grid, engine, skipped)
        rows = sweep.table(store, name)
    _print(arguments, name, rows, skipped)
    if any(row.run is None for row in rows):
        sys.exit(1)


def _engine(arguments: Namespace, num_tasks: int) -> AbstractEngine:
    """The engine that computes the tasks, as the flags specify.

    Raises:
        ValueError: the scheduler's address is not allowed, or the scheduler cannot be reached, or Dask is not installed.
    """
    from core.sweep import InTurn, Processes
    from core.sweep.cluster import Cluster

    if arguments.scheduler is not None:
        if not is_installed():
            raise ValueError(INSTALL)
        remote = Cluster(arguments.scheduler)
        count = remote.num_workers
        waits = "" if count else "; the sweep waits for one"
        print(f"The scheduler has {count} {'worker' if count == 1 else 'workers'}{waits}.", file=sys.stderr)
        return remote
    if arguments.workers is None:
        return InTurn()
    workers = min(arguments.workers, num_tasks)
    if is_installed():
        return Cluster(num_workers=workers)
    print(f"{INSTALL} Without it, the sweep uses local processes.", file=sys.stderr)
    return Processes(workers)


def _follow(store: Store, name: str, grid: Grid, engine: AbstractEngine, skipped: int) -> None:
    """Run the tasks, and show progress on standard error."""
    from core import sweep

    progress, ended, failed = Progress(), skipped, 0
    try:
        with closing(sweep.run(store, name, grid, engine)) as events:
            for event in events:
                ended += event.status != "retry"
                failed += event.status == "failed"
                if event.reason:
                    progress.note(_failure(event))
                lost = f", {failed} failed" if failed else ""
                progress.show(ended / len(grid.tasks), f"{ended} of {_tasks(len(grid.tasks))}{lost}")
    except KeyboardInterrupt:
        progress.note(
            f"{ended - failed} of {_tasks(len(grid.tasks))} are in the store. The same command continues."
        )
        raise
    finally:
        progress.close()


def _failure(event: Event) -> str:
    retry = " It is tried again." if event.status == "retry" else ""
    return f"{event.task.label}: {event.reason}{retry}"


def _print(arguments: Namespace, name: str, rows: list[Row], skipped: int) -> None:
    failed = sum(row.run is None for row in rows)
    if arguments.json:
        data = {
            "study": name,
            "tasks": len(rows),
            "skipped": skipped,
            "computed": len(rows) - skipped - failed,
            "failed": failed,
            "rows": [row.to_dict() for row in rows],
        }
        print(json.dumps(data, ensure_ascii=False, allow_nan=False))
        return
    statuses = Counter(row.status for row in rows)
    print(f"study {name}: {', '.join(f'{count} {status}' for status, count in statuses.items())}")
    lines = [(*rows[0].parameters, *_HEAD), *(_columns(row) for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        print("  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip())


_HEAD = ("seed", "status", "seconds", "ESS", "mode TV", "action", "run")


def _columns(row: Row) -> tuple[str, ...]:
    data: dict[str, Any] = row.to_dict()
    scores = data["metrics"] or {}
    numbers = (data["seconds"], scores.get("ess_fraction"), scores.get("mode_tv"), data["action"])
    texts = (short_value(value) for value in row.parameters.values())
    return (*texts, str(row.seed), row.status, *(short(value) for value in numbers), row.run or row.reason)


def _tasks(count: int) -> str:
    return f"{count} task" if count == 1 else f"{count} tasks"
