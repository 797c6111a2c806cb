"""Speed of the player in a headless browser: `.venv/bin/python tests/benchmarks/player.py`.

`--only bare controlling solving following` measures the controls alone.

Measures frame rate and frame times of three panels (60 frames × 101² with 3 × 2000 particles), the size of their data, and bytes sent
to the server while scrubbing. Also the time from a move of a slider to the new exact picture and to the end of the page's rerun, idle and
while a job trains; pictures per second while a slider is dragged; the time from a click on an example to its picture; and the time from
Train to the first trained pictures and to the metrics of all three curves, which share ten seconds of training.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from core.presets import EXAMPLES  # noqa: E402
from core.problem import INTERPOLATIONS  # noqa: E402

PLANE = {
    "linear, ring of 8": "target=ring&sigma=3&interpolation=linear",
    "three curves, ring of 8": "target=ring&sigma=3",
}
EMPTY = "control to an empty component on an empty page, median ms"
CONTROL = "control to exact picture, median ms"
READY = "[data-testid=stApp][data-test-script-state=notRunning]"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
PLAYER = "[...document.querySelectorAll('*')].map(e => e.shadowRoot?.querySelector('.player')).find(Boolean)"
# A page with only the player, and the largest payload it is designed for.
STAGE = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
import numpy as np
import streamlit as st
from core.pictures.frames import Frames
from dashboard.player.reel import Panel, pack
from dashboard.player.component import player

@st.cache_resource
def panels():
    rng, times, axis = np.random.default_rng(0), np.linspace(0, 1, 60), np.linspace(-6, 6, 101)
    x, y = np.meshgrid(axis, axis, indexing="ij")
    found = []
    for method, spread in (("linear", 3.0), ("learned", 4.0), ("gradient_flow", 2.5)):
        angles = rng.integers(0, 8, 2000) * np.pi / 4
        centres = spread * np.stack([np.cos(angles), np.sin(angles)], -1)
        noise = rng.normal(size=(2000, 2))
        particles = np.stack([noise * (1 - 0.6 * t) + t * centres for t in times])
        density = np.stack([
            sum(np.exp(-((x - t * spread * np.cos(a)) ** 2 + (y - t * spread * np.sin(a)) ** 2) / (2 * (1 - 0.6 * t) ** 2))
                for a in np.arange(8) * np.pi / 4) for t in times])
        velocity = np.stack(np.broadcast_arrays(x, y), -1)[None] * np.linspace(0.1, 10, 60)[:, None, None, None]
        known = np.linspace(1, 100, 60)
        frames = Frames("exact", times, (axis, axis), density, velocity, particles, known, known, np.empty((0, 2)),
                        mode_mass=np.full((60, 8), 1 / 8), particle_mass=np.full((60, 8), 1 / 8))
        found.append(Panel(method, method, method, frames, (), "exact"))
    return found

st.set_page_config(layout="wide")
player(panels(), key="stage")
print("payload", len(pack(panels())), flush=True)
"""
# The smallest page with a control and a component: one slider, and a component that counts its updates.
BARE = """
import streamlit as st

COMPONENT = st.components.v2.component(
    "counter",
    html='<div class="player" data-sequence="0">here</div>',
    js="export default ({ parentElement }) => { parentElement.querySelector('.player').dataset.sequence++; }",
)
st.set_page_config(layout="wide")
COMPONENT(data={"x": st.slider("Mode separation", 0.0, 12.0, 11.0, 0.1)}, key="counter")
"""
FRAMES = """seconds => new Promise(done => {
  const times = [];
  let last = null;
  const tick = now => {
    if (last !== null) times.push(now - last);
    last = now;
    times.reduce((a, b) => a + b, 0) < 1000 * seconds ? requestAnimationFrame(tick) : done(times);
  };
  requestAnimationFrame(tick);
})"""
# Milliseconds until the player first draws data that it received after the payload with number `sequence`.
LATENCY = f"""sequence => new Promise(done => {{
  const began = performance.now(), player = {PLAYER};
  const look = () => Number(player.dataset.sequence) > sequence ? requestAnimationFrame(() => done(performance.now() - began)) : setTimeout(look, 1);
  look();
}})"""
# Milliseconds from a change of the settings until their first picture, and until the pictures of all times have arrived.
# A message with only the progress of a run does not count as a picture.
LATENCIES = f"""() => new Promise(done => {{
  const began = performance.now(), player = {PLAYER}, labels = () => [...player.querySelectorAll('canvas')].map(e => e.ariaLabel);
  const state = () => labels().join() || player.dataset.sequence;
  const before = state(), now = () => performance.now() - began;
  let seen = null;
  const look = () => {{
    if (seen === null && state() !== before) seen = now();
    if (seen !== null && player.dataset.ahead !== "true" && player.dataset.frames !== "1") requestAnimationFrame(() => done([seen, now()]));
    else setTimeout(look, 1);
  }};
  look();
}})"""

