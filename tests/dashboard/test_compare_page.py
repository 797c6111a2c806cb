"""The Compare page without a browser, and the scripts that repeat its runs."""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.budget import Budget
from core.jobs.request import Request
from core.presets import EXAMPLES, FIRST, learned
from core.problem import Problem, SamplingSettings, TargetSpec, TrainingSettings
from dashboard import cache
from dashboard.controls.snippet import snippet
from dashboard.pins.comparison_table import titles
from dashboard.pins.pin import Pin
from dashboard.pins.pins import pin_of_stored
from dashboard.player.reel import unpack
from tests.dashboard.pages import APP, PATIENCE, QUICK, computed, finish, open_page, sent, texts

ROOT = Path(__file__).resolve().parents[2]
TINY = TrainingSettings(width=8, depth=1, batch_size=32)


def compare(*names: str) -> AppTest:
    app = AppTest.from_file(APP, default_timeout=PATIENCE)
    if names:
        app.query_params["pins"] = ",".join(names)
    return app.run().switch_page("app_pages/compare.py").run()


def earlier(example: str) -> list[Pin]:
    runs = [learned(problem) for problem in EXAMPLES[example].problems]
    return [pin_of_stored(run) for run in runs if run is not None]


def panels(app: AppTest) -> list[str]:
    players = [unpack(blob)[0] for blob in sent(app)]
    return [panel["title"] for header in players for panel in header["panels"]]


def test_empty_page_explains_how_to_pin() -> None:
    app = compare()
    assert not app.exception
    assert "pin a result" in app.info[0].value
    assert [link.proto.label for link in app.get("page_link")] == ["All runs", "Go to Explore"]
    assert panels(app) == []


def test_empty_page_offers_an_example() -> None:
    app = compare()
    app.button(key="start-here").click().run()
    assert not app.exception
    assert app.query_params["pins"] == ",".join(pin.name for pin in earlier("teleportation"))
    assert len(panels(app)) == 3


def test_titles_name_the_differences() -> None:
    (pair, *_), (mixture,) = earlier("teleportation"), earlier("forgotten")
    other = replace(pair, request=replace(pair.request, problem=replace(pair.request.problem, seed=3)))
    assert titles([pair]) == ["1 · Linear, σ = 1, m = 5.5"]
    assert titles([pair, mixture]) == [
        "1 · Linear, σ = 1, m = 5.5, Pair, one mode at the origin",
        "2 · Linear, σ = 1, m = 8, Asymmetric mixture",
    ]
    assert titles([pair, other]) == [
        "1 · Linear, σ = 1, m = 5.5, seed 0",
        "2 · Linear, σ = 1, m = 5.5, seed 3",
    ]


def test_every_result_offers_sample_downloads() -> None:
    app = compare(*[pin.name for pin in earlier("tame")])
    labels = [button.label for button in app.download_button]
    assert labels == ["Samples (NPZ)", "Samples (CSV)"] * 3 + ["Table as CSV"]


def test_result_pinned_on_explore_appears_on_compare() -> None:
    app = open_page(interpolation="linear")
    assert not app.button(key="pin").disabled
    app.button(key="pin").click().run()
    assert app.button(key="pin").disabled
    assert app.button(key="pin").label == "Pinned"
    app.switch_page("app_pages/compare.py").run()
    assert not app.exception
    assert panels(app) == ["1 · Linear, σ = 1, m = 4"]
    assert app.query_params["pins"] == earlier("first")[0].name


def test_one_of_several_curves_can_be_pinned_alone() -> None:
    app = open_page()
    assert app.button(key="pin").label == "Pin all"
    app.button(key="pin-Learned").click().run()
    assert app.button(key="pin-Learned").disabled
    linear, learned_curve, flow = (pin.name for pin in earlier("first"))
    assert app.query_params["pins"] == learned_curve
    app.button(key="pin").click().run()
    assert app.query_params["pins"] == f"{learned_curve},{linear},{flow}"
    assert app.button(key="pin").label == "All pinned"


@pytest.mark.long
def test_pinned_run_keeps_its_costs_after_explore_changes() -> None:
    app = open_page(interpolation="linear", **QUICK, seed="5")
    app.button(key="train").click().run()
    finish(app)
    app.button(key="pin").click().run()
    app.switch_page("app_pages/compare.py").run()
    assert not app.exception
    (column,) = app.table[0].value.columns
    shown = app.table[0].value[column]
    assert shown["Seed"] == "5"
    assert float(shown["Seconds"]) > 0
    assert "(" in shown["Effective samples (ESS)"]
    assert len(app.get("vega_lite_chart")) == 1
    # Another browser with the same link shows the same results, even after a restart of the server.
    cache.jobs().close()
    cache.jobs.clear()
    assert panels(compare(*app.query_params["pins"].split(","))) == panels(app)


def test_table_has_all_results_and_the_first_four_have_pictures() -> None:
    names = [pin.name for example in ("tame", "teleportation") for pin in earlier(example)]
    app = compare(*names)
    assert not app.exception
    assert len(panels(app)) == 4
    assert len(sent(app)) == 1
    assert len(app.table[0].value.columns) == len(names) == 6
    assert "The pictures show the first 4 results" in texts(app)


def test_results_on_the_line_and_in_the_plane_have_separate_players() -> None:
    names = [pin.name for example in ("tame", "forgotten") for pin in earlier(example)]
    app = compare(*names)
    assert not app.exception
    assert len(sent(app)) == 2
    assert panels(app)[-1] == "4 · Linear, σ = 1, m = 8, Asymmetric mixture"
    assert "because their axes differ" in texts(app)


