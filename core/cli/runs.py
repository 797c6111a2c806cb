"""The command `python -m core runs`: list, show, export, import, delete, pin, prune and verify the runs in the store."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core import checks
from core.cli.arguments import writable
from core.cli.flags import Parser, Verbs
from core.cli.printing import short
from core.problem import CURVES
from core.store.query import NEWEST, ORDERS, Query
from core.store.records import STATUSES, TRAINING, StoredRun
from core.targets.registry import TARGETS

if TYPE_CHECKING:
    from core.store.store import Store


def add(verbs: Verbs) -> None:
    """Add the command `runs` with its subcommands and their flags."""
    parser = verbs.add_parser("runs", help="list, show, export, import and delete saved runs")
    own = parser.add_subparsers(dest="runs_verb", required=True, parser_class=Parser)

    def verb(name: str, help: str, act: Callable[[Store, Namespace], None]) -> ArgumentParser:
        added = own.add_parser(name, help=help)
        added.add_argument("--json", action="store_true", help="print JSON")
        added.set_defaults(run=_with_store(act))
        return added

    _add_filters(verb("list", "list runs, the newest first", _list))
    verb("show", "show a run", _show).add_argument("id", metavar="ID", help=_ID)
    exported = verb("export", "write runs into one zip file", _export)
    exported.add_argument("ids", metavar="ID", nargs="*", help="runs to export (default: all)")
    exported.add_argument("-o", "--output", metavar="OUT.zip", required=True, help="the zip file")
    imported = verb("import", "check a zip file of runs and add them", _import)
    imported.add_argument("archive", metavar="RUNS.zip", help="a file from `runs export`")
    deleted = verb("delete", "delete runs and their files", _delete)
    deleted.add_argument("ids", metavar="ID", nargs="+", help=_ID)
    pinned = verb("pin", "keep a run when the store is pruned", _pin)
    pinned.add_argument("id", metavar="ID", help=_ID)
    pinned.add_argument("--off", action="store_true", help="unpin the run, so that pruning may delete it")
    pruned = verb("prune", "delete the oldest runs that are not pinned, and unused files", _prune)
    help = "largest size of the store in gigabytes (default: BOLTZMANN_STORE_GB, or 5)"
    pruned.add_argument("--most-gb", type=float, metavar="X", help=help)
    verb("verify", "check the database and all files", _verify)


_ID = "id of a run, or its first digits"


def _add_filters(parser: ArgumentParser) -> None:
    parser.add_argument("--target", choices=TARGETS, help="only runs with this target")
    parser.add_argument("--interpolation", choices=CURVES, help="only runs with this kind of curve")
    parser.add_argument("--kind", help="only runs of this kind: training, or a sampler such as mala")
    parser.add_argument("--status", choices=STATUSES, help="only runs with this status")
    parser.add_argument("--sigma", type=float, metavar="X", help="only runs with this σ")
    parser.add_argument(
        "--mode-separation", type=float, metavar="X", help="only runs with this mode separation"
    )
    parser.add_argument("--study", metavar="NAME", help="only runs of this study, see the command sweep")
    parser.add_argument("--since", metavar="DATE", help="only runs since this date, such as 2026-05-31")
    help = "sort by a metric in ascending order, or by created, seconds, steps, energy_calls, size, sigma or mode_separation"
    parser.add_argument("--sort", choices=ORDERS, default=NEWEST, metavar="NAME", help=help)
    parser.add_argument("--descending", action="store_true", default=None, help="large values first")
    parser.add_argument("--limit", type=int, metavar="N", help="at most this many runs")


def _with_store(act: Callable[[Store, Namespace], None]) -> Callable[[Namespace], None]:
    """Wrap a command: open the store, run the command, and close the store."""

    def run(arguments: Namespace) -> None:
        from core.store.place import open_store

        with open_store() as store:
            act(store, arguments)

    return run


def _print(arguments: Namespace, data: Any, lines: list[str]) -> None:
    """Print the data as JSON if requested, otherwise the lines."""
    print(json.dumps(data, ensure_ascii=False, allow_nan=False) if arguments.json else "\n".join(lines))


def _list(store: Store, arguments: Namespace) -> None:
    names = (
        "target",
        "interpolation",
        "kind",
        "status",
        "sigma",
        "mode_separation",
        "study",
        "since",
        "limit",
    )
    query = Query(
        **{name: getattr(arguments, name) for name in names},
        order=arguments.sort,
        descending=arguments.descending,
    )
    runs = store.runs(query)
    for error in store.unreadable():
        print(error, file=sys.stderr)
    rows = [_columns(run) for run in runs]
    head = f"{'id':12}  {'created':16}  {'target':15} {'curve':13} {'σ':>6} {'status':11} {'steps':>7} {'s':>7} {'ESS':>7}  name"
    _print(
        arguments, [run.to_dict() for run in runs], [head, *rows] if rows else ["The store has no such runs."]
    )


def _columns(run: StoredRun) -> str:
    result, problem = run.result, run.result.problem
    scores: dict[str, Any] = {} if result.report is None else result.report.to_dict()["metrics"]
    curve = problem.interpolation if result.kind == TRAINING else result.kind
    return (
        f"{run.id:12}  {_minute(run.created):16}  {problem.target.name:15} {curve:13} {problem.sigma:6g} {result.status:11} "
        f"{result.steps:7} {result.seconds:7.1f} {short(scores.get('ess_fraction')):>7}  {'📌 ' * run.pinned}{run.name}"
    ).rstrip()


def _minute(time: str) -> str:
    return time[:16].replace("T", " ")


def _show(store: Store, arguments: Namespace) -> None:
    run = store.run(arguments.id)
    files = [
        {"name": f.name, "size": f.size, "sha256": f.sha256, "steps": f.steps} for f in store.files(run.id)
    ]
    data = {**run.to_dict(), "files": files}
    lines = [f"{name:16} {_plain(value)}" for name, value in data.items() if name not in ("report", "files")]
    lines += [f"{file['name']:32} {file['size']:>12} bytes" for file in files]
    if run.result.report is not None:
        scores = run.result.report.to_dict()
        lines.append(f"{'':20} {'samples':>12} {'best possible':>14}")
        lines += [
            f"{name:20} {short(value):>12} {short(scores['floors'][name]):>14}"
            for name, value in scores["metrics"].items()
        ]
    _print(arguments, data, lines)


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False)
    return "unknown" if value is None else str(value)


def _export(store: Store, arguments: Namespace) -> None:
    from core.store.archive import export

    path = writable(arguments.output)
    assert path is not None
    runs = [store.run(name) for name in arguments.ids] if arguments.ids else store.runs()
    unique = list({run.id: run for run in runs}.values())
    export(store, unique, path)
    ids = [run.id for run in unique]
    _print(arguments, {"exported": ids, "file": str(path)}, [f"{_runs(len(ids))} in {path}"])


def _import(store: Store, arguments: Namespace) -> None:
    from core.store.archive_import import import_archive

    done = import_archive(store, Path(arguments.archive))
    text = f"{_runs(len(done.added))} imported, {_runs(len(done.existing))} already here"
    _print(arguments, {"added": done.added, "existing": done.existing}, [text])


def _delete(store: Store, arguments: Namespace) -> None:
    from core.store.errors import DamagedError

    deleted = []
    for name in arguments.ids:
        try:
            run_id = store.run(name).id
        except DamagedError:  # a damaged run can still be deleted, if its full id is given
            run_id = name
        store.delete(run_id)
        deleted.append(run_id)
    _print(arguments, {"deleted": deleted}, [f"{_runs(len(deleted))} deleted"])


def _pin(store: Store, arguments: Namespace) -> None:
    run = store.edit(store.run(arguments.id).id, pinned=not arguments.off)
    _print(arguments, run.to_dict(), [f"Run {run.id} is {'pinned' if run.pinned else 'not pinned'}."])


def _prune(store: Store, arguments: Namespace) -> None:
    from core.store.housekeeping import prune, remove_leftovers

    most = arguments.most_gb
    limit = None if most is None else int(1e9 * checks.number("--most-gb", most, 0, 1e6))
    deleted, leftovers = prune(store, limit), remove_leftovers(store)
    text = (
        f"{_runs(len(deleted))} and {len(leftovers)} unused files deleted; {store.size() / 1e6:.1f} MB left"
    )
    _print(arguments, {"deleted": deleted, "unused": leftovers, "size": store.size()}, [text])


def _verify(store: Store, arguments: Namespace) -> None:
    from core.store.housekeeping import verify

    faults = verify(store)
    _print(arguments, {"faults": faults}, faults or [f"{_runs(len(store.runs()))}, no fault"])
    if faults:
        sys.exit(1)


def _runs(count: int) -> str:
    return f"{count} run" if count == 1 else f"{count} runs"
