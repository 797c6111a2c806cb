"""The pictures of a page: what is exact on the left, what a run has learned on the right, and what follows from both."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from core.frames import Frames
from core.jobs.view import JobView
from dashboard.components import inputs, opening
from dashboard.components.scores import scores
from dashboard.components.training import training
from dashboard.components.words import (
    density_caption,
    energy_caption,
    exact_caption,
    learned_caption,
    leftover,
    velocity_caption,
)
from dashboard.figures import histogram, line, plane, still, strip
from dashboard.figures.palette import METHOD_COLOURS, STALE_COLOUR, Theme, theme_of
from dashboard.state import METHODS, Asked, describe, method_of

# What stands on the left where it is not the exact answer to the very same question: by method, and by source.
EXACT_HEADINGS = {
    ("learned", "linear"): ("Linear", "exact, where training starts"),
    ("learned", "exact"): ("Learned", "exact for the learned density"),
    ("langevin", "exact"): ("Target", "exact"),
}
_SOURCES = {"learned": "learned", "chains": "sampled"}
PLOTLY = {"displaylogo": False, "modeBarButtonsToRemove": ["select2d", "lasso2d", "autoScale2d"]}


def theme() -> Theme:
    """The theme that the page is seen in."""
    return theme_of(st.context.theme.type)


def legend(names: Mapping[str, str], colours: Mapping[str, str]) -> None:
    """Names in their colours, on one line, for all figures below."""
    marks = (f'<span style="color:{colours[key]}">━</span>&nbsp;{name}' for key, name in names.items())
    st.html(
        f'<div style="display:flex;gap:1.5rem;flex-wrap:wrap">{"".join(f"<span>{m}</span>" for m in marks)}</div>'
    )


def frames_of(view: JobView | None) -> Frames | None:
    """The frames of a run's last picture."""
    return view.picture.frames if view and view.picture else None


def colour_of(asked: Asked, view: JobView | None) -> str:
    """The run's colour: that of its method, or grey when it does not belong to the controls."""
    if view is None:
        return METHOD_COLOURS[asked.method]
    return METHOD_COLOURS[method_of(view.request)] if asked.is_answered_by(view.request) else STALE_COLOUR


def time_slider() -> float:
    """The chosen time."""
    return inputs.slider("Time t", "t", (0.0, 1.0), 0.5, step=0.05, help="0 is the latent, 1 the target.")


def evolution(asked: Asked, exact: Frames | None, view: JobView | None, time: float) -> None:
    """Both panels."""
    left, right = st.columns(2, gap="medium")
    with left:
        source = exact.source if exact else "exact"
        default = (METHODS[asked.method], "exact")
        title, badge = EXACT_HEADINGS.get((asked.method, source), default)
        _heading(title, badge, "gray", None)
        if exact is None:
            _empty("No exact picture is known for this problem.", asked)
        else:
            if opening.drawing_stands() and exact.dim == 1:
                st.image(
                    still.evolution(exact, theme()), width="stretch", alt="Density over time and x, exact"
                )
            else:
                _picture(exact, time, theme().ink, "exact", stale=False)
            st.caption(exact_caption(asked.problem, asked.method, exact.source))
            reach = max(float(abs(axis).max()) for axis in exact.axes)
            note = leftover(asked.problem, reach) if asked.method == "gradient_flow" else None
            if note:
                st.caption(f":material/info: {note}")
    with right:
        _run_panel(asked, view, time)


def _run_panel(asked: Asked, view: JobView | None, time: float) -> None:
    frames = frames_of(view)
    if view is None or frames is None or view.picture is None:
        _heading(METHODS[asked.method], "not trained yet" if view is None else view.status, "gray", None)
        waiting = view is not None and view.running
        _empty(
            "The first picture comes within seconds." if waiting else "Press **Train** to see it here.", asked
        )
        return
    fresh = asked.is_answered_by(view.request)
    steps = f"{view.picture.step} step{'' if view.picture.step == 1 else 's'}"
    badge = f"{_SOURCES[frames.source]} · {steps}, {view.picture.seconds:.1f} s"
    if fresh:
        _heading(METHODS[asked.method], badge, "green", None)
    else:
        _heading(
            METHODS[method_of(view.request)], "stale", "orange", f"Trained for {describe(view.request)}."
        )
    _picture(frames, time, colour_of(asked, view), "learned", stale=not fresh)
    st.caption(learned_caption(view.request.problem, method_of(view.request)))


