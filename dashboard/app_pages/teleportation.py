"""Teleportation: the paper's Figures 1, 2, 4 and 5 on one page, and how much mass trained curves move to a far mode. The page trains
nothing; it shows saved results."""

from __future__ import annotations

import plotly.graph_objects as go
import streamlit as st

from core.mode_weights import WEIGHTS
from core.pictures.frames import Frames
from core.problem import CURVES, Curve
from core.targets.registry import TARGETS
from core.teleportation import PLANE_TARGETS, EnergyGrid, Growth, laplace, worst_moment
from dashboard import cache
from dashboard.controls import dragged, inputs
from dashboard.figures import line, teleportation
from dashboard.figures.palette import METHOD_COLOURS
from dashboard.look import prose
from dashboard.look.charts import PLOTLY, legend, theme
from dashboard.results.mode_weights import mode_weights
from dashboard.texts import mode_weights as mode_weight_texts
from dashboard.texts import teleportation as texts
from dashboard.texts.captions import big_number
from dashboard.url import link

NAMES: tuple[Curve, ...] = ("linear", "gradient_flow", "transport")
SHOWN: dict[str, str] = {name: CURVES[name] for name in NAMES}
SEPARATIONS = (1.0, 50.0)


def controls() -> tuple[float, float]:
    """Show the controls; return the mode separation and the time, both of which are also in the address."""
    left, middle, right = st.columns([1, 1, 0.45], gap="medium", vertical_alignment="bottom")
    with left:
        help = texts.SEPARATION
        separation = inputs.slider("Mode separation m", "m", SEPARATIONS, 8.0, step=1.0, help=help)
    with middle:
        time = inputs.slider("Time t", "t", (0.0, 1.0), 0.5, step=0.02, help=texts.TIME)
    with right:
        help = texts.WORST
        st.button(
            "Go to the worst moment", on_click=_go_to_worst, args=(separation,), help=help, width="stretch"
        )
        dragged.watch()
    link.place_warnings()
    return separation, time


def _go_to_worst(separation: float) -> None:
    linear = cache.curve_on_the_line(laplace(separation))
    if (at := worst_moment(linear)) is not None:
        link.open_with({"t": f"{linear.times[at]:g}"}, ["t"])


def worst(linear: Frames, separation: float) -> str:
    """The sentence about the linear curve's worst moment."""
    if (at := worst_moment(linear)) is None:
        return texts.UNKNOWN_WORST
    far_mass = linear.share_beyond(separation / 2)[at]
    return texts.worst(linear.times[at], _energy(linear, at), separation, far_mass)


def actions(record: Growth, separation: float) -> None:
    """Show the action of each curve."""
    at = int(abs(record.separation - separation).argmin())
    values = {
        "Linear: action": record.linear_action[at],
        "Gradient flow: action": record.gradient_flow_action[at],
        "Optimal transport: W₂²": record.w2_squared[at],
    }
    for column, (name, value) in zip(st.columns(3, gap="medium"), values.items(), strict=True):
        column.metric(name, big_number(float(value)))
    prose.caption(texts.ACTIONS, "actions")


def evolutions(curves: dict[str, Frames], separation: float, time: float) -> None:
    """Show the density of each curve over (t, x)."""
    for column, (key, frames) in zip(st.columns(3, gap="medium"), curves.items(), strict=True):
        with column:
            st.subheader(SHOWN[key], anchor=False)
            figure = line.evolution(frames, time, theme(), METHOD_COLOURS[key])
            _chart(figure, f"evolution-{key}", texts.evolution_alt(SHOWN[key]))
            at = frames.index(time)
            mass = frames.share_beyond(separation / 2)[at]
            st.caption(texts.right_half(time, mass, _energy(frames, at)))
    prose.caption(texts.EVOLUTIONS, "evolutions")


def snapshot(curves: dict[str, Frames], time: float) -> None:
    """Show densities and speeds of the three curves at one time."""
    left, right = st.columns(2, gap="medium")
    with left:
        _chart(teleportation.densities(curves, SHOWN, time, theme()), "densities", texts.DENSITIES_ALT)
        st.caption(texts.densities(time))
    with right:
        _chart(teleportation.speeds(curves, SHOWN, time, theme()), "speeds", texts.SPEEDS_ALT)
        prose.caption(texts.SPEEDS, "speeds")


def energies(curves: dict[str, Frames], record: Growth, separation: float, time: float) -> None:
    """Show the kinetic energy over time, and how its largest value grows with the mode separation."""
    left, right = st.columns(2, gap="medium")
    with left:
        _chart(teleportation.energies(curves, SHOWN, time, theme()), "energies", texts.ENERGIES_ALT)
        st.caption(texts.energies(_energy(curves["linear"], -1)))
    with right:
        _chart(teleportation.growth(record, SHOWN, separation, theme()), "growth", texts.GROWTH_ALT)
        prose.caption(texts.GROWTH, "growth")


def in_the_plane() -> None:
    """Show the kinetic energy in the plane for several σ and mode separations."""
    st.header(texts.PLANE_TITLE, anchor=False)
    st.markdown(texts.ABOUT_PLANE)
    titles = {name: TARGETS[name].title for name in PLANE_TARGETS}
    target = inputs.segments("Target in the plane", "plane", titles, "shifted_pair")
    record = cache.energy_grid(target)
    figure = cache.energy_figure(record, SHOWN, theme())
    _chart(figure, "energy-grid", texts.ENERGY_GRID_ALT)
    # The uncertainty of W₂² is zero only if all modes lie on one line. The linear curve is then computed along that line, without a mesh.
    is_certain = record.w2_uncertainty is not None and not record.w2_uncertainty.any()
    linear = texts.ALONG_THE_MODES if is_certain else texts.BY_FINITE_VOLUMES
    st.caption(texts.energy_grid(linear, _origin(record)))


def far_mode() -> None:
    """Show how much of a far mode's weight trained curves recover."""
    st.header(mode_weight_texts.TITLE, anchor=False)
    st.markdown(mode_weight_texts.ABOUT)
    limits, help = (WEIGHTS[0], WEIGHTS[-1]), mode_weight_texts.WEIGHT
    mode_weights(inputs.slider(mode_weight_texts.LABEL, "weight", limits, 0.8, step=0.01, help=help))


def _origin(record: EnergyGrid) -> str:
    """A sentence about how W₂² in the plane was computed, with its relative uncertainty."""
    if record.w2_uncertainty is None:
        return texts.MATCHED_SAMPLES
    if not record.w2_uncertainty.any():
        return texts.QUANTILES
    fractions = record.w2_uncertainty / record.w2_squared
    return texts.uncertain_samples(fractions.min(), fractions.max())


def _energy(frames: Frames, at: int) -> str:
    return big_number(float(frames.kinetic_energy[at]))


def _chart(figure: go.Figure, key: str, alt: str) -> None:
    st.plotly_chart(figure, key=key, theme=None, config=PLOTLY, alt=alt)


st.title("Teleportation of mass", anchor=False)
st.markdown(texts.ABOUT_PAGE)
separation, time = controls()
curves: dict[str, Frames] = {name: cache.curve_on_the_line(laplace(separation, name)) for name in NAMES}
record = cache.growth()
st.caption(worst(curves["linear"], separation))
legend(SHOWN, METHOD_COLOURS)
evolutions(curves, separation, time)
actions(record, separation)
snapshot(curves, time)
energies(curves, record, separation, time)
in_the_plane()
far_mode()
