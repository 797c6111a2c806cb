"""Charts as SVG text for reports: they need no script, follow the page's light or dark theme, and print sharply."""

from __future__ import annotations

import base64
import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

from core.arrays import Array
from dashboard.paper.png import shades

# Size of a chart and its margins, in units of the picture.
WIDTH, HEIGHT = 340.0, 230.0
LEFT, RIGHT, TOP, BOTTOM = 56.0, 12.0, 26.0, 42.0
MOST_TICKS = 5
_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True)
class Axis:
    """An axis.

    Attributes:
        title: its name, with units where it has any.
        low, high: its ends.
        is_log: whether it is logarithmic; both ends are then positive.
    """

    title: str
    low: float
    high: float
    is_log: bool = False

    def place(self, values: Array) -> Array:
        """Map values to fractions of the axis, 0 at the low end and 1 at the high end; NaN where there is no logarithm."""
        if not self.is_log:
            return (values - self.low) / (self.high - self.low)
        logs = np.log10(np.where(values > 0, values, np.nan))
        low = math.log10(self.low)
        return (logs - low) / (math.log10(self.high) - low)

    def ticks(self) -> list[tuple[float, str]]:
        """Values and labels of the ticks."""
        if not self.is_log:
            return [(value, f"{value:g}".replace("-", "−")) for value in _round_values(self.low, self.high)]
        first, last = math.ceil(math.log10(self.low)), math.floor(math.log10(self.high))
        step = max(1, math.ceil((last - first) / MOST_TICKS))
        return [(10.0**k, f"10{str(k).translate(_SUPERSCRIPTS)}") for k in range(first, last + 1, step)]


def axis_of(title: str, values: Array, *, is_log: bool = False, lowest: float = 0.0) -> Axis:
    """An axis that covers all known values.

    Args:
        title: its name.
        values: the values; unknown ones do not count.
        is_log: whether it is logarithmic.
        lowest: smaller values do not count on a logarithmic axis.
    """
    known = values[np.isfinite(values) & ((values > lowest) if is_log else np.isfinite(values))]
    if not known.size:
        return Axis(title, *((1.0, 10.0) if is_log else (0.0, 1.0)), is_log)
    low, high = float(known.min()), float(known.max())
    if is_log:
        # At least one power of ten, so that there are ticks.
        return Axis(
            title, 10.0 ** math.floor(math.log10(low)), 10.0 ** (math.floor(math.log10(high)) + 1), True
        )
    return Axis(title, low, high if high > low else low + 1.0)


@dataclass(frozen=True)
class Line:
    """A line of a chart.

    Attributes:
        x, y: its points; NaN leaves a gap.
        style: classes of the style sheet, which set its colour.
    """

    x: Array
    y: Array
    style: str


@dataclass(frozen=True)
class Shade:
    """A density in the background of a chart, as wide and high as the chart.

    Attributes:
        values: (rows, columns) density, the first row at the bottom.
    """

    values: Array


@dataclass(frozen=True)
class Dots:
    """Points of a chart.

    Attributes:
        x, y: coordinates; NaN for points that are left out.
        style: classes of the style sheet, which set their colour.
    """

    x: Array
    y: Array
    style: str


def chart(title: str, x: Axis, y: Axis, layers: Sequence[Line | Shade | Dots], alt: str) -> str:
    """A chart as an SVG element.

    Args:
        title: above the chart, as plain text.
        x, y: its axes.
        layers: what it shows, from back to front.
        alt: description for screen readers.
    """
    drawn = "".join(_layer(layer, x, y) for layer in layers)
    clip = f"<svg x='{LEFT}' y='{TOP}' width='{_width()}' height='{_height()}' viewBox='0 0 {_width()} {_height()}'>{drawn}</svg>"
    return (
        f"<svg class='chart' viewBox='0 0 {WIDTH:g} {HEIGHT:g}' role='img' aria-label='{escape(alt, quote=True)}'>"
        f"<text class='title' x='{LEFT}' y='16'>{escape(title)}</text>{clip}{_axes(x, y)}</svg>"
    )


def _width() -> float:
    return WIDTH - LEFT - RIGHT


def _height() -> float:
    return HEIGHT - TOP - BOTTOM


def _axes(x: Axis, y: Axis) -> str:
    """Frame, ticks and titles."""
    bottom, right = TOP + _height(), LEFT + _width()
    parts = [f"<path class='frame' d='M{LEFT} {TOP}V{bottom}H{right}'/>"]
    for value, label in x.ticks():
        at = LEFT + float(x.place(np.array(value))) * _width()
        parts.append(f"<path class='frame' d='M{at:.1f} {bottom}v4'/>")
        parts.append(f"<text x='{at:.1f}' y='{bottom + 16:g}' text-anchor='middle'>{label}</text>")
    for value, label in y.ticks():
        at = bottom - float(y.place(np.array(value))) * _height()
        parts.append(f"<path class='frame' d='M{LEFT} {at:.1f}h-4'/>")
        parts.append(f"<text x='{LEFT - 7}' y='{at + 4:.1f}' text-anchor='end'>{label}</text>")
    middle = TOP + _height() / 2
    parts.append(
        f"<text x='{LEFT + _width() / 2:g}' y='{HEIGHT - 8:g}' text-anchor='middle'>{escape(x.title)}</text>"
    )
    parts.append(
        f"<text transform='translate(13 {middle:g}) rotate(-90)' text-anchor='middle'>{escape(y.title)}</text>"
    )
    return "".join(parts)


def _layer(layer: Line | Shade | Dots, x: Axis, y: Axis) -> str:
    if isinstance(layer, Shade):
        text = base64.b64encode(shades(layer.values[::-1])).decode()
        return (
            f"<image width='{_width()}' height='{_height()}' preserveAspectRatio='none' "
            f"href='data:image/png;base64,{text}'/>"
        )
    across = x.place(np.asarray(layer.x, float)) * _width()
    up = (1 - y.place(np.asarray(layer.y, float))) * _height()
    if isinstance(layer, Dots):
        known = np.isfinite(across) & np.isfinite(up)
        marks = "".join(f"M{a:.1f} {b:.1f}h0" for a, b in zip(across[known], up[known], strict=True))
        return f"<path class='dots {layer.style}' d='{marks}'/>"
    return f"<path class='line {layer.style}' d='{_path(across, up)}'/>"


def _path(across: Array, up: Array) -> str:
    """A path through the points, broken at gaps."""
    parts, is_drawing = list[str](), False
    for a, b in zip(across, np.clip(up, -1e4, 1e4), strict=True):
        is_known = math.isfinite(a) and math.isfinite(b)
        if is_known:
            parts.append(f"{'L' if is_drawing else 'M'}{a:.1f} {b:.1f}")
        is_drawing = is_known
    return "".join(parts)


def _round_values(low: float, high: float) -> list[float]:
    """Round numbers between two ends, about MOST_TICKS or fewer."""
    raw = (high - low) / MOST_TICKS
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= raw * (1 - 1e-9))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [round(k * step, 12) for k in range(first, last + 1)]
