"""The Lessons page without a browser: cards, steps, questions, addresses."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.lessons import library
from dashboard.lessons.numbers import queries
from dashboard.lessons.page import first_visit, learn
from dashboard.lessons.records import Choose
from dashboard.lessons.values import compute_all, stored
from dashboard.state import COMPARISONS
from dashboard.texts import lessons as texts
from tests.dashboard.pages import APP, PATIENCE, computed, open_page, reel, slider

LESSONS = library.library().lessons
OWN = """---
title: My <b>own</b> lesson
minutes: 1
---
# One
view: interpolation=linear&mode_separation=4&t=0.5
controls: time, mode_separation
show: energy
hide: action
<script>alert(1)</script> ‖v‖² is {kinetic_energy linear t=1}; now {kinetic_energy linear t=1 now}.
notes: For me only.

? choose: Which?
(x) Right => Well done, {action linear}.
( ) Wrong => Think again.
! In any case.

? mark: When?
= arrival linear mode=2 within 0.05
+ Good eyes.
- Look again.

? set: Move the modes.
> until: mode_separation >= 6
+ Far enough.

> until: kinetic_energy linear t=1 > 1e6

exercise: Try it.
answer: It works.
# Two
view: interpolation=linear&mode_separation=5.5&sigma=4
controls: none
Text.
"""


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a lesson from a lecturer's own folder."""
    (tmp_path / "mine.md").write_text(OWN, encoding="utf-8")
    monkeypatch.setenv(library.VARIABLE, str(tmp_path))
    return "mine"


def open_lessons(**link: str) -> AppTest:
    app = AppTest.from_file(APP, default_timeout=PATIENCE)
    app.switch_page("app_pages/lessons.py")
    for name, value in link.items():
        app.query_params[name] = value
    return computed(app.run())


def press(app: AppTest, key: str) -> AppTest:
    return computed(app.button(key=key).click().run())


def shown(app: AppTest) -> str:
    """All texts on the page."""
    kinds = (
        app.title,
        app.header,
        app.subheader,
        app.markdown,
        app.caption,
        app.info,
        app.success,
        app.warning,
    )
    return "\n".join(str(element.value) for kind in kinds for element in kind)


def options(app: AppTest) -> dict[str, Any]:
    found: dict[str, Any] = reel(app)[0]["options"]
    return found


def address(app: AppTest) -> dict[str, str]:
    return {name: value[0] if isinstance(value, list) else value for name, value in app.query_params.items()}


def test_lessons_are_in_their_order() -> None:
    assert tuple(LESSONS) == library.ORDER
    assert library.library().faults == ()
    app = open_lessons()
    assert not app.exception
    for lesson in LESSONS.values():
        assert lesson.title in shown(app)
        assert lesson.summary in shown(app)
    # Each card has a picture of a curve.
    assert len(app.image) == len(LESSONS)
    press(app, "open-teleportation")
    assert address(app) == {"lesson": "teleportation", "step": "1"}


