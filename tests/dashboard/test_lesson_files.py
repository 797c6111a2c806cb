"""Lesson files: what they may contain, and the error messages for their authors."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from core.quantities import QUANTITIES
from dashboard.__main__ import main
from dashboard.lessons import library
from dashboard.lessons.check import errors_of
from dashboard.lessons.conditions import Reached, parse_comparison, parse_condition
from dashboard.lessons.faults import LessonError
from dashboard.lessons.numbers import parse_query, queries, resolved
from dashboard.lessons.parse import MOST_CHARACTERS, parse
from dashboard.lessons.records import Choose, Goal, Lesson, Mark, Write
from dashboard.lessons.values import computed
from dashboard.lessons.view import parse_view

FRONT = "---\ntitle: Two modes\nminutes: 5\nlevel: first contact\nsummary: One sentence.\n---\n"
STEP = "# One\nview: interpolation=linear&mode_separation=4\nSome text.\n"
PAIR = parse_view("interpolation=all&mode_separation=4")


def lesson(text: str, name: str = "two-modes") -> Lesson:
    return parse(text, Path(f"{name}.md"))


def faults(text: str, name: str = "two-modes") -> list[tuple[int, str]]:
    with pytest.raises(LessonError) as caught:
        lesson(text, name)
    return [(fault.line, fault.sentence) for fault in caught.value.faults]


def test_a_whole_lesson_becomes_plain_data() -> None:
    found = lesson(
        FRONT
        + """# One
view: interpolation=linear&mode_separation=4&t=0.5
controls: time, mode_separation
show: energy
At the end it is {kinetic_energy linear t=1}.
check: kinetic_energy linear t=1 > 10 * kinetic_energy gradient_flow t=1
notes: Say hello.
Wait.

? mark: When has half arrived?
= arrival linear mode=2 within 0.05
+ Well seen.
- Look again.
! Late.

? choose: Which one?
(x) This => Yes,
  indeed.
( ) That => No.
! Because.

? set: Move the modes apart.
> until: mode_separation >= 8
+ Done.

> until: trained

? text: Explain.
! A good answer.

