"""Teleportation: the paper's Figures 1, 2, 4 and 5 as one living page. Nothing is trained."""

from __future__ import annotations

import plotly.graph_objects as go
import streamlit as st

from core.frames import Frames
from core.problem import CURVES
from core.targets.registry import TARGETS
from core.teleportation import PLANE_TARGETS, EnergyGrid, Growth, laplace, worst_moment
from dashboard import cache
from dashboard.components import dragged, inputs, link
from dashboard.components.captions import big_number
from dashboard.components.pictures import PLOTLY, legend, theme
from dashboard.figures import line, teleportation
from dashboard.figures.palette import METHOD_COLOURS

SHOWN = {key: CURVES[key] for key in ("linear", "gradient_flow", "transport")}
SEPARATIONS = (1.0, 50.0)


def controls() -> tuple[float, float]:
    """The mode separation and the time; both are in the address bar."""
    left, middle, right = st.columns([1, 1, 0.45], gap="medium", vertical_alignment="bottom")
    with left:
        help = "Distance m between the two cusps of the target."
        separation = inputs.slider("Mode separation m", "m", SEPARATIONS, 8.0, step=1.0, help=help)
    with middle:
        help = "0 is the latent, 1 the target."
        time = inputs.slider("Time t", "t", (0.0, 1.0), 0.5, step=0.02, help=help)
    with right:
        help = "The time before the end at which the linear curve needs the most kinetic energy."
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
    """What is seen at the worst moment, in a sentence."""
    if (at := worst_moment(linear)) is None:
        return "The worst moment is unknown: no kinetic energy of the linear curve is known."
    far = linear.share_beyond(separation / 2)[at]
    return (
        f"The worst moment is t = {linear.times[at]:g}: the linear curve's ‖vₜ‖² = {big_number(float(linear.kinetic_energy[at]))} is its largest "
        f"before the end, and the mode at x = {separation:g} holds {far:.1%} of the mass instead of 50%."
    )


def numbers(record: Growth, separation: float) -> None:
    """What each curve costs over its whole course."""
    at = int(abs(record.separation - separation).argmin())
    costs = {
        "Linear: action": record.linear_action[at],
        "Gradient flow: action": record.gradient_flow_action[at],
        "Optimal transport: W₂²": record.w2_squared[at],
    }
    for column, (name, value) in zip(st.columns(3, gap="medium"), costs.items(), strict=True):
        column.metric(name, big_number(float(value)))
    st.caption(
        "The action is the kinetic energy ‖vₜ‖², summed over time. No curve between the same ends costs less than W₂². "
        "Linear and transport start from a Laplace density, as in the paper, the gradient flow from N(0, 1)."
    )


def evolutions(curves: dict[str, Frames], separation: float, time: float) -> None:
    """The density of each curve over (t, x)."""
    for column, (key, frames) in zip(st.columns(3, gap="medium"), curves.items(), strict=True):
        with column:
            st.subheader(SHOWN[key], anchor=False)
            figure = line.evolution(frames, time, theme(), METHOD_COLOURS[key])
            alt = f"Density over time and x, {SHOWN[key]}"
            st.plotly_chart(figure, key=f"evolution-{key}", theme=None, config=PLOTLY, alt=alt)
            beyond = frames.share_beyond(separation / 2)[frames.index(time)]
            energy = big_number(float(frames.kinetic_energy[frames.index(time)]))
            st.caption(f"t = {time:.2f}: {beyond:.1%} of the mass is right of the middle, ‖vₜ‖² = {energy}.")
    st.caption(
        "Each line keeps a fixed share of the mass below it, so it is the path of a sample. The farther the modes are apart, the "
        "later and the more suddenly the linear curve's lines cross, through a place that holds next to nothing; the gradient flow "
        "lets the modes part, and the lines travel with them; optimal transport takes every line straight there."
    )


def moment(curves: dict[str, Frames], time: float) -> None:
    """Density and velocity of the three curves at one time."""
    left, right = st.columns(2, gap="medium")
    with left:
        _chart(teleportation.densities(curves, SHOWN, time, theme()), "densities", "Densities over x")
        st.caption(f"The three densities at t = {time:.2f}.")
    with right:
        _chart(teleportation.speeds(curves, SHOWN, time, theme()), "speeds", "Speeds over x, on a log axis")
        st.caption(
            "Their speeds there, on a log axis. The same mass has to pass every place between the modes: where the density "
            "is small, the speed must be large."
        )


def costs(curves: dict[str, Frames], record: Growth, separation: float, time: float) -> None:
    """Kinetic energy over time, and how it grows with the mode separation."""
    left, right = st.columns(2, gap="medium")
    with left:
        _chart(teleportation.energies(curves, SHOWN, time, theme()), "energies", "Kinetic energy over time")
        last = big_number(float(curves["linear"].kinetic_energy[-1]))
        st.caption(
            f"The kinetic energy over time. On the linear curve it ends at {last}; optimal transport spends the same at all times."
        )
    with right:
        figure = teleportation.growth(record, SHOWN, separation, theme())
        _chart(figure, "growth", "Largest kinetic energy against mode separation")
        st.caption(
            "Its largest value against m: on the linear curve it approaches (m²/8) eᵐ, the dashed line; on the gradient flow "
            "and in optimal transport it grows like m²."
        )


def in_the_plane() -> None:
    """The same as a function of σ and the mode separation."""
    st.header("In the plane, σ decides", anchor=False)
    st.markdown(
        "A wide latent reaches all modes from the start, and nothing has to be teleported; but gathering it costs energy at "
        "the beginning. Read a row of far modes to the right: the linear curve's energy falls at the end of time, and rises at its start."
    )
    titles = {name: TARGETS[name].title for name in PLANE_TARGETS}
    target = inputs.segments("Target in the plane", "plane", titles, "shifted_pair")
    record = cache.energy_grid(target)
    figure = teleportation.energy_grid(record, SHOWN, theme())
    _chart(figure, "energy-grid", "Kinetic energy over time for several σ and mode separations")
    st.caption(
        "‖vₜ‖² over t on one log axis for all: linear by finite volumes on 128² cells, gradient flow in closed form, "
        f"optimal transport {_origin(record)}. "
        "Computed in advance by `python -m core presets`."
    )


def _origin(record: EnergyGrid) -> str:
    """Where W₂² in the plane comes from, and how sure it is."""
    if record.w2_uncertainty is None:
        return "from matched samples"
    if not record.w2_uncertainty.any():
        return "by quantiles along the axis of the modes"
    shares = record.w2_uncertainty / record.w2_squared
    return f"from matched samples (W₂² ± {shares.min():.1%} to {shares.max():.0%}; point at a line to see its own)"


def _chart(figure: go.Figure, key: str, alt: str) -> None:
    st.plotly_chart(figure, key=key, theme=None, config=PLOTLY, alt=alt)


st.title("Teleportation of mass", anchor=False)
st.markdown(
    "A latent sits at 0; the target has two equal modes, one at 0 and one at m. Half of the mass has to reach the other mode. "
    "Three curves of densities lead there, and each fixes the velocity that its samples must follow. "
    "Nothing on this page is trained: all of it is solved for."
)
separation, time = controls()
curves = {key: cache.curve_on_the_line(laplace(separation, key)) for key in SHOWN}
record = cache.growth()
st.caption(worst(curves["linear"], separation))
legend(SHOWN, METHOD_COLOURS)
evolutions(curves, separation, time)
numbers(record, separation)
moment(curves, time)
costs(curves, record, separation, time)
in_the_plane()