# Moves the pointer over half of a slider, there and back in 1.5 seconds, at 60 moves a second as a mouse does. The script runs inside the
# page: from outside, each move would wait until the browser has drawn the previous one.
DRAG = """([left, width, y, seconds]) => new Promise(done => {
  const began = performance.now();
  const move = () => {
    const passed = (performance.now() - began) / 1000, share = 0.25 + 0.5 * Math.abs(passed / 0.75 % 2 - 1);
    if (passed > seconds) return done(passed);
    const place = { clientX: left + share * width, clientY: y, pointerId: 1, pointerType: "mouse", buttons: 1, bubbles: true };
    document.dispatchEvent(new PointerEvent("pointermove", place));
    setTimeout(move, 16);
  };
  move();
})"""


@contextmanager
def server(script: Path) -> Iterator[tuple[str, Path]]:
    """Run Streamlit on a free port; yields its address and its log file."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = Path(tempfile.mkstemp(suffix=".log")[1])
    options = ["--server.port", str(port), "--server.address", "127.0.0.1", "--server.headless", "true"]
    command = [sys.executable, "-m", "streamlit", "run", str(script), *options]
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
        )
    try:
        address = f"http://127.0.0.1:{port}"
        for _ in range(300):
            try:
                urllib.request.urlopen(f"{address}/_stcore/health", timeout=1).close()
                break
            except OSError:
                time.sleep(0.1)
        yield address, log
    finally:
        # After SIGTERM, uvicorn may wait forever for the connections of the page that is still open.
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def settle(page: Page) -> None:
    page.locator(".player[data-sequence]").wait_for(timeout=120_000)
    page.locator(READY).wait_for(timeout=120_000)


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def playing(page: Page, folder: Path, seconds: float) -> dict[str, float]:
    """Frame rate, payload, and bytes sent while scrubbing."""
    script = folder / "stage.py"
    script.write_text(STAGE)
    sent: list[int] = []
    page.on("websocket", lambda ws: ws.on("framesent", lambda payload: sent.append(len(payload))))
    with server(script) as (address, log):
        page.goto(address)
        settle(page)
        page.wait_for_timeout(2000)
        times: list[float] = page.evaluate(FRAMES, seconds)
        page.locator(".player .play").click()
        page.wait_for_timeout(1500)
        sent.clear()
        box = page.locator(".player .time").bounding_box()
        assert box
        page.mouse.move(box["x"] + 20, box["y"] + box["height"] / 2)
        page.mouse.down()
        for share in range(5, 95):
            page.mouse.move(box["x"] + box["width"] * share / 100, box["y"] + box["height"] / 2)
        scrubbing = sum(sent)
        page.mouse.up()
        payload = next(line for line in log.read_text().splitlines() if line.startswith("payload"))
    return {
        "frames a second, median": 1000 / statistics.median(times),
        "frame time p95, ms": percentile(times, 0.95),
        "payload, bytes": float(payload.split()[1]),
        "bytes to the server while scrubbing": float(scrubbing),
    }


def latencies(page: Page, moves: int) -> list[tuple[float, float]]:
    """Milliseconds from a key press on the slider to the new picture, and to the end of the rerun; no setting is visited twice."""
    slider, found = page.get_by_role("slider", name="Mode separation"), []
    for _ in range(moves):
        slider.focus()
        waiting = page.evaluate_handle(f"() => ({{promise: ({LATENCIES})()}})")
        page.keyboard.press("ArrowLeft")
        picture, whole = page.evaluate("({promise}) => promise", waiting)
        found.append((float(picture), float(whole)))
        settle(page)
        page.wait_for_timeout(300)
    return found


def bare(page: Page, folder: Path, moves: int) -> dict[str, float]:
    """Time from a control to a component, on a page with nothing else."""
    script = folder / "bare.py"
    script.write_text(BARE)
    with server(script) as (address, _):
        page.goto(address)
        settle(page)
        latencies(page, 4)
        found, _ = zip(*latencies(page, moves), strict=True)
    return {EMPTY: statistics.median(found)}


def solving(page: Page, moves: int) -> dict[str, float]:
    """Time from a control to a picture in two dimensions, where the server first solves only the time that is shown."""
    found: dict[str, float] = {}
    for name, link in PLANE.items():
        # One server per link, because a server caches the settings it has solved.
        with server(ROOT / "dashboard" / "app.py") as (address, _):
            page.goto(f"{address}/?{link}&t=0.5")
            settle(page)
            page.wait_for_timeout(6000)  # gives a worker time to start
            latencies(page, 2)
            first, whole = zip(*latencies(page, moves), strict=True)
            found[f"control to an exact moment in the plane, {name}, median ms"] = statistics.median(first)
            found[f"the same, {name}, until all times are there"] = statistics.median(whole)
    return found


def controlling(page: Page, moves: int) -> dict[str, float]:
    """Time from a control to a picture, idle and while a job trains."""
    with server(ROOT / "dashboard" / "app.py") as (address, _):
        page.goto(f"{address}/?interpolation=linear&mode_separation=11&t=0.5&seconds=100")
        settle(page)
        latencies(page, 4)
        idle, whole = zip(*latencies(page, moves), strict=True)
        page.get_by_role("button", name="Train").click()
        page.get_by_text(re.compile(r"step \d+ · loss")).first.wait_for(timeout=120_000)
        latencies(page, 1)
        busy, _ = zip(*latencies(page, moves), strict=True)
    return {
        CONTROL: statistics.median(idle),
        "control to the page's own, median ms": statistics.median(whole),
        "control to exact picture while a job trains, median ms": statistics.median(busy),
        "the same, as a multiple of that without a job": statistics.median(busy) / statistics.median(idle),
    }


def dragging(page: Page, link: str, seconds: float) -> float:
    """Pictures per second while the mouse drags the slider of the mode separation back and forth."""
    with server(ROOT / "dashboard" / "app.py") as (address, _):
        page.goto(f"{address}/?{link}")
        settle(page)
        page.wait_for_timeout(6000)  # gives a worker time to start
        thumb = page.get_by_role("slider", name="Mode separation").locator("xpath=..").bounding_box()
        track = page.get_by_role("group", name="Mode separation").bounding_box()
        assert thumb
        assert track
        page.mouse.move(thumb["x"] + thumb["width"] / 2, thumb["y"] + thumb["height"] / 2)
        page.mouse.down()
        count = lambda: int(page.locator(".player").get_attribute("data-sequence") or 0)  # noqa: E731
        before = count()
        place = [track["x"], track["width"], thumb["y"] + thumb["height"] / 2, seconds]
        passed = float(page.evaluate(DRAG, place))
        found = (count() - before) / passed
        page.mouse.up()
    return found


def following(page: Page, seconds: float) -> dict[str, float]:
    """Pictures per second during a drag, in one and two dimensions."""
    return {
        "pictures a second under the finger, three curves on the line": dragging(page, "t=0.5", seconds),
        "the same in the plane, ring of 8": dragging(page, "target=ring&sigma=3&t=0.5", seconds),
    }


def visiting(page: Page) -> dict[str, float]:
    """Time from a click on an example to its picture, and from Train to the end of all three runs."""
    titles = [example.title for example in EXAMPLES.values()]
    found = []
    with server(ROOT / "dashboard" / "app.py") as (address, _):
        page.goto(f"{address}/?t=0.5")
        settle(page)
        page.wait_for_timeout(6000)  # gives a worker time to start
        for title in [*titles[1:], titles[0]]:
            sequence = int(page.locator(".player").get_attribute("data-sequence") or 0)
            waiting = page.evaluate_handle(f"sequence => ({{promise: ({LATENCY})(sequence)}})", sequence)
            page.get_by_role("button", name=title, exact=True).click()
            found.append(float(page.evaluate("({promise}) => promise", waiting)))
            settle(page)
            page.wait_for_timeout(500)
        start = time.monotonic()
        page.get_by_role("button", name="Train", exact=True).click()
        badges = page.locator(".player figure .badge")
        for i in range(len(INTERPOLATIONS)):
            badges.nth(i).filter(has_text=re.compile(r"^learned · \d+ step")).wait_for(timeout=120_000)
        seen = time.monotonic() - start
        for name in INTERPOLATIONS.values():
            ended = page.get_by_text(re.compile(f"{name} · (Done|Converged)"))
            ended.wait_for(timeout=120_000)
        trained = time.monotonic() - start
    return {
        "an example to its picture, median ms": statistics.median(found),
        "the same, longest": max(found),
        "from Train to all three curves learned beside the exact ones, s": seen,
        "all three curves trained and measured, s": trained,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10.0, help="time during which frames are counted")
    parser.add_argument("--moves", type=int, default=15, help="number of slider moves")
    parser.add_argument(
        "--only", nargs="*", default=[], help="names of the functions that measure; default: all"
    )
    arguments = parser.parse_args()
    measures: dict[str, Callable[[Page], dict[str, float]]] = {
        "playing": lambda page: playing(page, Path(folder), arguments.seconds),
        "bare": lambda page: bare(page, Path(folder), arguments.moves),
        "controlling": lambda page: controlling(page, arguments.moves),
        "solving": lambda page: solving(page, arguments.moves),
        "following": lambda page: following(page, 4.0),
        "visiting": visiting,
    }
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))))
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        figures: dict[str, float] = {}
        for name in arguments.only or measures:
            # Open one page at a time, because a page whose server has ended keeps reconnecting.
            page = browser.new_page(viewport={"width": 1400, "height": 1000})
            figures |= measures[name](page)
            page.close()
        browser.close()
    empty, control = (figures.get(name) for name in (EMPTY, CONTROL))
    if empty and control:
        figures["control to exact picture, as a multiple of the empty component"] = control / empty
    for name, value in figures.items():
        print(f"{value:12.1f}  {name}")
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