exercise: Do it
again.
answer: It is {action linear}.
# Two
More.
"""
    )
    assert (found.name, found.title, found.minutes, found.summary) == (
        "two-modes",
        "Two modes",
        5,
        "One sentence.",
    )
    one, two = found.steps
    assert (one.title, one.line, one.view.t, one.controls) == ("One", 7, 0.5, ("time", "mode_separation"))
    assert one.parts == ("energy",)
    assert one.notes == "Say hello.\nWait."
    mark, choose, goal, alone, write = one.questions
    assert isinstance(mark, Mark)
    assert (mark.within, mark.right, mark.wrong, mark.answer) == (0.05, "Well seen.", "Look again.", "Late.")
    assert isinstance(choose, Choose)
    assert [(option.text, option.is_right, option.reply) for option in choose.options] == [
        ("This", True, "Yes, indeed."),
        ("That", False, "No."),
    ]
    assert isinstance(goal, Goal)
    assert goal.until == Reached("mode_separation", ">=", "8")
    assert goal.right == "Done."
    assert isinstance(alone, Goal)
    assert (alone.text, alone.until) == ("", Reached("trained"))
    assert isinstance(write, Write)
    assert [exercise.text for exercise in one.exercises] == ["Do it again."]
    assert [line for line, _ in one.numbers] == [11, 39]
    # A step without a view keeps the view of the step before, and lets the viewer move the time.
    assert (two.view, two.controls) == (one.view, ("time",))


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("# One\nText.", 1, "begins with a line `---`"),
        ("---\ntitle: A\nminutes: 5\n# One\nText.", 4, "stand between the lines"),
        (FRONT.replace("title: Two modes", "title:") + STEP, 1, "no `title:`"),
        (FRONT.replace("minutes: 5", "minutes: soon") + STEP, 1, "`minutes` must be a whole number; got 'soon'"),
        (FRONT.replace("minutes: 5", "minutes: 9999") + STEP, 1, "between 1 and 240"),
        (FRONT.replace("level", "levle") + STEP, 4, "Only `title:`"),
        (FRONT, 1, "1 to 40 steps"),
        (FRONT + "Text.\n" + STEP, 7, "before the first step"),
        (FRONT + "# One\nview: t=0\n", 7, "needs some text"),
        (FRONT + "# One\nview: sigma=99\nText.", 8, "`sigma` must lie between 0.5 and 6"),
        (FRONT + "# One\nview: sigma=wide\nText.", 8, "`sigma` must be a number"),
        (FRONT + "# One\nview: target=nothing\nText.", 8, "`target` must be one of"),
        (FRONT + "# One\nview: colour=red\nText.", 8, "has no `colour`"),
        (FRONT + "# One\nview: nonsense\nText.", 8, "has no `nonsense`"),
        (FRONT + "# One\nview: mode_separation=40\nText.", 8, "between 1 and 12"),
        (FRONT + "# One\ncontrols: colour\nText.", 8, "There is no control `colour`"),
        (FRONT + "# One\nshow: sound\nText.", 8, "There is no part of the picture `sound`"),
        (FRONT + STEP + "It is {kinetic_enrgy t=1}.", 10, "There is no number `kinetic_enrgy`"),
        (FRONT + STEP + "It is {kinetic_energy linear}.", 10, "`kinetic_energy` needs `t`"),
        (FRONT + STEP + "It is {kinetic_energy t=2}.", 10, "`t` must lie between 0 and 1"),
        (FRONT + STEP + "It is {kinetic_energy t=1 x=3}.", 10, "`kinetic_energy` has no `x`"),
        (FRONT + STEP + "It is {action quick}.", 10, "`quick` is neither a curve"),
        (FRONT + STEP + "It is {}.", 10, "needs a name"),
        (FRONT + STEP + "notes: {nothing}", 10, "There is no number `nothing`"),
        (FRONT + STEP + "![a](https://elsewhere.test/a.png)", 10, "cannot show image files"),
        (FRONT + STEP + "? sing: Which?\n! La.", 10, "There is no kind of question `sing`"),
        (FRONT + STEP + "? choose: Which?\n(x) A => Yes.", 10, "at least two answers"),
        (FRONT + STEP + "? choose: Which?\n( ) A\n( ) B", 10, "needs a right answer"),
        (FRONT + STEP + "? choose: Which?\n(x) A\n( ) A", 10, "are the same"),
        (FRONT + STEP + "? choose: Which?\n(x) A => {nothing}\n( ) B", 11, "There is no number `nothing`"),
        (FRONT + STEP + "? mark: When?\n+ Yes.", 10, "needs its exact value"),
        (FRONT + STEP + "? mark: When?\n= action linear within 0.1", 10, "must be a time"),
        (FRONT + STEP + "? mark: When?\n= arrival mode=2 within 9", 10, "`within` must lie between 0 and 0.5"),
        (FRONT + STEP + "? set: Move.\n+ Done.", 10, "needs a condition"),
        (FRONT + STEP + "? text: Explain.", 10, "needs a good answer"),
        (FRONT + STEP + "> until: mode_separation = 8", 10, "is a number; compare it with"),
        (FRONT + STEP + "> until: interpolation > linear", 10, "is a word; compare it with `=`"),
        (FRONT + STEP + "> until: interpolation = slow", 10, "`interpolation` must be one of"),
        (FRONT + STEP + "> until: soon", 10, "A comparison needs one of"),
        (FRONT + STEP + "check: 1 > many", 10, "There is no number `many`"),
        (FRONT + STEP + "exercise: Do it.", 10, "needs an `answer:`"),
        (FRONT + STEP + "answer: Done.", 10, "belongs directly below"),
    ],
)  # fmt: skip
def test_errors_name_the_line_and_what_is_allowed(text: str, line: int, words: str) -> None:
    assert [sentence for at, sentence in faults(text) if at == line and words in sentence]


def test_all_errors_are_reported_at_once() -> None:
    assert [line for line, _ in faults(FRONT + "# One\nview: x=1\n{a}\n# Two\ncontrols: b\nText.")] == [
        8,
        9,
        11,
    ]


def test_names_of_lessons_are_safe_in_links() -> None:
    assert "must consist of a–z" in faults(FRONT + STEP, "../Evil name")[0][1]
    assert library.find("../../etc/passwd") is None


def test_long_files_are_refused() -> None:
    assert "at most" in faults("a" * (MOST_CHARACTERS + 1))[0][1]


def test_html_is_shown_as_text_and_nothing_is_executed() -> None:
    text = "<script>alert(1)</script> <img src=x> and {__import__} $a<b$ `<b>` 1 < 2"
    assert faults(FRONT + "# <i>One</i>\n" + text)[0][1].startswith("There is no number `__import__`")
    found = lesson(FRONT + "# <i>One</i>\n" + text.replace("{__import__} ", ""))
    assert found.steps[0].title == r"\<i>One\</i>"
    assert found.steps[0].text == r"\<script>alert(1)\</script> \<img src=x> and $a<b$ `<b>` 1 < 2"


def test_braces_in_formulas_and_code_are_not_read_as_numbers() -> None:
    assert queries(r"$\rho_{t}$ $$\frac{1}{2}$$ `{a}` \{b} {c d}") == [(38, "c d")]
    assert (
        resolved("$x_{1}$ is {action linear}", lambda query: f"<{query.text}>")
        == "$x_{1}$ is <action linear>"
    )


def test_code_blocks_keep_lines_that_look_like_directives() -> None:
    found = lesson(FRONT + STEP + "```\nview: nothing\n# no step\n? sing: la\n```\n")
    assert "view: nothing" in found.steps[0].text
    assert len(found.steps) == 1


def test_numbers_come_from_the_exact_curve() -> None:
    def value(text: str) -> float:
        return parse_query(text).value(PAIR, computed)

    # Expected values come from docs/method.md. The energy that the gradient flow spends equals the change of KL(ρ_t‖latent).
    assert value("kinetic_energy linear t=1") == pytest.approx(396.1356, rel=1e-6)
    assert value("kinetic_energy linear t=1 mode_separation=8 / kinetic_energy linear t=1") == pytest.approx(
        1400324, rel=1e-3
    )
    assert value("mode_mass linear mode=2 t=1") == pytest.approx(0.5, abs=1e-6)
    assert value("mass_right linear t=1 x=2") == pytest.approx(0.5, abs=1e-4)
    spent, gained = (
        value("kl_spent gradient_flow"),
        value("kl gradient_flow t=1") - value("kl gradient_flow t=0"),
    )
    assert spent == pytest.approx(gained, rel=1e-3)
    half = value("arrival linear mode=2")
    assert parse_query(f"mode_mass linear mode=2 t={half}").value(PAIR, computed) == pytest.approx(
        0.25, abs=1e-3
    )


def test_flow_through_a_point_is_the_change_of_the_mass_beyond_it() -> None:
    """The continuity equation on the line, by a difference over time."""

    def value(text: str) -> float:
        return parse_query(text).value(PAIR, computed)

    change = (value("mass_right linear t=0.901 x=2") - value("mass_right linear t=0.899 x=2")) / 0.002
    assert value("flow linear t=0.9 x=2") == pytest.approx(change, rel=1e-4)


def test_numbers_are_written_with_few_digits() -> None:
    assert parse_query("action").write(43.5829) == "43.6"
    assert parse_query("action digits=2").write(43.5829) == "44"
    assert parse_query("saved_ess %").write(0.33831) == "34\u00a0%"
    assert parse_query("action").write(float("nan")) == "unknown"


def test_unknown_numbers_fulfil_no_comparison() -> None:
    for sign in (">", "<", ">=", "<="):
        assert not parse_comparison(f"action linear {sign} 1").holds(PAIR, lambda *_: float("nan"))


def test_conditions_follow_the_viewers_settings() -> None:
    now = parse_view("interpolation=linear&mode_separation=8&sigma=2")

    def holds(text: str, t: float = 0.5, is_trained: bool = False) -> bool:
        condition = parse_condition(text)
        assert isinstance(condition, Reached)
        return condition.holds(now, t, is_trained)

    assert holds("mode_separation >= 8")
    assert not holds("sigma > 2")
    assert holds("t <= 0.5")
    assert holds("interpolation = linear")
    assert not holds("trained")
    assert holds("trained", is_trained=True)
    assert parse_condition("mode_separation >= 8").words == "mode separation ≥ 8"


def test_command_reports_file_and_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good, bad = tmp_path / "good.md", tmp_path / "bad.md"
    good.write_text(FRONT + STEP, encoding="utf-8")
    bad.write_text(FRONT + STEP + "check: 1 > 2\n{saved_ess mode_separation=7}\n", encoding="utf-8")
    assert main(["lessons", "check", str(good)]) == 0
    assert "1 lesson checked, no errors." in capsys.readouterr().out
    assert main(["lessons", "check", str(good), str(bad), str(tmp_path / "none.md")]) == 1
    first, second, third = capsys.readouterr().err.splitlines()
    assert first == f"{bad}:10: `1 > 2` is false: its sides are 1 and 2."
    assert second == f"{bad}:11: There is no saved run of the linear curve for this view."
    assert third.startswith(f"{tmp_path / 'none.md'}:1: The file cannot be read")


def test_own_folder_adds_lessons_and_reports_its_errors(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine.md").write_text(FRONT + STEP, encoding="utf-8")
    (tmp_path / "bad.md").write_text("no lesson", encoding="utf-8")
    (tmp_path / "notes.txt").write_text("no lesson", encoding="utf-8")
    monkeypatch.setenv(library.VARIABLE, str(tmp_path))
    found = library.library()
    assert found.lessons["mine"].title == "Two modes"
    (fault,) = found.faults
    assert fault.startswith("bad.md, line 1: A lesson begins with")
    monkeypatch.setenv(library.VARIABLE, str(tmp_path / "missing"))
    (fault,) = library.library().faults
    assert "cannot be read" in fault


def test_files_that_are_not_text_are_reported(tmp_path: Path) -> None:
    file = tmp_path / "bytes.md"
    file.write_bytes(b"\xff\xfe\x00")
    assert errors_of(file) == [f"{file}:1: The file is not UTF-8 text."]


TEACHING = (Path(__file__).resolve().parents[2] / "docs" / "teaching.md").read_text(encoding="utf-8")


def test_the_documented_lesson_is_right(tmp_path: Path) -> None:
    block = TEACHING[TEACHING.index("    ---\n    title:") : TEACHING.index("| line | meaning |")]
    file = tmp_path / "two-modes.md"
    file.write_text(textwrap.dedent(block), encoding="utf-8")
    assert errors_of(file) == []


def test_every_quantity_has_a_meaning_and_is_documented() -> None:
    assert [name for name in QUANTITIES if f"`{name}" not in TEACHING] == []
