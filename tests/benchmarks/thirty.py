"""A class of thirty on one server: `.venv/bin/python tests/benchmarks/thirty.py`.

Each person moves a slider every two seconds for a minute and presses Train once in that time. Three of them use a real browser. People in
groups of three train the same problem. Prints how long a moved slider takes to show its picture, whether anybody was refused or saw an
error, how many runs there were, how long it took until all had their results, and the largest resident memory of the server.
`--profile FILE` samples the server's threads with py-spy, if it is installed.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from playwright.async_api import Browser, Page, async_playwright

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from core.jobs.watchdog import resident_memory  # noqa: E402
from tests.browser import chromium  # noqa: E402
from tests.browser.server import app_command, process_of, serving  # noqa: E402
from tests.visitor import Visitor  # noqa: E402

CLIENT_NICENESS = 10
SLIDER, STEP_SECONDS, SHARED_BY = "shifted_pair_mode_separation", 2.0, 3
REFUSED = re.compile("queue is full|already waiting|shutting down")
PLACE = re.compile(r"in line|Starting|step \d|starting")


@dataclass
class Tally:
    """What thirty people experienced.

    Attributes:
        latencies: seconds from releasing a slider to its picture, for people without a browser.
        in_browsers: the same in real browsers.
        refused: people whose Train was refused.
        uninformed: people whose page showed neither a place in the queue nor any progress.
        ready: for each person, seconds from the start until the result.
        errors: exceptions on pages, and missing responses.
    """

    latencies: list[float] = field(default_factory=list)
    in_browsers: list[float] = field(default_factory=list)
    refused: int = 0
    uninformed: int = 0
    ready: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


async def person(number: int, address: str, options: argparse.Namespace, start: float, tally: Tally) -> None:
    """Act as one person without a browser."""
    visitor, rng = Visitor(), random.Random(number)
    await asyncio.sleep(rng.uniform(0, STEP_SECONDS))
    await visitor.open(address, f"interpolation=linear&seconds={options.budget}")
    press_at = start + rng.uniform(0.1, 0.9) * options.minute
    has_pressed = False
    while (now := time.monotonic()) < start + options.minute:
        if not has_pressed and now > press_at:
            await _train(visitor, number, tally)
            has_pressed = True
        else:
            await visitor.slide(SLIDER, round(rng.uniform(2, 9), 1))
            tally.latencies.append(visitor.pictures[-1] - now)
        await asyncio.sleep(max(now + STEP_SECONDS - time.monotonic(), 0))
    while visitor.is_training and time.monotonic() < start + options.limit:
        await asyncio.sleep(0.5)
    if visitor.is_training:
        visitor.errors.append("no result in time")
    tally.ready.append(time.monotonic() - start)
    tally.errors += visitor.errors
    await visitor.close()


async def _train(visitor: Visitor, number: int, tally: Tally) -> None:
    await visitor.slide(SLIDER, 2.0 + 0.1 * (number // SHARED_BY))
    if visitor.labels["train"] == "Train again":  # the group's result is there already
        return
    await visitor.press("train")
    deadline = time.monotonic() + 5
    while not any(map(PLACE.search, visitor.texts)) and time.monotonic() < deadline:
        await asyncio.sleep(0.1)
    tally.uninformed += not any(map(PLACE.search, visitor.texts))
    tally.refused += any(map(REFUSED.search, visitor.texts))


async def person_with_browser(
    number: int, browser: Browser, address: str, options: argparse.Namespace, start: float, tally: Tally
) -> None:
    """Act as one person with a real browser, who moves the slider with the arrow keys."""
    page = await (await browser.new_context()).new_page()
    page.set_default_timeout(120_000)
    await page.goto(f"{address}/?interpolation=linear&seconds={options.budget}")
    await page.locator(".player[data-sequence]").wait_for()
    press_at = start + random.Random(number).uniform(0.1, 0.9) * options.minute
    has_pressed, k = False, 0
    while (now := time.monotonic()) < start + options.minute:
        if not has_pressed and now > press_at:
            await page.get_by_role("button", name="Train").first.click()
            has_pressed = True
        else:
            k += 1
            tally.in_browsers.append(await _arrow(page, "ArrowRight" if k % 20 < 10 else "ArrowLeft"))
        await asyncio.sleep(max(now + STEP_SECONDS - time.monotonic(), 0))
    stop = page.locator(".st-key-stop button")
    while await stop.is_enabled() and time.monotonic() < start + options.limit:
        await asyncio.sleep(0.5)
    tally.ready.append(time.monotonic() - start)
    if await page.locator("[data-testid=stException]").count():
        tally.errors.append("an exception in a browser")
    await page.context.close()


async def _arrow(page: Page, key: str) -> float:
    """Seconds from a press of an arrow key until the page shows a new picture."""
    player = page.locator(".player")
    before = await player.get_attribute("data-sequence")
    began = time.monotonic()
    await page.get_by_role("slider", name="Mode separation").first.press(key)
    while await player.get_attribute("data-sequence") == before and time.monotonic() < began + 60:
        await asyncio.sleep(0.01)
    return time.monotonic() - began


async def watch_memory(pid: int, found: list[float]) -> None:
    while True:
        found.append(resident_memory(pid))
        await asyncio.sleep(0.5)


async def class_of(options: argparse.Namespace, address: str, pid: int) -> tuple[Tally, float]:
    """Let everybody work at the same time; returns the tally and the largest memory of the server in bytes."""
    tally, memory = Tally(), list[float]()
    first = Visitor()
    await first.open(address, "")  # loads the engine
    await first.close()
    watching = asyncio.create_task(watch_memory(pid, memory))
    start = time.monotonic()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium.path(), args=chromium.ARGUMENTS)
        people = [person(k, address, options, start, tally) for k in range(options.people - options.browsers)]
        people += [
            person_with_browser(k, browser, address, options, start, tally)
            for k in range(options.people - options.browsers, options.people)
        ]
        for outcome in await asyncio.gather(*people, return_exceptions=True):
            if isinstance(outcome, BaseException):
                tally.errors.append(f"{type(outcome).__name__}: {outcome}")
        await browser.close()
    watching.cancel()
    return tally, max(memory)


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))] if values else float("nan")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=30)
    parser.add_argument("--browsers", type=int, default=3, help="how many of them use a real browser")
    parser.add_argument("--budget", type=int, default=5, help="seconds that each run trains")
    parser.add_argument("--minute", type=float, default=60, help="seconds in which people move sliders")
    parser.add_argument("--profile", default="", help="file for a profile of the server (py-spy)")
    options = parser.parse_args()
    options.limit = options.people * options.budget + 60 + options.minute
    with tempfile.TemporaryDirectory() as home:
        os.environ["BOLTZMANN_STORE"] = f"{home}/store"
        with serving(app_command(ROOT), ROOT, Path(home)) as address:
            pid = process_of(address)
            # In a class, browsers run on other machines. Here they must not take processor time from the server.
            os.nice(CLIENT_NICENESS)
            profiler = _profile(pid, options) if options.profile else None
            tally, memory = asyncio.run(class_of(options, address, pid))
            if profiler is not None:
                profiler.wait()
        runs = len(re.findall(r" Run \w+: ", (Path(home) / "server.log").read_text()))
    figures = {
        "moved sliders": len(tally.latencies),
        "slider to picture, median s": percentile(tally.latencies, 0.5),
        "slider to picture, 95th percentile s": percentile(tally.latencies, 0.95),
        "slider to picture in browsers, median s": percentile(tally.in_browsers, 0.5),
        "slider to picture in browsers, 95th percentile s": percentile(tally.in_browsers, 0.95),
        "people refused": tally.refused,
        "people told no place": tally.uninformed,
        "errors": len(tally.errors),
        "runs trained": runs,
        "different problems": -(-(options.people - options.browsers) // SHARED_BY) + options.browsers,
        "all results after s": max(tally.ready, default=float("nan")),
        "allowed s": options.limit,
        "largest memory of the server, GB": memory / 1e9,
    }
    for name, value in figures.items():
        print(f"{value:10.2f}  {name}")
    for error in sorted(set(tally.errors)):
        print(error)
    print(json.dumps(figures))


def _profile(pid: int, options: argparse.Namespace) -> subprocess.Popen[bytes]:
    seconds = str(int(options.minute))
    command = ["py-spy", "record", "--pid", str(pid), "--output", options.profile, "--format", "raw"]
    return subprocess.Popen([*command, "--duration", seconds, "--gil"])


if __name__ == "__main__":
    main()
