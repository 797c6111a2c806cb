"""The maps below the metrics, from a run's last picture alone."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest


def page(dim: int, told: bool, fresh: bool, compared: bool) -> None:
    """A page that shows the maps of a run whose learned answer moves a Gaussian, a little too fast."""
    from dataclasses import replace

    import numpy as np

    from core.budget import Budget
    from core.frames import Frames
    from core.jobs.request import Request
    from core.jobs.view import JobView, Picture
    from core.problem import Problem, TargetSpec
    from core.report import Metrics, Report
    from dashboard.components.answers import Answer
    from dashboard.components.maps import maps
    from dashboard.components.run import Run
    from dashboard.state import Selection

    axes = (np.linspace(-5, 5, 21),) * dim
    distance = sum(np.meshgrid(*[axis**2 for axis in axes], indexing="ij"))
    density = np.repeat(np.exp(-distance / 2)[None], 3, axis=0)
    velocity, none, known = np.ones((*density.shape, dim)), np.empty((3, 0, dim)), np.ones(3)
    residual = np.full(density.shape, 0.5) if told else None
    times = np.linspace(0, 1, 3)
    learned = Frames("learned", times, axes, density, velocity, none, known, known, none[0], residual)
    exact = replace(learned, source="exact", velocity=0.9 * velocity, residual=None)

    problem = Problem(TargetSpec.of("two_modes", dim=dim), interpolation="gradient_flow")
    selection = Selection("gradient_flow", problem if fresh else replace(problem, sigma=7.0), 10.0)
    score = Metrics(**dict.fromkeys(Metrics.__dataclass_fields__, 1))
    picture = Picture(learned, Report(10, 2, score, score, (0.5, 0.5), True), 3, 1.0)
    view = JobView(Request(problem, budget=Budget(seconds=10.0)), status="finished", picture=picture)
    maps(Answer(selection, exact if compared else None, run=Run("job", view)), 0.6)


def shown(dim: int, *, told: bool = True, fresh: bool = True, compared: bool = False) -> AppTest:
    app = AppTest.from_function(page, args=(dim, told, fresh, compared), default_timeout=60).run()
    assert not app.exception
    assert len(app.get("plotly_chart")) == len(app.subheader) == len(app.caption)
    return app


def headings(dim: int, **which: bool) -> list[str]:
    return [element.value for element in shown(dim, **which).subheader]


def test_the_residual_needs_no_exact_answer() -> None:
    assert [headings(dim) for dim in (1, 2)] == [["Continuity residual"]] * 2


def test_all_maps_stand_side_by_side() -> None:
    expected = ["Learned against exact", "Log-density against exact", "Continuity residual"]
    assert headings(1, compared=True) == expected
    assert headings(1, compared=True, told=False) == expected[:2]


def test_there_are_no_maps_of_what_is_not_known_or_not_asked_any_more() -> None:
    assert headings(2, told=False) == []
    assert headings(2, fresh=False) == []


def test_captions_tell_the_time_that_the_maps_show() -> None:
    for dim, number in ((1, 1), (2, 3)):  # on the line two of three show all times
        captions = [element.value for element in shown(dim, compared=True).caption]
        assert sum("t = 0.50" in caption for caption in captions) == number
        assert not any("t = 0.60" in caption for caption in captions)
