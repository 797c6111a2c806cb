"""Comparison methods on the Explore page: offered in a menu, run, shown beside the curves, and pinned."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.problem import INTERPOLATIONS
from core.sampling.methods import METHODS as SAMPLERS
from dashboard import cache
from dashboard.player.reel import unpack
from dashboard.state import COMPARISONS, METHODS
from dashboard.url.address import params_of
from tests.dashboard.pages import QUICK, badges, finish, open_page, reel, sent, slider, texts

OFFER = "compare-run-mala-offer"


def methods(app: AppTest) -> list[str]:
    return [panel["method"] for panel in reel(app)[0]["panels"]]


def compare_with(app: AppTest, name: str) -> None:
    """Run a comparison method from the menu."""
    app.selectbox(key="compare-method").set_value(name).run()
    app.button(key=f"compare-run-{name}-menu").click().run()
    finish(app)


def run_langevin(app: AppTest) -> None:
    compare_with(app, "mala")


def test_menu_offers_all_samplers_for_the_time_of_a_curve() -> None:
    assert not set(COMPARISONS) & set(METHODS)
    app = open_page()
    assert methods(app) == list(INTERPOLATIONS)
    assert app.selectbox(key="compare-method").options == list(COMPARISONS.values())
    assert app.button(key="compare-run-smc-menu").label == "Run SMC for 3.3 s"


def test_method_without_its_package_names_the_package_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SAMPLERS, "nested", replace(SAMPLERS["nested"], package="no_such_package"))
    app = open_page(compare="nested")
    assert "needs the package no_such_package" in app.warning[0].value
    assert app.button(key="compare-run-nested-menu").disabled


@pytest.mark.parametrize("link", [{"interpolation": "langevin"}, {"compare": "langevin"}])
def test_link_offers_a_comparison_without_running_it(link: dict[str, str]) -> None:
    app = open_page(**link)
    assert not app.exception
    assert not app.warning
    assert methods(app) == list(INTERPOLATIONS)
    assert app.query_params["compare"] == "mala"
    assert "interpolation" not in app.query_params
    assert "has not run for these settings yet" in texts(app)
    app.button(key="compare-close-mala").click().run()
    assert "compare" not in app.query_params
    assert "has not run" not in texts(app)


def test_comparison_runs_beside_the_curve_with_its_own_badge_and_metrics() -> None:
    app = open_page(interpolation="linear", mode_separation="5", **QUICK)
    run_langevin(app)
    assert not app.exception
    assert methods(app) == ["linear", "mala"]
    assert re.fullmatch(r"sampled · .+ energy calls, \d+\.\d s", badges(app)[1])
    assert "Effective samples (ESS)" in app.table[0].value.index
    assert "Sampling" in texts(app)
    # The panel and its table link to the lesson about this sampler.
    steps = {f"lesson=classics&step={number}" for number in (1, 2)}
    assert steps <= {link.proto.query_string for link in app.get("page_link")}
    assert app.query_params["compare"] == "mala"
    assert app.button(key="pin").label == "Pin"
    app.button(key="pin").click().run()
    app.switch_page("app_pages/compare.py").run()
    assert not app.exception
    (title,) = [panel["title"] for panel in unpack(sent(app)[0])[0]["panels"]]
    assert title == "1 · MALA, σ = 1, m = 5"
    (link,) = (x.proto.query_string for x in app.get("page_link") if x.proto.label == "Open in Explore")
    assert "compare=mala" in link
    assert "interpolation=mala" not in link


@pytest.mark.thorough
def test_several_methods_are_shown_beside_the_curve_and_closed_one_by_one() -> None:
    app = open_page(interpolation="linear", mode_separation="5", **QUICK)
    compare_with(app, "smc")
    compare_with(app, "box")
    assert not app.exception
    assert methods(app) == ["linear", "smc", "box"]
    assert app.query_params["compare"] == "smc,box"
    app.button(key="compare-remove-smc").click().run()
    assert methods(app) == ["linear", "box"]
    assert app.query_params["compare"] == "box"


def test_changed_settings_make_a_comparison_outdated_and_offer_it_again() -> None:
    app = open_page(interpolation="linear", mode_separation="5", **QUICK)
    run_langevin(app)
    slider(app, "Latent σ").set_value(2.0).run()
    panel = reel(app)[0]["panels"][1]
    assert (panel["method"], panel["stale"], panel["exact"]) == ("mala", True, None)
    assert "ran with other settings" in texts(app)
    assert not app.button(key=OFFER).disabled
    # A result with other axes is not shown beside the curves.
    app.selectbox(key="target").set_value("ring").run()
    assert methods(app) == ["linear"]


@pytest.mark.thorough
def test_training_settings_do_not_make_a_comparison_outdated() -> None:
    app = open_page(interpolation="linear", mode_separation="5", unfolded=True, **QUICK)
    run_langevin(app)
    app.number_input(key="width").set_value(16).run()
    assert "ran with other settings" not in texts(app)


@pytest.mark.thorough
def test_training_a_curve_keeps_the_comparison_and_removing_it_keeps_the_curve() -> None:
    app = open_page(interpolation="linear", mode_separation="5", **QUICK)
    run_langevin(app)
    (chains,) = app.query_params["job"].split(",")
    app.button(key="train").click().run()
    finish(app)
    assert methods(app) == ["linear", "mala"]
    assert app.query_params["job"].split(",")[0] == chains
    app.button(key="compare-remove-mala").click().run()
    assert methods(app) == ["linear"]
    assert badges(app)[0].startswith("learned · ")
    view = cache.jobs().look(app.query_params["job"])
    assert view is not None
    assert view.request.kind == "train"


def test_pinned_chains_link_to_their_comparison() -> None:
    app = open_page(interpolation="linear")
    params = params_of(app.session_state["last_selection"].alone("mala").problem, "mala")
    assert params["compare"] == "mala"
    assert methods(open_page(**params)) == list(INTERPOLATIONS)


@pytest.mark.thorough
def test_downloads_hold_the_samples_and_their_weights() -> None:
    app = open_page(interpolation="linear", mode_separation="5", **QUICK)
    app.button(key="train").click().run()
    finish(app)
    view = cache.jobs().look(app.query_params["job"])
    assert view is not None
    assert view.picture is not None
    frames, report = view.picture.frames, view.picture.report
    assert frames.log_weight is not None
    weight = np.exp(frames.log_weight - frames.log_weight.max())
    assert weight.sum() ** 2 / (len(weight) * (weight**2).sum()) == pytest.approx(report.metrics.ess_fraction)
    assert [button.label for button in app.download_button] == ["Samples (NPZ)", "Samples (CSV)"]
