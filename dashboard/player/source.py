"""The player's HTML, styles and script as text, for pages of the app and for handouts.

Its JavaScript consists of small files. They are joined here in a fixed order, so that each name is defined before it is used. There is no
build step, and nothing is fetched from elsewhere.
"""

from __future__ import annotations

from pathlib import Path

SCRIPT_NAMES = (
    "format", "texts", "icons", "reel", "smooth", "frames", "extent", "colours", "plot", "dots", "difference", "views",
    "cover", "plane", "evolution", "line", "pointing", "strip", "predict", "scene", "action", "numbers", "capture", "clock", "checkpoints",
    "guess", "lens", "gestures", "figures", "backdrop", "controls", "handles", "covariance", "shaping", "modes", "preview", "player",
)  # fmt: skip
_HERE = Path(__file__).parent


def _text(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


HTML, CSS = _text("player.html"), _text("player.css")
SCRIPT = "\n".join(_text(f"{name}.js") for name in SCRIPT_NAMES)