# Lessons that solve a formula in the plane, which takes seconds.
SLOW = ("own-energy",)


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.thorough if name in SLOW else ()) for name in LESSONS]
)
def test_every_step_shows_its_pictures_and_numbers(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(texts, "UNKNOWN", "¿?")
    lesson, app = LESSONS[name], open_lessons(lesson=name)
    for number, step in enumerate(lesson.steps, 1):
        assert not app.exception
        assert address(app) == {"lesson": name, "step": str(number)}
        assert app.header[0].value == step.title
        assert texts.UNKNOWN not in shown(app)
        assert queries(shown(app)) == []
        panels = [panel["method"] for panel in reel(app)[0]["panels"]]
        assert tuple(panels) == (*(step.curves or step.view.methods), *step.samplers)
        assert app.session_state["last_selection"].problem == step.view.problem
        labels = {element.label for element in app.slider}
        assert ("Mode separation" in labels, "Latent σ" in labels) == tuple(
            control in step.controls for control in ("mode_separation", "sigma")
        )
        press(app, "lesson-next")
    assert "step" not in address(app) or address(app)["lesson"] != name


NUM_STEPS = {
    "curve": 6,
    "teleportation": 8,
    "cure": 6,
    "learned": 6,
    "gradient-flow": 8,
    "did-it-work": 8,
    "classics": 6,
    "own-energy": 5,
}


@pytest.mark.parametrize("name", LESSONS)
def test_steps_are_short_and_end_with_two_exercises(name: str) -> None:
    lesson = LESSONS[name]
    assert len(lesson.steps) == NUM_STEPS[name]
    assert {step.title: len(step.text.split()) for step in lesson.steps if len(step.text.split()) > 120} == {}
    assert len(lesson.steps[-1].exercises) == 2
    assert all(step.questions for step in lesson.steps)


@pytest.mark.thorough
@pytest.mark.parametrize("name", LESSONS)
def test_every_answer_has_its_reply(name: str) -> None:
    app = open_lessons(lesson=name)
    for number, step in enumerate(LESSONS[name].steps, 1):
        for place, question in enumerate(step.questions, 1):
            if not isinstance(question, Choose):
                continue
            for chosen, option in enumerate(question.options):
                app.radio(key=f"choose-{name}-{number}-{place}").set_value(chosen).run()
                (said,) = app.success if option.is_right else app.warning
                assert str(said.value).count("\n\n") == 1
                assert queries(str(said.value)) == []
        press(app, "lesson-next")


@pytest.mark.parametrize("name", LESSONS)
def test_the_right_answer_is_not_always_in_the_same_place(name: str) -> None:
    questions = [each for step in LESSONS[name].steps for each in step.questions if isinstance(each, Choose)]
    places = {[option.is_right for option in question.options].index(True) for question in questions}
    assert len(places) > 1


@pytest.mark.parametrize("name", LESSONS)
def test_bundled_lessons_are_right(name: str) -> None:
    from dashboard.lessons.check import errors_of

    assert errors_of(library.FOLDER / f"{name}.md") == []


def test_stored_numbers_are_those_of_the_exact_engine() -> None:
    """`python -m dashboard lessons store` renews them."""
    assert stored() == pytest.approx(compute_all(LESSONS.values()), rel=1e-5)


def test_a_step_shows_only_its_own_controls_and_parts(own: str) -> None:
    app = open_lessons(lesson=own)
    assert [element.label for element in app.slider] == ["Mode separation"]
    assert not [button for button in app.button if button.label == "Train"]
    assert options(app)["without"] == [
        "worst",
        "backdrop",
        "zoom",
        "predict",
        "tools",
        "numbers",
        "masses",
        "action",
    ]
    assert options(app)["view"]["t"] == 0.5
    press(app, "lesson-next")
    assert not app.slider
    assert "time" in options(app)["without"]
    assert options(app)["view"]["t"] is None


def test_html_is_text_and_numbers_are_live(own: str) -> None:
    app = open_lessons(lesson=own)
    assert r"\<script>alert(1)\</script> ‖v‖² is 396; now 396." in shown(app)
    slider(app, "Mode separation").set_value(8.0).run()
    assert "‖v‖² is 396; now 5.55·10⁸." in shown(app)


def test_choosing_gives_the_reply_and_the_answer(own: str) -> None:
    app = open_lessons(lesson=own)
    (question,) = app.radio
    assert question.value is None
    question.set_value(1).run()
    assert app.warning[0].value == "Think again.\n\nIn any case."
    app.radio[0].set_value(0).run()
    assert app.success[0].value == "Well done, 43.6.\n\nIn any case."
    # Each new answer is counted, so that the browser scrolls to its text once.
    assert app.session_state["lesson_answers_count"] == {"key": f"{own}-1-1", "count": 2}
    # The answer is still there after the viewer has visited another step.
    press(press(app, "lesson-next"), "lesson-back")
    assert app.radio[0].value == 0
    assert app.session_state["lesson_answers_count"]["count"] == 2


@pytest.mark.parametrize(("t", "reply"), [("0.86", "Good eyes."), ("0.4", "Look again.")])
def test_a_mark_is_compared_with_the_exact_time(own: str, t: str, reply: str) -> None:
    app = open_lessons(lesson=own, t=t)
    press(app, f"mark-{own}-1-2")
    said = (app.success if reply == "Good eyes." else app.warning)[0].value
    assert said == f"You marked t = {float(t):.2f}. Exact: t = **0.85**. {reply}"
    # Both times are marked below the pictures.
    assert [(mark["label"], round(mark["t"], 2)) for mark in options(app)["marks"]] == [
        ("you", float(t)),
        ("exact", 0.85),
    ]


def test_goals_are_reached_with_the_controls(own: str) -> None:
    app = open_lessons(lesson=own)
    assert "To do: `kinetic_energy linear t=1 > 1e6`" in shown(app)
    slider(app, "Mode separation").set_value(6.0).run()
    assert [element.value for element in app.success] == ["Far enough."]
    slider(app, "Mode separation").set_value(7.0).run()
    assert "Done: `kinetic_energy linear t=1 > 1e6`" in shown(app)
    # A goal that was reached stays reached.
    slider(app, "Mode separation").set_value(4.0).run()
    assert len(app.success) == 2


def test_address_holds_only_what_the_viewer_changed(own: str) -> None:
    app = open_lessons(lesson=own)
    slider(app, "Mode separation").set_value(8.0).run()
    assert address(app) == {"lesson": own, "step": "1", "mode_separation": "8"}
    copy = open_lessons(**address(app))
    assert slider(copy, "Mode separation").value == 8.0
    press(copy, "lesson-reset")
    assert address(copy) == {"lesson": own, "step": "1"}
    assert slider(copy, "Mode separation").value == 4.0
    press(app, "lesson-next")
    assert address(app) == {"lesson": own, "step": "2"}


def test_notes_and_answers_are_shown_on_demand(own: str) -> None:
    app = open_lessons(lesson=own)
    assert "For me only." not in shown(app)
    assert texts.ANSWERS_IN_NOTES in shown(app)
    app.toggle(key="lesson-notes").set_value(True).run()
    assert {"For me only.", "It works."} <= {element.value for element in app.info}
    press(app, "lesson-next")
    assert texts.NO_NOTES in shown(app)


@pytest.mark.parametrize(
    ("link", "sentence"),
    [
        ({"lesson": "none"}, texts.unknown_lesson("none")),
        ({"lesson": "[a](https://elsewhere.test)"}, "There is no lesson"),
        ({"lesson": "curve", "step": "9"}, texts.no_such_step("9", 6)),
        ({"lesson": "curve", "step": "-1"}, "The link asks for step"),
        ({"lesson": "curve", "step": "two"}, texts.no_such_step("two", 6)),
        ({"lesson": "curve", "sigma": "1e9"}, "The link asks for σ"),
    ],
)  # fmt: skip
def test_links_that_lead_nowhere_are_reported(link: dict[str, str], sentence: str) -> None:
    app = open_lessons(**link)
    assert not app.exception
    assert any(sentence in str(warning.value) for warning in app.warning)
    assert len(app.warning) == 1


def test_missing_and_damaged_lessons_are_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "FOLDER", tmp_path / "missing")
    app = open_lessons()
    assert not app.exception
    assert app.info[0].value == texts.NO_LESSONS
    monkeypatch.setattr(library, "FOLDER", tmp_path)
    (tmp_path / "bad.md").write_text("# One\nText.", encoding="utf-8")
    assert "bad.md, line 1" in open_lessons().warning[0].value


