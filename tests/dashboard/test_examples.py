"""The row of examples: each sets the controls and shows its saved results at once."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from core import presets
from core.presets import EXAMPLES
from dashboard import cache
from dashboard.texts.examples import SENTENCES
from dashboard.texts.prose import html
from tests.dashboard.pages import open_page, prose, reel, slider


def choose(app: AppTest, name: str) -> None:
    app.button(key=f"example-{name}").click().run()


def chosen(app: AppTest) -> str | None:
    """The name of the example that is marked as chosen."""
    marked = [name for name in EXAMPLES if app.button(key=f"example-{name}").proto.icon]
    return marked[0] if marked else None


@pytest.mark.parametrize("name", EXAMPLES)
def test_each_example_sets_the_controls_and_shows_its_saved_results(name: str) -> None:
    app, example = open_page(sigma="2.3", job="of-something-else"), EXAMPLES[name]
    choose(app, name)
    assert not app.exception
    assert chosen(app) == name
    selection = app.session_state["last_selection"]
    assert tuple(selection.alone(method).problem for method in selection.methods) == example.problems
    assert html(SENTENCES[name], "sentence") in prose(app)
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


def test_examples_need_no_computation(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("computed instead of read")

    monkeypatch.setattr(cache, "_exact", refuse)
    for name in EXAMPLES:
        app = open_page()
        choose(app, name)
        assert not app.exception


def test_saved_runs_of_examples_are_separate_runs_for_the_player() -> None:
    app, seen = open_page(), set()
    for example in EXAMPLES.values():
        choose(app, example.name)
        seen |= {panel["run"] for panel in reel(app)[0]["panels"]}
    assert len(seen) == len({problem for example in EXAMPLES.values() for problem in example.problems})


def test_marked_example_follows_the_controls() -> None:
    app = open_page()
    assert chosen(app) == "first"
    slider(app, "Mode separation").set_value(5.0).run()
    assert chosen(app) is None
    slider(app, "Mode separation").set_value(3.0).run()
    assert chosen(app) == "tame"


def test_second_click_on_an_example_changes_nothing() -> None:
    app = open_page()
    choose(app, "tame")
    choose(app, "tame")
    assert not app.exception
    assert chosen(app) == "tame"
    assert slider(app, "Mode separation").value == 3.0


def test_every_example_has_a_sentence() -> None:
    assert SENTENCES.keys() == EXAMPLES.keys()
