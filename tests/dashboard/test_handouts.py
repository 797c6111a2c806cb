"""Handouts, pages that need no server: their content, and the command that writes them. A reel holds the encoded pictures of a player."""

from __future__ import annotations

import gzip
import re
from base64 import b64decode
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core import classics
from core.mode_weights import WEIGHTS
from core.presets import FIRST
from core.problem import Problem, TargetSpec
from dashboard.__main__ import main
from dashboard.background import AbandonedError
from dashboard.handouts import families, prose
from dashboard.handouts.asked import conditions_of
from dashboard.handouts.download import Preparation
from dashboard.handouts.lesson import lesson_handout
from dashboard.handouts.live_numbers import LiveNumbers
from dashboard.handouts.payload import Reels, encode
from dashboard.handouts.view import view_handout
from dashboard.lessons import library, parse
from dashboard.player.reel import Panel, pack, unpack
from dashboard.results.classics import classic_panels
from dashboard.state import Selection
from tests.browser.stage import travelling
from tests.dashboard.pages import open_page

VIEW = Selection("linear", FIRST, 10.0)


def quiet(done: float) -> None:
    """A progress report that does nothing."""


@pytest.fixture
def few_positions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(families, "POSITIONS", 3)


def test_reel_is_recovered_from_its_encoded_text() -> None:
    for dim in (1, 2):
        reel = pack([Panel("linear", "linear", "Linear", travelling(dim), (), "exact")], coarse=dim == 1)
        header, arrays = unpack(gzip.decompress(b64decode(encode(reel))))
        known_header, known = unpack(reel)
        assert header == known_header
        for name, array in known.items():
            planes = np.frombuffer(arrays[name].tobytes(), np.uint8).reshape(array.itemsize, -1)
            words = np.ascontiguousarray(planes.T).view(f"<u{array.itemsize}").reshape(-1)
            np.testing.assert_array_equal(
                np.add.accumulate(words, dtype=words.dtype), array.reshape(-1).view(words.dtype)
            )


def test_coarse_reels_are_smaller_and_equal_arrays_are_stored_once() -> None:
    panel = Panel("linear", "linear", "Linear", travelling(2), (), "exact")
    assert len(pack([panel], coarse=True)) < 0.8 * len(pack([panel]))
    assert len(pack([panel, replace(panel, key="learned")])) < 1.3 * len(pack([panel]))


def test_slider_positions_increase_and_include_the_views_own_value() -> None:
    problem = Problem(TargetSpec.of("shifted_pair", mode_separation=5.47), sigma=1.33)
    for param, own, ends in (("sigma", 1.33, (0.5, 6.0)), ("mode_separation", 5.47, (1.0, 12.0))):
        values = families.positions(problem, param)
        assert len(values) == families.POSITIONS
        assert own in values
        assert values == tuple(sorted(values))
        assert (values[0], values[-1]) == ends


@pytest.mark.parametrize(
    ("target", "sliders"), [("gmm40", ("sigma",)), ("ring", ("sigma", "mode_separation")), ("many_well", ())]
)
def test_a_view_has_the_sliders_of_its_target(target: str, sliders: tuple[str, ...]) -> None:
    assert families.params_of(Selection("linear", Problem(TargetSpec.of(target)), 1.0)) == sliders


@pytest.mark.usefixtures("few_positions")
def test_a_page_fetches_nothing_and_runs_only_its_own_script() -> None:
    page = view_handout(VIEW, ["sigma"], quiet, t=0.5)
    assert "default-src 'none'" in page
    assert page.count('<script type="module">') == 1
    assert (
        re.findall(
            r'\b(?:src|href)="(?!#|data:)[^"]*"', re.sub(r"<script.*?</script>", "", page, flags=re.DOTALL)
        )
        == []
    )
    assert (
        page.count('type="text/plain"') == 3
    )  # the reel of the view itself, and those of two further positions


def test_a_cancelled_preparation_stops() -> None:
    def stop(done: float) -> None:
        raise AbandonedError

    with pytest.raises(AbandonedError):
        view_handout(VIEW, [], stop)


@pytest.mark.usefixtures("few_positions")
def test_command_writes_a_page_for_an_example_a_view_and_a_problem(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    problem = tmp_path / "problem.json"
    problem.write_text(replace(FIRST, interpolation="gradient_flow").to_json())
    for k, what in enumerate(("forgotten", "interpolation=linear&sigma=2&t=0.3", str(problem))):
        out = tmp_path / f"{k}.html"
        assert main(["handout", what, "-o", str(out), "--sliders"]) == 0
        assert "<title>" in out.read_text(encoding="utf-8")
    assert "Wrote" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (lambda folder: ["nope", "-o", f"{folder}/x.html"], "There is no example “nope”"),
        (lambda folder: ["sigma=1e9", "-o", f"{folder}/x.html"], "sigma"),
        (lambda folder: ["first", "-o", f"{folder}/missing/x.html"], "No such file or directory"),
    ],
)
def test_command_refuses_in_one_sentence(
    arguments: Callable[[Path], list[str]], reason: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["handout", *arguments(tmp_path)]) == 2
    error = capsys.readouterr().err
    assert reason in error
    assert error.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_share_prepares_the_page_and_offers_it() -> None:
    app = open_page(interpolation="linear")
    app.button(key="handout_prepare").click().run()
    (found,) = (bar for bar in app.get("progress") if "Computing the pictures" in bar.proto.text)
    assert found is not None
    preparation = app.session_state["handout"]
    assert isinstance(preparation, Preparation)
    preparation.page = b"page"
    app.run()
    assert not app.exception
    assert any("The page is ready" in caption.value for caption in app.caption)


