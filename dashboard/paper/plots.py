"""The charts of the paper's figures, as SVG."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from core.arrays import Array
from core.paper.measured import Measured, times
from core.pictures.frames import Frames
from core.problem import CURVES, Curve, Problem
from dashboard.figures.line import quantile_lines
from dashboard.paper.svg import Axis, Dots, Line, Shade, axis_of, chart
from dashboard.texts import paper as texts

# Times of the densities in Figure 4.
PROFILES = (0.0, 0.25, 0.5, 0.75, 1.0)
# Logarithmic axes leave out kinetic energies below this value.
LOWEST = 1e-2


def plots(measured: Measured) -> list[str]:
    """The charts of a figure, from left to right."""
    return _PLOTS[measured.figure.name](measured)


def legend(measured: Measured) -> dict[str, str]:
    """The names of the lines by style; empty if the titles of the charts suffice."""
    name = measured.figure.name
    if name == "figure4":
        return {f"rank{i}": f"t = {t:g}" for i, t in enumerate(PROFILES)}
    if name == "figure2":
        return {f"rank{i}": f"m = {_m(p):g}" for i, p in enumerate(_of(measured, "linear"))} | {
            "law": "(m²/8) eᵐ"
        }
    if name == "figure5":
        return {f"rank{i}": f"σ = {p.sigma:g}" for i, p in enumerate(measured.figure.problems)}
    return {}


def _evolutions(measured: Measured) -> list[str]:
    """Density over (t, x) with the paths of samples, one chart for each curve and m."""
    found = []
    for problem, frames in measured.pictures.items():
        (x,), name = frames.axes, f"{CURVES[problem.interpolation]}, m = {_m(problem):g}"
        lines = [
            Line(frames.times, path, f"path {problem.interpolation}") for path in quantile_lines(frames).T
        ]
        shade = Shade(frames.density.T)
        axes = Axis("time t", 0, 1), Axis("x", float(x[0]), float(x[-1]))
        found.append(chart(name, *axes, [shade, *lines], texts.evolution_alt(name)))
    return found


def _profiles(measured: Measured) -> list[str]:
    """Density over x at fixed times, one chart for each m."""
    found = []
    for problem, frames in measured.pictures.items():
        (x,), name = frames.axes, f"m = {_m(problem):g}"
        lines = [Line(x, frames.density[frames.index(t)], f"rank{i}") for i, t in enumerate(PROFILES)]
        # The axis covers the highest density at any of the times.
        top = float(np.nanmax([np.nanmax(line.y) for line in lines]))
        axes = Axis("x", float(x[0]), float(x[-1])), Axis("density ρₜ(x)", 0, 1.04 * top)
        found.append(chart(name, *axes, lines, texts.profiles_alt(name)))
    return found


def _energies(measured: Measured) -> list[str]:
    """‖v_t‖² of both curves over t for each m, and its growth with m."""
    curves: tuple[Curve, ...] = ("linear", "gradient_flow")
    values = np.concatenate(list(measured.energies.values()))
    y = axis_of("‖vₜ‖²", values, is_log=True, lowest=LOWEST)
    found = []
    for curve in curves:
        lines = [Line(times(), measured.energies[p], f"rank{i}") for i, p in enumerate(_of(measured, curve))]
        found.append(chart(CURVES[curve], Axis("time t", 0, 1), y, lines, texts.energies_alt(CURVES[curve])))
    return [*found, _growth(measured)]


def _growth(measured: Measured) -> str:
    grid = np.linspace(1, 50, 99)
    law = grid**2 / 8 * np.exp(grid)
    lines = [Line(grid, law, "law")]
    for curve in ("linear", "gradient_flow"):
        problems = _of(measured, curve)
        peaks = np.array([measured.numbers[p].peak_energy for p in problems])
        lines.append(Line(np.array([_m(p) for p in problems]), peaks, curve))
    everything = np.concatenate([line.y for line in lines])
    y = axis_of("largest ‖vₜ‖²", everything, is_log=True, lowest=LOWEST)
    return chart("Growth with m", Axis("mode separation m", 0, 50), y, lines, texts.GROWTH_ALT)


def _samples(measured: Measured) -> list[str]:
    """The samples of each curve over the target's density; without samples, the density alone."""
    found = []
    for problem, frames in measured.pictures.items():
        own = [run for run in measured.runs if replace(run.problem, seed=0) == problem]
        name = f"{CURVES[problem.interpolation]}, σ = {problem.sigma:g}"
        layers: list[Shade | Dots] = [Shade(frames.density[-1].T)]
        if own and (points := own[0].samples) is not None:
            layers.append(Dots(points[:, 0], points[:, 1], problem.interpolation))
        else:
            name += texts.NO_SAMPLES
        found.append(chart(name, *_square(frames), layers, texts.samples_alt(name)))
    return found


def _square(frames: Frames) -> tuple[Axis, Axis]:
    first, second = frames.axes
    return Axis("x₁", float(first[0]), float(first[-1])), Axis("x₂", float(second[0]), float(second[-1]))


def _widths(measured: Measured) -> list[str]:
    """‖v_t‖² over t for each σ, and ‖v_0‖² and ‖v_1‖² against σ."""
    values = np.concatenate(list(measured.energies.values()))
    y = axis_of("‖vₜ‖²", values, is_log=True, lowest=LOWEST)
    problems = measured.figure.problems
    lines = [Line(times(), measured.energies[p], f"rank{i}") for i, p in enumerate(problems)]
    over_time = chart("Linear curve", Axis("time t", 0, 1), y, lines, texts.energies_alt("linear curve"))
    sigma = np.array([p.sigma for p in problems])
    ends: Array = np.array([measured.energies[p][-1] for p in problems])
    x = Axis("latent σ", math.floor(sigma.min()), math.ceil(sigma.max()))
    end_axis = axis_of("‖v₁‖²", ends, is_log=True, lowest=LOWEST)
    return [over_time, chart("At the target", x, end_axis, [Line(sigma, ends, "linear")], texts.WIDTHS_ALT)]


def _of(measured: Measured, curve: str) -> list[Problem]:
    return [problem for problem in measured.figure.problems if problem.interpolation == curve]


def _m(problem: Problem) -> float:
    return float(problem.target.values["mode_separation"])


_PLOTS: dict[str, Callable[[Measured], list[str]]] = {
    "figure1": _evolutions,
    "figure2": _energies,
    "figure3": _samples,
    "figure4": _profiles,
    "figure5": _widths,
}
