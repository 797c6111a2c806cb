"""The app as a newcomer starts it: a fresh clone, an empty home folder, and the README's command."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest


def start_command(folder: Path) -> str:
    """The README's first command, which installs and starts the app."""
    readme = (folder / "README.md").read_text(encoding="utf-8")
    found = re.search(r"^    (python3 -m venv .* && \.venv/bin/streamlit run .*)$", readme, re.MULTILINE)
    assert found, "the README has no command that starts the app"
    return found[1]


def app_command(folder: Path) -> list[str]:
    """The part of the README's first command that starts the app, with the Python of the tests."""
    program, *arguments = start_command(folder).rpartition("&& .venv/bin/")[2].split()
    return [sys.executable, "-m", program, *arguments]


@contextmanager
def serving(command: Sequence[str], folder: Path, home: Path, **settings: str) -> Iterator[str]:
    """Run the app while the block lasts; yield its address.

    Args:
        command: program and arguments.
        folder: the working directory.
        home: an empty home folder, like that of someone who has never run Streamlit.
        settings: additional environment variables.
    """
    port, log = free_port(), home / "server.log"
    environment = {
        **os.environ,
        "HOME": str(home),
        "STREAMLIT_SERVER_PORT": str(port),
        "STREAMLIT_SERVER_ADDRESS": "127.0.0.1",
        "STREAMLIT_SERVER_HEADLESS": "true",
        **settings,
    }
    with log.open("wb") as output:
        server = subprocess.Popen(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env=environment,
        )
    address = f"http://127.0.0.1:{port}/{settings.get('STREAMLIT_SERVER_BASE_URL_PATH', '')}".rstrip("/")
    try:
        _wait_until_healthy(f"{address}/_stcore/health", server, log)
        yield address
    finally:
        # After SIGTERM, uvicorn may wait forever for the connections of open pages.
        with suppress(ProcessLookupError):  # it has ended by itself
            os.killpg(server.pid, signal.SIGKILL)
        server.wait()


def process_of(address: str) -> int:
    """Process id of the server with this address."""
    port = address.rsplit(":", 1)[1]
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            environment = (folder / "environ").read_bytes()
            command = (folder / "cmdline").read_bytes()
        except OSError:
            continue
        if f"STREAMLIT_SERVER_PORT={port}".encode() in environment and b"streamlit" in command:
            return int(folder.name)
    raise AssertionError("the server was not found")


def free_port() -> int:
    """A free port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _wait_until_healthy(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(1800):
        if server.poll() is not None:
            pytest.fail(f"the server ended:\n{log.read_text()}")
        try:
            with urllib.request.urlopen(url, timeout=1):
                return
        except OSError:
            time.sleep(0.1)
    pytest.fail(f"the server did not answer in 180 s:\n{log.read_text()}")
