"""The row of famous examples: each sets the controls, and what was trained earlier is there at once."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from core import presets
from core.presets import EXAMPLES
from dashboard import cache
from tests.dashboard.pages import open_page, reel, slider


def choose(app: AppTest, name: str) -> None:
    app.button(key=f"example-{name}").click().run()


def chosen(app: AppTest) -> str | None:
    """The example whose button has the mark."""
    marked = [name for name in EXAMPLES if app.button(key=f"example-{name}").proto.icon]
    return marked[0] if marked else None


@pytest.mark.parametrize("name", EXAMPLES)
def test_each_sets_the_controls_and_shows_what_was_trained_earlier(name: str) -> None:
    app, example = open_page(sigma="2.3", job="of-something-else"), EXAMPLES[name]
    choose(app, name)
    assert not app.exception
    assert chosen(app) == name
    selection = app.session_state["last_selection"]
    assert tuple(selection.alone(method).problem for method in selection.methods) == example.problems
    assert example.sentence in [caption.value for caption in app.caption]
    assert "job" not in app.query_params
    header, _ = reel(app)
    assert len(header["panels"]) == len(example.problems)
    for panel, problem in zip(header["panels"], example.problems, strict=True):
        stored = presets.learned(problem)
        assert stored is not None
        assert panel["badge"] == stored.badge
        assert panel["exact"] is not None
        assert not panel["stale"]
        assert panel["course"][0]["step"] == stored.step


def test_nothing_is_computed_for_what_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("solved for what is kept")

    monkeypatch.setattr(cache, "_exact", refuse)
    for name in EXAMPLES:
        app = open_page()
        choose(app, name)
        assert not app.exception


def test_what_was_trained_earlier_for_one_problem_is_no_checkpoint_of_another() -> None:
    app, seen = open_page(), set()
    for example in EXAMPLES.values():
        choose(app, example.name)
        seen |= {panel["run"] for panel in reel(app)[0]["panels"]}
    assert len(seen) == len({problem for example in EXAMPLES.values() for problem in example.problems})


def test_the_row_follows_the_controls() -> None:
    app = open_page()
    assert chosen(app) == "first"
    slider(app, "Mode separation").set_value(5.0).run()
    assert chosen(app) is None
    slider(app, "Mode separation").set_value(3.0).run()
    assert chosen(app) == "tame"


def test_a_second_press_changes_nothing() -> None:
    app = open_page()
    choose(app, "tame")
    choose(app, "tame")
    assert not app.exception
    assert chosen(app) == "tame"
    assert slider(app, "Mode separation").value == 3.0
