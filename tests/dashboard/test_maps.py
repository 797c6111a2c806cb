"""The error maps of a run, drawn from its last result."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest


def page(dim: int, has_residual: bool, up_to_date: bool, compared: bool) -> None:
    """A page that shows the maps of a run whose learned velocity is a little too large."""
    from dataclasses import replace

    import numpy as np
    import streamlit as st

    from core.budget import Budget
    from core.jobs.request import Request
    from core.jobs.view import JobView, Picture
    from core.pictures.frames import Frames
    from core.problem import Problem, TargetSpec
    from core.results.report import Metrics, Report
    from dashboard.results.maps import maps
    from dashboard.results.panel_results import PanelResult
    from dashboard.runs.records import Run
    from dashboard.state import Selection

    def heading(title: str, panel: str) -> None:
        st.subheader(title)

    axes = (np.linspace(-5, 5, 21),) * dim
    distance = sum(np.meshgrid(*[axis**2 for axis in axes], indexing="ij"))
    density = np.repeat(np.exp(-distance / 2)[None], 3, axis=0)
    velocity, none, known = np.ones((*density.shape, dim)), np.empty((3, 0, dim)), np.ones(3)
    residual = np.full(density.shape, 0.5) if has_residual else None
    times = np.linspace(0, 1, 3)
    learned = Frames("learned", times, axes, density, velocity, none, known, known, none[0], residual)
    exact = replace(learned, source="exact", velocity=0.9 * velocity, residual=None)

    problem = Problem(TargetSpec.of("two_modes", dim=dim), interpolation="gradient_flow")
    selection = Selection("gradient_flow", problem if up_to_date else replace(problem, sigma=7.0), 10.0)
    score = Metrics(**dict.fromkeys(Metrics.__dataclass_fields__, 1))
    picture = Picture(learned, Report(10, 2, score, score, (0.5, 0.5), True), 3, 1.0)
    view = JobView(Request(problem, budget=Budget(seconds=10.0)), status="finished", picture=picture)
    maps(PanelResult(selection, exact if compared else None, run=Run("job", view)), 0.6, heading)


def shown(dim: int, *, has_residual: bool = True, up_to_date: bool = True, compared: bool = False) -> AppTest:
    app = AppTest.from_function(
        page, args=(dim, has_residual, up_to_date, compared), default_timeout=60
    ).run()
    assert not app.exception
    assert len(app.get("plotly_chart")) == len(app.subheader) == len(app.caption)
    return app


def headings(dim: int, **which: bool) -> list[str]:
    return [element.value for element in shown(dim, **which).subheader]


def test_residual_map_needs_no_exact_curve() -> None:
    assert [headings(dim) for dim in (1, 2)] == [["Continuity residual"]] * 2


def test_all_maps_are_shown() -> None:
    expected = ["Learned against exact", "Log-density against exact", "Continuity residual"]
    assert headings(1, compared=True) == expected
    assert headings(1, compared=True, has_residual=False) == expected[:2]


def test_no_maps_without_residual_or_for_outdated_runs() -> None:
    assert headings(2, has_residual=False) == []
    assert headings(2, up_to_date=False) == []


def test_captions_name_the_time_of_the_maps() -> None:
    for dim, number in ((1, 1), (2, 3)):  # on the line, two of the three maps show all times
        captions = [element.value for element in shown(dim, compared=True).caption]
        assert sum("t = 0.50" in caption for caption in captions) == number
        assert not any("t = 0.60" in caption for caption in captions)
