"""The player's script on an empty page without a server. Tests send reels (encoded pictures) to it."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from typing import Any

import numpy as np
from playwright.sync_api import Page

from core.arrays import Array
from core.pictures.frames import Frames
from dashboard.player.look import PALETTES
from dashboard.player.reel import Panel, pack
from dashboard.player.source import HTML, SCRIPT

ADDRESS = "http://stage.test/"
# Appended to the player's script: makes some of its functions available to tests.
PARTS = "\nwindow.parts = { Frames, unpackReel, readPanels, differenceOf, actionOf, distanceOf };\n"
LOAD = """async script => {
  window.sent = [];
  window.component = await import(URL.createObjectURL(new Blob([script], { type: "text/javascript" })));
}"""
TAKE = """reel => {
  const data = Uint8Array.from(atob(reel), (byte) => byte.charCodeAt(0));
  window.reel = data;
  component.default({ data, parentElement: document.body, setStateValue: (name, value) => sent.push(value) });
}"""
STYLE = "<style>:root { --st-background-color: #ffffff; --st-text-color: #111111; }</style>"


def open_stage(page: Page, css: str = "") -> None:
    """Open an empty page with the player's elements and script."""
    body = f"<!doctype html>{STYLE}<style>{css}</style>{HTML}"
    page.route(ADDRESS, lambda route: route.fulfill(body=body, content_type="text/html; charset=utf-8"))
    page.goto(ADDRESS)
    page.evaluate(LOAD, SCRIPT + PARTS)


def send(page: Page, panels: Sequence[Panel], t: float | None = 0.5, **options: Any) -> None:
    """Send a reel to the player and wait until it is drawn."""
    view = {"t": t, "backdrop": None, "panel": None}
    known = {"key": "stage", "height": 380, "autoplay": True, "view": view, "palettes": PALETTES}
    page.evaluate(TAKE, b64encode(pack(panels, {**known, **options})).decode())
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


def panel(exact: Frames | None, method: str = "linear", **changes: Any) -> Panel:
    """A panel with an exact curve. It also has a trained curve if `course`, one of the `changes`, holds checkpoints."""
    return Panel(method, method, method.title(), exact, changes.pop("course", ()), "exact", **changes)


def travelling(
    dim: int, num_times: int = 21, points: int = 81, std: float = 0.5, reach: float = 3.0
) -> Frames:
    """Frames of a Gaussian with 50 particles that moves by reach · t² along the first axis."""
    times = np.linspace(0, 1, num_times)
    axes = tuple(np.linspace(-6.0, 6.0, points) for _ in range(dim))
    grid = np.stack(np.meshgrid(*axes, indexing="ij"), -1)
    centre = np.zeros((num_times, dim))
    centre[:, 0] = reach * times**2
    away = grid[None] - centre.reshape(num_times, *[1] * dim, dim)
    density = np.exp(-(away**2).sum(-1) / (2 * std**2)) / (2 * np.pi * std**2) ** (dim / 2)
    velocity = np.zeros_like(away)
    velocity[..., 0] = (2 * reach * times).reshape(-1, *[1] * dim)
    start = np.random.default_rng(0).normal(0, std, (50, dim))
    return _frames(times, axes, density, velocity, start[None] + centre[:, None])


def _frames(
    times: Array, axes: tuple[Array, ...], density: Array, velocity: Array, particles: Array
) -> Frames:
    energy = velocity.reshape(len(times), -1, len(axes))[:, 0, 0] ** 2
    log_z, samples = np.zeros(len(times)), np.empty((0, len(axes)))
    return Frames("exact", times, axes, density, velocity, particles, energy, log_z, samples)
