"""`python -m dashboard handout NAME-or-FILE -o out.html`: write a handout."""

from __future__ import annotations

import sys
from argparse import Namespace
from pathlib import Path
from typing import Any

from core.files import check_writable, replace_text
from core.presets import EXAMPLES
from core.problem import Problem
from dashboard.lessons import library, parse
from dashboard.state import Selection

NAME = "python -m dashboard handout"


def write(arguments: Namespace) -> int:
    """Write the handout.

    Returns:
        The exit status: 0, or 2 with one sentence on standard error.
    """
    try:
        check_writable(arguments.output)
        text = _page(arguments)
        replace_text(arguments.output, text)
    except OSError as error:
        return _refuse(f"{error.filename or arguments.output}: {error.strerror or error}.")
    except ValueError as error:
        return _refuse(str(error))
    print(f"\rWrote {arguments.output}, {len(text.encode()) / 1e6:.1f} MB.   ", file=sys.stderr)
    return 0


def _page(arguments: Namespace) -> str:
    from dashboard.handouts.lesson import lesson_handout
    from dashboard.handouts.view import view_handout

    if (path := lesson_file(arguments)) is not None:
        return lesson_handout(parse.read(path), _progress, has_answers=arguments.answers)
    selection, shown = selected(arguments.what)
    return view_handout(selection, arguments.sliders, _progress, **shown)


def lesson_file(arguments: Namespace) -> Path | None:
    """The file of the lesson that the command names; None if it names something else."""
    if arguments.what.endswith(".md"):
        return Path(arguments.what)
    return None if arguments.example else library.find(arguments.what)


def selected(what: str) -> tuple[Selection, dict[str, Any]]:
    """The view that the command names, and the choices of its player.

    Raises:
        ValueError: there is no such example, or the view or the problem is invalid.
        OSError: the file cannot be read.
    """
    from dashboard.handouts.view import example_selection
    from dashboard.lessons.view import parse_view

    if what in EXAMPLES:
        return example_selection(what), {}
    if "=" in what:
        view = parse_view(what.rpartition("?")[2])
        params = dict(view.params)
        shown = {"t": view.t, "backdrop": params.get("backdrop"), "panel": params.get("panel")}
        return Selection(view.method, view.problem, 10.0), shown
    if not what.endswith(".json"):
        raise ValueError(
            f"There is no example “{what}”; there are {', '.join(EXAMPLES)}. A file ends with .json."
        )
    problem = Problem.from_json(Path(what).read_text(encoding="utf-8"))
    return Selection(problem.interpolation, problem, 10.0), {}


def _progress(done: float) -> None:
    if sys.stderr.isatty():
        print(f"\rComputing the pictures: {done:.0%} ", end="", file=sys.stderr, flush=True)


def _refuse(sentence: str) -> int:
    print(f"{NAME}: {sentence}", file=sys.stderr)
    return 2