LESSON = """---
title: Two modes & more
minutes: 5
---
# The start
view: interpolation=linear&mode_separation=4&sigma=1&t=0.5
controls: time, mode_separation
The curve is $\\rho_t \\propto \\rho_0^{1-t}\\rho_1^t$, and ‖v‖² ends at **{kinetic_energy linear t=1}**, now {kinetic_energy linear t=1 now}. No <b>HTML</b>.
notes: Ask first.

? mark: When has half of the right mode's mass arrived?
= arrival linear mode=2 within 0.05
+ You saw it.
- Too early.
! Late.

? choose: What happens?
(x) It explodes. => Yes.
( ) Nothing. => Look again.

? set: Move the modes apart.
> until: mode_separation >= 8
+ Far apart.

? set: Reach a large energy.
> until: kinetic_energy linear t=1 > 1000
+ Large.

? set: Train.
> until: trained

? text: Explain it.
! A good answer.

exercise: Compute $m$.
answer: The answer is forty-two.
"""


@pytest.fixture
def lesson(tmp_path: Path) -> Path:
    file = tmp_path / "two-modes.md"
    file.write_text(LESSON, encoding="utf-8")
    return file


@pytest.mark.usefixtures("few_positions")
def test_lesson_page_has_its_texts_and_answers_only_for_the_lecturer(lesson: Path, tmp_path: Path) -> None:
    pages = []
    for more in ([], ["--answers"]):
        out = tmp_path / "out.html"
        assert main(["handout", str(lesson), "-o", str(out), *more]) == 0
        pages.append(out.read_text(encoding="utf-8"))
    student, lecturer = pages
    assert "<title>Two modes &amp; more</title>" in student
    assert "<math" in student
    assert "<strong>396</strong>" in student
    assert "&lt;b&gt;HTML" in student
    assert "forty-two" not in student
    assert "Ask first." not in student
    assert "forty-two" in lecturer
    assert "Ask first." in lecturer


@pytest.mark.usefixtures("few_positions")
def test_goals_are_decided_by_the_positions_of_the_sliders(lesson: Path) -> None:
    step = parse.read(lesson).steps[0]
    selection = Selection(step.view.method, step.view.problem, 1.0)
    family = families.family(selection, "mode_separation", Reels(), quiet)
    assert family.values == (1.0, 4.0, 12.0)
    reached, compared, trained = conditions_of(step, [family])
    assert reached == {"name": "mode_separation", "sign": ">=", "value": 8.0}
    assert compared == {"table": {"own": False, "mode_separation": [False, False, True]}}
    assert trained is None


@pytest.mark.usefixtures("few_positions")
def test_numbers_follow_the_sliders(lesson: Path) -> None:
    step = parse.read(lesson).steps[0]
    selection = Selection(step.view.method, step.view.problem, 1.0)
    numbers = LiveNumbers(step.view, [families.family(selection, "mode_separation", Reels(), quiet)])
    page = numbers.elements(prose.html(numbers.fill(step.text)))
    assert 'ends at <strong>396</strong>, now <span data-number="0">396</span>.' in page
    assert numbers.tables == [{"own": "396", "mode_separation": ["0.147", "396", "1.33·10¹⁸"]}]
    # Without sliders, a number that follows the sliders is plain text.
    assert "now 396." in LiveNumbers(step.view, []).fill(step.text)


def test_all_formulas_of_the_bundled_lessons_become_mathml() -> None:
    texts = [path.read_text(encoding="utf-8") for path in library.files()]
    formulas = [found for text in texts for found in re.findall(r"\$\$.+?\$\$|\$[^$\n]+\$", text)]
    assert len(formulas) > 20
    assert [formula for formula in formulas if "<math" not in prose.html(formula)] == []


def test_study_of_a_modes_weight_is_a_table_in_the_page() -> None:
    lesson = library.library().lessons["own-energy"]
    page = lesson_handout(replace(lesson, steps=lesson.steps[-1:]), quiet)
    assert page.count(">± 0.") == len(WEIGHTS)


def test_samplers_have_panels_for_their_own_problem_only() -> None:
    problem = classics.problem(4.0)
    panels = classic_panels(("mala", "smc"), problem)
    assert [(panel.method, panel.badge) for panel in panels] == [
        ("mala", "saved result · 100 thousand energy calls"),
        ("smc", "saved result · 100 thousand energy calls"),
    ]
    assert classic_panels(("mala",), replace(problem, sigma=2.0)) == []
    assert classic_panels(("mala",), FIRST) == []
