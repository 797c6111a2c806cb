"""The first picture, as a plain drawing that a browser shows at once, before any charting library is loaded."""

from __future__ import annotations

import base64
import io

import numpy as np
from PIL import Image

from core.frames import Frames
from dashboard.figures.line import quantile_lines
from dashboard.figures.palette import Theme

WIDTH, HEIGHT = 640, 380
LEFT, RIGHT, TOP, BOTTOM = 56, 16, 12, 44
TICKS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)


def evolution(frames: Frames, theme: Theme) -> str:
    """The density of a curve on the line over (t, x), with its quantile lines, as SVG; the same layout as the chart."""
    x = frames.axes[0]
    width, height = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM

    def place(t: float, value: float) -> tuple[float, float]:
        return LEFT + t * width, TOP + (x[-1] - value) / (x[-1] - x[0]) * height

    text = f'font-family="Source Sans, sans-serif" font-size="13" fill="{theme.ink}" text-anchor="middle"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}">',
        f'<image x="{LEFT}" y="{TOP}" width="{width}" height="{height}" preserveAspectRatio="none" '
        f'href="data:image/png;base64,{_png(frames, theme)}"/>',
        *(_path([place(t, v) for t, v in zip(frames.times, line, strict=True)], theme.ink)
          for line in quantile_lines(frames).T),
        *(f'<text x="{place(t, 0)[0]:.0f}" y="{TOP + height + 18}" {text}>{t:g}</text>' for t in TICKS),
        f'<text x="{LEFT + width / 2}" y="{HEIGHT - 8}" {text}>time t</text>',
        f'<text x="14" y="{TOP + height / 2}" {text}>x</text>',
        "</svg>",
    ]  # fmt: skip
    return "".join(parts)


def _png(frames: Frames, theme: Theme) -> str:
    """The density in the theme's colours, latent at the left, base64."""
    top = float(np.nanquantile(frames.density, 0.995)) or 1.0
    share = np.clip(np.nan_to_num(frames.density.T[::-1]) / top, 0, 1)
    stops = np.linspace(0, 1, len(theme.density))
    colours = np.array([[int(c[i : i + 2], 16) for i in (1, 3, 5)] for c in theme.density])
    pixels = np.stack([np.interp(share, stops, channel) for channel in colours.T], axis=-1)
    image = Image.fromarray(pixels.astype(np.uint8)).resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC)
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return base64.b64encode(buffer.getvalue()).decode()


def _path(points: list[tuple[float, float]], colour: str) -> str:
    steps = " L".join(f"{px:.1f} {py:.1f}" for px, py in points)
    return f'<path d="M{steps}" fill="none" stroke="{colour}" stroke-width="1.1" opacity="0.9"/>'
