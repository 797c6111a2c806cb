"""`python -m dashboard`: this machine only, unless published."""

from __future__ import annotations

import http.client
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import segno

from dashboard import __main__ as command
from dashboard import publishing
from dashboard.publishing import announcement, network_address, qr_lines

ROOT = Path(__file__).resolve().parents[2]
URL = "http://192.168.178.23:8501"


def test_qr_code_holds_the_address() -> None:
    lines = qr_lines(URL)
    modules = (
        [[mark in "▀█" for mark in line] for line in lines],
        [[mark in "▄█" for mark in line] for line in lines],
    )
    rows = [row for pair in zip(*modules, strict=True) for row in pair]
    wanted = [[bool(module) for module in row] for row in segno.make_qr(URL, error="m").matrix_iter(border=2)]
    assert rows[: len(wanted)] == wanted
    assert not any(any(row) for row in rows[len(wanted) :])


@pytest.mark.parametrize("colours", [True, False])
def test_announcement_shows_address_and_code(colours: bool) -> None:
    text = announcement(URL, colours=colours)
    assert URL in text
    assert "█" in text
    assert ("\x1b[" in text) == colours
    assert max(len(re.sub(r"\x1b\[[\d;]*m", "", line)) for line in text.splitlines()) <= 80


def test_publishing_without_a_network_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "network_address", lambda: None)
    assert command.main(["--publish", "--port", str(free_port())]) == 2
    assert "not connected to a network" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words", [["--port", "0"], ["--port", "much"], ["--port", "70000"], ["--wrong"], ["what"]]
)
def test_invalid_arguments_are_reported_in_one_line(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        command.main(words)
    assert ended.value.code == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_port_in_use_is_reported(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert command.main(["--port", str(port)]) == 2
    assert f"port {port} is in use" in capsys.readouterr().err


def test_network_address_is_not_loopback() -> None:
    address = network_address()
    assert address is None or not address.startswith("127.")


def test_loopback_is_no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publishing, "_SOMEWHERE", ("127.0.0.1", 9))
    assert network_address() is None


def test_app_listens_on_this_machine_only(tmp_path: Path) -> None:
    with running(tmp_path, [sys.executable, "-m", "dashboard"]) as (port, _):
        assert listening(port) == {"127.0.0.1"}


def test_readme_command_listens_on_this_machine_only(tmp_path: Path) -> None:
    command = re.search(
        r"&& \.venv/bin/(streamlit run [\w/.]+)", (ROOT / "README.md").read_text(encoding="utf-8")
    )
    assert command
    with running(tmp_path, [sys.executable, "-m", *command[1].split()], "--server.port") as (port, _):
        assert listening(port) == {"127.0.0.1"}


@pytest.mark.skipif(network_address() is None, reason="this machine is not connected to a network")
def test_published_app_is_reachable_at_the_printed_address(tmp_path: Path) -> None:
    with running(tmp_path, [sys.executable, "-m", "dashboard", "--publish"]) as (port, log):
        address = f"{network_address()}:{port}"
        assert listening(port) == {"0.0.0.0"}
        assert is_healthy(network_address() or "", port)
        printed = log.read_text(encoding="utf-8")
        assert f"http://{address}" in printed
        assert "█" in printed


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def running(home: Path, words: list[str], port_flag: str = "--port") -> Iterator[tuple[int, Path]]:
    """Run the app with a fresh home folder; yields its port and log."""
    port, log = free_port(), home / "log"
    kept = {name: value for name, value in os.environ.items() if not name.startswith("STREAMLIT_")}
    environment = {
        **kept,
        "HOME": str(home),
        "STREAMLIT_SERVER_HEADLESS": "true",
        "PYTHONIOENCODING": "utf-8",
    }
    with log.open("wb") as output:
        app = subprocess.Popen(
            [*words, port_flag, str(port)], cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT
        )
    try:
        deadline = time.monotonic() + 60
        while not is_healthy("127.0.0.1", port):
            assert app.poll() is None, log.read_text(encoding="utf-8")
            assert time.monotonic() < deadline
            time.sleep(0.1)
        yield port, log
    finally:
        app.kill()
        app.wait()


def is_healthy(host: str, port: int) -> bool:
    connection = http.client.HTTPConnection(host, port, timeout=5)
    try:
        connection.request("GET", "/_stcore/health")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def listening(port: int) -> set[str]:
    """The listening addresses at a port, from the kernel's table."""
    if not Path("/proc/net/tcp").exists():
        pytest.skip("only Linux has this table")
    found = set()
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        local, state = line.split()[1], line.split()[3]
        host, own = local.split(":")
        if state == "0A" and int(own, 16) == port:
            found.add(socket.inet_ntoa(bytes.fromhex(host)[::-1]))
    six = Path("/proc/net/tcp6").read_text().splitlines()[1:] if Path("/proc/net/tcp6").exists() else []
    found |= {
        "::" for line in six if line.split()[3] == "0A" and int(line.split()[1].split(":")[1], 16) == port
    }
    return found