def scores_page(status: str) -> None:
    """A page that shows the scores of a run."""
    from typing import Any, cast

    import numpy as np

    from core.jobs.request import Request
    from core.jobs.view import JobView, Picture
    from core.pictures.frames import Frames
    from core.presets import FIRST
    from core.results.report import Metrics, Report
    from dashboard.lessons.page.stage import show_scores
    from dashboard.results.panel_results import PanelResult
    from dashboard.runs.records import Run
    from dashboard.state import Selection

    metrics = Metrics(**dict.fromkeys(Metrics.__dataclass_fields__, 1))
    one = np.ones(1)
    frames = Frames("learned", one, (one,), one, one, one, one, one, one)
    picture = Picture(frames, Report(10, 2, metrics, metrics, (0.5, 0.5), True), 3, 1.0)
    view = JobView(Request(FIRST), status=cast(Any, status), picture=picture)
    show_scores([PanelResult(Selection("linear", FIRST, 1.0), None, run=Run("job", view))])


@pytest.mark.parametrize(("status", "count"), [("training", 0), ("finished", 2)])
def test_scores_of_a_run_appear_when_it_has_ended(status: str, count: int) -> None:
    app = AppTest.from_function(scores_page, args=(status,), default_timeout=PATIENCE).run()
    assert not app.exception
    assert len(app.table) == count


@pytest.mark.parametrize("panel", learn.STEPS)
def test_every_panel_leads_to_a_step_that_exists(panel: str) -> None:
    there = learn.step_of(panel, library.library())
    assert there is not None
    assert (there.lesson.name, there.step.title) == learn.STEPS[panel]


def test_panels_of_explore_link_to_their_steps() -> None:
    app = open_page(interpolation="all", mode_separation="5.5", sigma="1")
    links = {link.proto.query_string for link in app.get("page_link")}
    panels = [*learn.CURVES, *learn.STRIPS]
    places = {panel: learn.step_of(panel, library.library()) for panel in panels}
    assert {place.link.partition("?")[2] for place in places.values() if place} <= links
    assert set(options(app)["learn"]) == {*learn.CURVES, *COMPARISONS}
    # The details of a saved result have links of their own.
    next(each for each in app.segmented_control if each.label.startswith("Samples")).set_value(
        "learned"
    ).run()
    metrics = learn.step_of("metrics", library.library())
    assert metrics
    assert metrics.link.partition("?")[2] in {link.proto.query_string for link in app.get("page_link")}
    # A lecturer's own lesson of the same name may lack the step; then there is no link.
    assert learn.step_of("linear", library.Library({}, ())) is None


def test_first_visit_offers_the_first_lesson_until_dismissed(monkeypatch: pytest.MonkeyPatch) -> None:
    app = open_page()
    assert texts.FIRST_VISIT in shown(app)
    press(app, "first-visit-dismiss")
    assert texts.FIRST_VISIT not in shown(app)
    assert texts.FIRST_VISIT not in shown(open_page(sigma="2"))
    monkeypatch.setattr(first_visit, "was_opened", lambda: True)
    assert texts.FIRST_VISIT not in shown(open_page())
