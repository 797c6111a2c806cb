"""A small drawing of a curve of densities on the line: one ridge for each of a few times."""

from __future__ import annotations

import numpy as np

from core.pictures.frames import Frames

WIDTH, HEIGHT, RIDGES = 320, 120, 7
# Height of the highest ridge, and of the space for the others, as fractions of the drawing.
TALLEST, SPREAD = 0.42, 0.54


def cover(frames: Frames, colour: str) -> str:
    """The drawing as SVG; the latent stands at the back, the target in front.

    Args:
        frames: the frames of a curve on the line.
        colour: the colour of the ridges, as in CSS.
    """
    (x,) = frames.axes
    across = (x - x[0]) / (x[-1] - x[0]) * WIDTH
    rows = [frames.index(k / (RIDGES - 1)) for k in range(RIDGES)]
    top = float(max(frames.density[row].max() for row in rows))
    paths = [_ridge(across, frames.density[row] / top, k, colour) for k, row in enumerate(rows)]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}">'
        f"{''.join(paths)}</svg>"
    )


def _ridge(across: np.ndarray, heights: np.ndarray, place: int, colour: str) -> str:
    base = HEIGHT * (1 - SPREAD) + HEIGHT * SPREAD * place / (RIDGES - 1) - 2
    # For a small drawing, every second point suffices.
    points = " ".join(
        f"{px:.1f},{base - TALLEST * HEIGHT * h:.1f}" for px, h in zip(across[::2], heights[::2], strict=True)
    )
    opacity = 0.25 + 0.5 * place / (RIDGES - 1)
    return (
        f'<polygon points="0,{base:.1f} {points} {WIDTH},{base:.1f}" fill="{colour}" fill-opacity="{opacity:.2f}" '
        f'stroke="{colour}" stroke-width="1.2"/>'
    )
