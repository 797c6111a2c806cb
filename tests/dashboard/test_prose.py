"""Captions: terms open their definitions, marked words point at pictures; and the glossary behind the terms."""

from __future__ import annotations

import re
from functools import partial

import pytest

from dashboard.state import METHODS
from dashboard.texts.examples import SENTENCES
from dashboard.texts.explore import about
from dashboard.texts.glossary import OF_PLAYER, TERMS, listed, terms_in
from dashboard.texts.prose import html
from dashboard.texts.shared import METRICS, MORE_METRICS
from tests.dashboard.pages import open_page, prose


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("The energies of the target", ["energy", "target"]),
        ("Mode masses reveal a missed mode", ["mode_mass", "mode"]),
        ("‖v‖² of the linear curve is its kinetic energy", ["kinetic_energy", "linear"]),
        ("The ESS, the effective sample size", ["ess"]),
        ("Forward ESS, energy distance and EUBO − ELBO", ["forward_ess", "energy_distance", "gap"]),
        ("curvess modern exacting", []),
    ],
)
def test_terms_are_found_by_their_words(text: str, terms: list[str]) -> None:
    assert terms_in(text) == terms


def test_every_term_has_one_sentence_or_two_and_finds_its_name() -> None:
    for key, term in TERMS.items():
        assert term.meaning.endswith(".")
        assert term.meaning.count(". ") <= 1
        assert key in terms_in(term.name), key
    assert all(term.meaning in listed() for term in TERMS.values())
    assert OF_PLAYER.keys() <= TERMS.keys()


def test_every_metric_of_the_tables_is_in_the_glossary() -> None:
    names = {term.name.partition(" (")[0] for term in TERMS.values()}
    own = {"Effective samples": "Effective sample size"}
    for title, _ in (METRICS | MORE_METRICS).values():
        metric = re.sub(r" \(.*| error$|, reweighted| of the weights| from exact samples", "", title)
        assert {metric, title, own.get(metric)} & names, title


def test_first_use_of_a_term_opens_its_definition() -> None:
    found = html("A target, *the* target & **more**", "key")
    assert found.count("popovertarget") == 1
    assert 'popovertarget="key-target"' in found
    assert 'id="key-target"' in found
    assert "<em>the</em> target &amp; <strong>more</strong>" in found
    assert html("A target", "key", explains=False) == "A target"


def test_words_point_at_a_panel_a_strip_and_a_time() -> None:
    found = html("It [ends at <396>](see:linear/energy/1).", "key")
    assert (
        '<button type="button" class="see" data-panel="linear" data-strip="energy" data-t="1">ends at &lt;396&gt;</button>'
        in found
    )


def test_sentence_of_every_example_names_a_number_and_points_at_it() -> None:
    for name, text in SENTENCES.items():
        assert 'class="see"' in html(text, "key"), name
        assert re.search(r"\d|half|fifth|third", text, re.IGNORECASE), name


def test_about_texts_explain_their_terms() -> None:
    assert all(
        "popovertarget" in html(text, "key") for text in map(partial(about, has_separation=True), METHODS)
    )


def test_help_menu_has_the_glossary_and_starts_the_tour() -> None:
    app = open_page()
    assert any(TERMS["ess"].meaning in markdown.value for markdown in app.markdown)
    assert "popovertarget" in prose(app)
    app.button(key="tour_start").click().run()
    assert not app.exception
    assert [e.proto.component_name for e in app.get("bidi_component")].count("tour") == 1