def test_removal_and_clear_all_can_be_undone() -> None:
    names = [pin.name for pin in earlier("tame")]
    app = compare(*names)
    app.button(key=f"remove-{names[1]}").click().run()
    assert app.query_params["pins"] == ",".join([names[0], names[2]])
    app.button(key="undo_removal").click().run()
    assert app.query_params["pins"] == ",".join(names)
    app.button(key="clear").click().run()
    assert "pins" not in app.query_params
    assert "nothing to compare" in app.info[0].value
    app.button(key="undo_removal").click().run()
    assert len(panels(app)) == 3


def test_saved_result_can_be_added_on_the_compare_page() -> None:
    app = compare()
    app.selectbox(key="earlier").set_value("unequal").run()
    (pin, *_) = earlier("unequal")
    app.button(key=f"earlier-{pin.request.problem.key}").click().run()
    assert app.query_params["pins"] == pin.name
    assert app.button(key=f"earlier-{pin.request.problem.key}").disabled


def lost(problem: Problem, seconds: float) -> str:
    """The name of a pin whose result is not on the server."""
    request = Request(replace(problem, training=TINY), budget=Budget(seconds=seconds))
    return replace(
        earlier("first")[0], request=request, token="0123456789"
    ).name  # an id with ten digits, as in old links


def repeat(app: AppTest, name: str) -> None:
    """Repeat the run of a lost pin, and rerun the page until it has ended."""
    app.button(key=f"repeat-{name}").click().run()
    deadline = time.monotonic() + PATIENCE
    while app.session_state["repeated_runs"] and time.monotonic() < deadline:
        time.sleep(0.1)
        app.run()


@pytest.mark.thorough
def test_lost_pin_is_reported_and_can_be_repeated() -> None:
    name = lost(FIRST, 0.5)
    app = compare(name)
    assert not app.exception
    assert "no longer has this result: Linear" in app.warning[0].value
    repeat(app, name)
    assert not app.warning
    assert panels(app) == ["1 · Linear, σ = 1, m = 4"]
    assert app.query_params["pins"] != name


@pytest.mark.long
def test_repeated_run_in_the_plane_has_exact_frames() -> None:
    name = lost(Problem(TargetSpec.of("ring", num_modes=4)), 0.5)
    app = compare(name)
    repeat(app, name)
    (panel,) = unpack(sent(computed(app))[0])[0]["panels"]
    assert panel["exact"] is not None


@pytest.mark.thorough
def test_stopped_repeated_run_does_not_replace_the_pin() -> None:
    name = lost(FIRST, 60)
    app = compare(name)
    app.button(key=f"repeat-{name}").click().run()
    (job,) = app.session_state["repeated_runs"].values()
    deadline = time.monotonic() + PATIENCE
    while (view := cache.jobs().look(job)) and view.picture is None and time.monotonic() < deadline:
        time.sleep(0.1)
    cache.jobs().stop_all()
    app.run()
    assert "This run was stopped early" in app.toast[0].value
    assert app.query_params["pins"] == name
    assert not app.button(key=f"repeat-{name}").disabled


def test_invalid_pin_name_is_reported() -> None:
    app = compare("nonsense")
    assert not app.exception
    assert "cannot be read" in "\n".join(warning.value for warning in app.warning)
    assert "pins" not in app.query_params


def test_open_in_explore_restores_the_controls() -> None:
    app = compare(*[pin.name for pin in earlier("unequal")])
    link = next(link.proto for link in app.get("page_link") if link.proto.label == "Open in Explore")
    assert "weights=0.2" in link.query_string
    assert "target=two_modes" in link.query_string
    assert texts(app)


@pytest.mark.thorough
@pytest.mark.parametrize(
    "requests",
    [
        [Request(replace(FIRST, training=TINY, sampling=SamplingSettings("rk4", 20)), num_samples=50)],
        [
            Request(replace(FIRST, training=TINY, interpolation=name, seed=3), num_samples=50)
            for name in ("linear", "learned")
        ],
        [
            Request(replace(FIRST, training=TINY), num_samples=50),
            Request(replace(FIRST, sigma=2.0), "mala", Budget(seconds=0.2), num_samples=50),
        ],
    ],
    ids=["one", "several", "with chains"],
)
def test_snippet_runs(requests: list[Request]) -> None:
    """Run the snippet with a budget of two steps in its own process."""
    text = snippet(requests, [2] * len(requests))
    command = [sys.executable, "-W", "error", "-c", text]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.strip().splitlines()
    assert len(lines) == len(requests)
    for line, request in zip(lines, requests, strict=True):
        assert line.startswith("mala" if request.kind == "mala" else request.problem.interpolation)
        assert "ess_fraction" in line


def test_snippet_holds_exactly_the_same_problems() -> None:
    problems = [problem for example in EXAMPLES.values() for problem in example.problems]
    requests = [Request(replace(problem, training=TINY)) for problem in problems]
    text = snippet(requests)
    spaces: dict[str, object] = {}
    exec(text.split("\nfor problem")[0], spaces)
    assert spaces["runs"] == [(request.problem, request.budget) for request in requests]


def test_snippet_on_explore_does_what_train_would_do() -> None:
    app = open_page(sigma="2.0", interpolation="gradient_flow", seconds="3")
    (code,) = (element.value for element in app.code if element.language == "python")
    assert code == snippet(app.session_state["last_selection"].requests).strip()
    assert "sigma=2.0" in code
    assert "Budget(seconds=3)" in code
