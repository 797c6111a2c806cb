"""Embedded pages, which leave out most controls."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

from dashboard.controls.share import frame
from tests.dashboard.pages import APP, PATIENCE, computed, reel


def embedded(**link: str) -> AppTest:
    app = AppTest.from_file(APP, default_timeout=PATIENCE)
    app.context["is_embedded"] = True
    for name, value in link.items():
        app.query_params[name] = value
    return computed(app.run())


def test_embedded_page_has_the_player_and_the_main_controls_only() -> None:
    app = embedded()
    assert not app.exception
    assert {slider.label for slider in app.slider} == {"Latent σ", "Mode separation"}
    assert [title.value for title in app.title] == []
    assert not [button for button in app.button if button.label in ("Train", "Undo", "Tame")]
    header, _ = reel(app)
    assert header["options"]["embedded"]
    assert len(header["panels"]) == 3


def test_embedded_page_shows_only_the_controls_that_the_link_allows() -> None:
    assert [slider.label for slider in embedded(controls="sigma").slider] == ["Latent σ"]
    none = embedded(controls="none", interpolation="linear")
    assert list(none.slider) == []
    assert len(reel(none)[0]["panels"]) == 1


def test_html_frame_of_a_link_shows_an_embedded_page() -> None:
    assert 'src="http://a/?t=0.5&amp;embed=true"' in frame("http://a/?t=0.5")
    assert 'src="http://a?embed=true"' in frame("http://a")
