"""`python -m dashboard`: serve the lab on this machine or the local network, check lessons, write handouts, compute the paper's figures."""

from __future__ import annotations

import argparse
import os
import socket
import sys
from pathlib import Path
from typing import NoReturn, TypeAlias

from dashboard.controls.names import SLIDERS
from dashboard.publishing import announcement, network_address

APP = Path(__file__).with_name("app.py")
FIRST_PORT, MOST_PORTS = 8501, 100
HERE, EVERYWHERE = "127.0.0.1", "0.0.0.0"
Commands: TypeAlias = "argparse._SubParsersAction[_Parser]"


class _Parser(argparse.ArgumentParser):
    """A parser that reports errors in one line, without the usage."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}\n")


def parser() -> argparse.ArgumentParser:
    """The parser of the command line. The parsed arguments contain `run`: a function that takes them and returns the exit status."""
    made = _Parser(prog="python -m dashboard", description="Open the lab in the browser.")
    help = "open the app to the local network, and print its address and a QR code"
    made.add_argument("--publish", action="store_true", help=help)
    help = f"port to listen on; default: the first free port from {FIRST_PORT} on"
    made.add_argument("--port", type=_port, help=help)
    help = "your Python file and the name of the energy in it, which becomes a target; see docs/extending.md"
    made.add_argument("--target-file", metavar="FILE.py:NAME", help=help)
    made.set_defaults(run=serve)
    commands = made.add_subparsers(
        title="commands", metavar="{lessons,handout,reproduce}", parser_class=_Parser
    )
    _add_lessons(commands)
    _add_handout(commands)
    _add_reproduce(commands)
    return made


def _add_handout(commands: Commands) -> None:
    """Add the command `handout`."""
    handout = commands.add_parser(
        "handout", help="write a lesson or a view as a web page that needs no server"
    )
    help = (
        "a lesson, an example of the Explore page, a lesson in a Markdown file, a problem in a JSON file, or a view as in the "
        "address of Explore, such as 'target=ring&sigma=3'"
    )
    handout.add_argument("what", metavar="NAME-or-FILE", help=help)
    handout.add_argument(
        "-o", "--output", type=Path, required=True, metavar="FILE", help="the web page to write"
    )
    help = f"sliders of the page, of {', '.join(SLIDERS)}; without a name, none (default: all)"
    handout.add_argument("--sliders", nargs="*", choices=SLIDERS, default=SLIDERS, metavar="NAME", help=help)
    help = "include the answers to a lesson's exercises and the presenter's notes, for the lecturer"
    handout.add_argument("--answers", action="store_true", help=help)
    help = "choose the example if a lesson has the same name"
    handout.add_argument("--example", action="store_true", help=help)
    handout.set_defaults(run=_write_handout)


def _add_reproduce(commands: Commands) -> None:
    """Add the command `reproduce`."""
    own = commands.add_parser("reproduce", help="compute the paper's figures again, and write a report")
    help = "figure1 to figure5, or all (default: all)"
    own.add_argument("figures", nargs="*", metavar="FIGURE", help=help)
    help = "folder for report.html and one CSV file for each figure"
    own.add_argument("-o", "--output", type=Path, required=True, metavar="DIR", help=help)
    own.add_argument(
        "--seconds", type=float, default=5.0, metavar="N", help="training time of each run (default: 5)"
    )
    own.add_argument("--seeds", type=int, nargs="+", default=[0], metavar="N", help="seeds (default: 0)")
    help = "train this many runs at a time, each in a process of its own (default: one after another)"
    own.add_argument("--workers", type=int, metavar="N", help=help)
    own.add_argument("--exact", action="store_true", help="compute only the exact curves; train nothing")
    own.add_argument("--no-store", action="store_true", help="do not save the runs in the run store")
    own.set_defaults(run=_reproduce)


def _reproduce(arguments: argparse.Namespace) -> int:
    from dashboard.paper.command import write

    return write(arguments)


def _write_handout(arguments: argparse.Namespace) -> int:
    from dashboard.handouts.command import write

    return write(arguments)


def _add_lessons(commands: Commands) -> None:
    """Add the command `lessons`."""
    lessons = commands.add_parser("lessons", help="check lesson files")
    kinds = lessons.add_subparsers(title="commands", required=True, parser_class=_Parser)
    check = kinds.add_parser("check", help="report errors in lesson files, with file and line")
    help = "lesson files; default: all lessons of this server"
    check.add_argument("files", nargs="*", type=Path, metavar="FILE", help=help)
    check.set_defaults(run=_check_lessons)
    store = kinds.add_parser("store", help="compute the numbers of the bundled lessons and store them")
    store.set_defaults(run=_store_lessons)


def _check_lessons(arguments: argparse.Namespace) -> int:
    from dashboard.lessons.check import check

    return check(arguments)


def _store_lessons(arguments: argparse.Namespace) -> int:
    from dashboard.lessons.check import store

    return store(arguments)


def serve(arguments: argparse.Namespace) -> int:
    """Run the app until it is stopped; returns the exit status."""
    if arguments.target_file is not None and not _load(arguments.target_file):
        return 2
    host = EVERYWHERE if arguments.publish else HERE
    port = arguments.port or next(filter(lambda port: is_free(host, port), _ports()), None)
    if port is None or not is_free(host, port):
        print(
            f"python -m dashboard: port {port or FIRST_PORT} is in use; choose another with --port.",
            file=sys.stderr,
        )
        return 2
    command = ["run", str(APP), "--server.port", str(port), "--server.address", host]
    if arguments.publish:
        address = network_address()
        if address is None:
            print(
                "python -m dashboard: this machine is not connected to a network, so no other device can reach it.",
                file=sys.stderr,
            )
            return 2
        command += ["--browser.serverAddress", address]
        base = os.environ.get("STREAMLIT_SERVER_BASE_URL_PATH", "").strip("/")
        print(announcement(f"http://{address}:{port}/{base}", colours=sys.stdout.isatty()), flush=True)
    # Run the app through Streamlit's own command line, since that also loads the app's settings.
    from streamlit.web.cli import main as streamlit

    streamlit(command, standalone_mode=False)
    return 0


def _load(target_file: str) -> bool:
    """Register the energy in a file (`FILE.py:NAME`) as a target; returns False, with one line on standard error, if that fails."""
    from core.targets.local.file import load

    try:
        name = load(target_file)
    except ValueError as error:
        print(f"python -m dashboard: {error}", file=sys.stderr)
        return False
    print(
        f"Your energy is now the target `{name}`: add ?target={name} to the app's address to open it.",
        flush=True,
    )
    return True


def is_free(host: str, port: int) -> bool:
    """Whether a server can listen on this host and port."""
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((host, port))
        except OSError:
            return False
    return True


def _ports() -> range:
    return range(FIRST_PORT, FIRST_PORT + MOST_PORTS)


def _port(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"the port must be a number from 1 to 65535; got {text!r}")
    return int(text)


def main(argv: list[str] | None = None) -> int:
    """Run one command; returns the exit status: 0, or 2 with one line on standard error for bad input."""
    arguments = parser().parse_args(argv)
    return int(arguments.run(arguments))


if __name__ == "__main__":
    sys.exit(main())
