"""The gallery of targets, and its description of each."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.store import place
from core.targets.local.register import register
from core.targets.registry import TARGETS
from dashboard.controls.gallery import PICTURES, WAYS, facts_of, matching
from dashboard.texts import targets as texts
from tests.dashboard.pages import open_page


def test_every_target_has_a_picture() -> None:
    assert {path.stem for path in PICTURES.glob("*.png")} == set(TARGETS)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("funnel", ["funnel"]),
        ("MÜLLER", ["muller_brown"]),
        ("rings concentric", ["rings"]),
        ("unknown particles", ["particles"]),
        ("no such thing", []),
    ],
)
def test_search_finds_targets_by_all_their_words(query: str, found: list[str]) -> None:
    assert matching(query) == found


def test_empty_search_shows_all_targets_except_own_ones() -> None:
    assert matching(" ") == [name for name in TARGETS if name not in WAYS]


def test_card_lists_what_is_known_and_unknown() -> None:
    assert texts.facts(*facts_of("ring")) == "2-D · everything known"
    assert texts.facts(*facts_of("lattice")) == (
        "16-D, adjustable · known: modes, mode masses; unknown: log Z, exact samples"
    )
    assert texts.facts(*facts_of("logistic_posterior")) == (
        "31-D · unknown: log Z, exact samples, modes, mode masses"
    )


def test_python_function_is_drawn_and_not_shared() -> None:
    register("mine", lambda x: x.square().sum(1) / 2, 1, title="mine of my_model.py")
    try:
        app = open_page(target="mine", interpolation="linear")
        assert not app.exception
        assert "mine of my_model.py" in next(box for box in app.selectbox if box.label == "Target").options
        assert texts.LOCAL in [caption.value for caption in app.caption]
    finally:
        del TARGETS["mine"]


@pytest.mark.parametrize("button", ["gallery", "gallery-phone"])
def test_choice_in_the_gallery_becomes_the_target(button: str) -> None:
    app = open_page()
    app.button(key=button).click().run()
    assert not app.exception
    app.button(key="gallery_banana").click().run()
    assert not app.exception
    (choice,) = (box for box in app.selectbox if box.label == "Target")
    assert choice.value == "banana"
    assert app.query_params["target"] in ("banana", ["banana"])


def test_target_of_ones_own_is_kept_under_a_name_and_opened_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(place.FOLDER, str(tmp_path))
    app = open_page(target="expression", dim="1", energy="x**4", interpolation="gradient_flow", sigma="1.5")
    app.button(key="gallery").click().run()
    app.text_input(key="own_target_name").set_value("My *well*")
    next(button for button in app.button if button.label == "Keep").click().run()
    assert not app.exception
    (kept,) = tmp_path.glob("targets/*/*.json")
    app.text_input(key="expression_energy_1").set_value("x**2").run()
    app.button(key="gallery").click().run()
    app.button(key=f"own_target_{kept.stem}").click().run()
    assert not app.exception
    problem = app.session_state["last_selection"].problem
    assert (problem.target.values["energy"], problem.sigma) == ("x**4", 1.5)