def _heading(title: str, badge: str, colour: str, note: str | None) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.subheader(title, anchor=False, width="content")
        st.badge(badge, color=colour)  # type: ignore[arg-type]
        if note:
            st.caption(note)


def _empty(text: str, asked: Asked) -> None:
    height = line.HEIGHT if asked.problem.target.dim == 1 else plane.HEIGHT
    with st.container(border=True, height=height, horizontal_alignment="center", vertical_alignment="center"):
        st.markdown(text, text_alignment="center")


def _picture(frames: Frames, time: float, colour: str, key: str, *, stale: bool) -> None:
    if frames.dim == 1:
        figure = line.evolution(frames, time, theme(), colour, stale=stale)
        alt = f"Density over time and x, {key}"
    else:
        figure = plane.snapshot(frames, time, theme(), colour, stale=stale)
        alt = f"Density, velocity and particles at time {time:.2f}, {key}"
    st.plotly_chart(figure, key=f"picture-{key}", theme=None, config=PLOTLY, alt=alt)


def at_time(asked: Asked, exact: Frames | None, view: JobView | None, time: float) -> None:
    """What happens at the chosen time, and how hard the velocity has to work at every time."""
    other = frames_of(view) if view and asked.is_answered_by(view.request) else None
    source = exact.source if exact else None
    colour = colour_of(asked, view)
    if asked.problem.target.dim == 1:
        left, right = st.columns(2, gap="medium")
        with left:
            figure = line.density_at(exact, other, time, theme(), colour)
            alt = f"Density over x at time {time:.2f}"
            st.plotly_chart(figure, key="density", theme=None, config=PLOTLY, alt=alt)
            st.caption(density_caption(asked.method, source, time))
        with right:
            if asked.method == "langevin":
                return
            figure = line.velocity_at(exact, other, time, theme(), colour)
            alt = f"Velocity over x at time {time:.2f}"
            st.plotly_chart(figure, key="velocity", theme=None, config=PLOTLY, alt=alt)
            st.caption(velocity_caption(asked.method, source))
    if not any(frames is not None and frames.has_kinetic_energy for frames in (exact, other)):
        return
    figure = strip.kinetic_energy(exact, other, time, theme(), colour)
    alt = "Kinetic energy of the velocity over time, on a log axis"
    st.plotly_chart(figure, key="strip", theme=None, config=PLOTLY, alt=alt)
    st.caption(energy_caption(asked.method, source))


def outcome(asked: Asked, exact: Frames | None, view: JobView | None) -> None:
    """Histograms, metrics and the course of the run; nothing before there is a run."""
    frames = frames_of(view)
    if view is None or frames is None or view.picture is None:
        return
    fresh = asked.is_answered_by(view.request)
    colour = colour_of(asked, view)
    st.subheader("Samples", anchor=False)
    report = view.picture.report
    note = "" if fresh else f" Stale: from {describe(view.request)}."
    columns = st.columns(frames.dim, gap="medium")
    for axis, column in enumerate(columns):
        with column:
            chart = histogram.samples(frames, exact if fresh else None, axis, theme(), colour)
            st.altair_chart(chart, key=f"histogram-{axis}", alt=f"Histogram of coordinate {axis + 1}")
    st.caption(f"{report.num_samples} samples as bars, the exact density of the target as a line.{note}")
    left, right = st.columns([1.5, 1], gap="large")
    with left:
        st.subheader("Metrics", anchor=False)
        scores(report)
        st.caption(
            f"The same code scores {report.num_samples} exact samples: a metric at that floor says no more."
            f" Measured at step {view.picture.step}.{note}"
        )
    with right:
        st.subheader("Training", anchor=False)
        training(view, theme(), colour)
