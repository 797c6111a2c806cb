"""Numbers in texts equal those of the exact engine, and the texts above tables of measurements name the command, the date and the
machine."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from core import facts
from core.facts import FACTS, ROOT, STORE, fact, main, markdown_files, renewed, rounded, stored, wrong

DATE = re.compile(r"\b20\d\d-\d\d-\d\d\b|\b\d{1,2} [A-Z][a-z]+ 20\d\d\b")
NUMBER = re.compile(r"^[−+-]?\d[\d.,]*([·⁻⁰¹²³⁴-⁹\d/e+-]*)$")


@pytest.mark.parametrize("name", FACTS)
def test_stored_number_equals_the_engines(name: str) -> None:
    assert fact(name) == FACTS[name].text


def test_exactly_the_defined_facts_are_stored() -> None:
    assert stored().keys() == FACTS.keys()


@pytest.mark.parametrize("file", markdown_files(), ids=lambda file: file.name)
def test_markdown_has_the_stored_numbers(file: Path) -> None:
    assert wrong(file.read_text(encoding="utf-8"), stored()) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It is <!--fact:pair-4-end-->395<!--/fact-->.", "the text has 395"),
        ("It is <!--fact:nonsense-->395<!--/fact-->.", "`nonsense` is not a fact"),
        ("It is <!--fact:pair-4-end-->396.", "has no end"),
    ],
)
def test_wrong_number_is_reported(text: str, expected: str) -> None:
    (error,) = wrong(text, stored())
    assert expected in error


def test_renewed_text_is_correct_and_otherwise_unchanged() -> None:
    text = "Before <!--fact:pair-4-end-->395<!--/fact-->, `code`, after."
    fresh = renewed(text, stored())
    assert fresh == "Before <!--fact:pair-4-end-->396<!--/fact-->, `code`, after."
    assert wrong(fresh, stored()) == []


def test_command_checks_and_rewrites_a_markdown_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    store, page = tmp_path / "facts.json", tmp_path / "page.md"
    store.write_bytes(STORE.read_bytes())
    monkeypatch.setattr(facts, "STORE", store)
    monkeypatch.setattr(facts, "FACTS", {"pair-4-end": FACTS["pair-4-end"]})
    page.write_text("<!--fact:pair-4-end-->1<!--/fact-->", encoding="utf-8")
    assert main([str(page)]) == 1
    assert "page.md: `pair-4-end` is 396; the text has 1." in capsys.readouterr().err
    assert main(["--write", str(page)]) == 0
    assert main([str(page)]) == 0
    assert page.read_text(encoding="utf-8") == "<!--fact:pair-4-end-->396<!--/fact-->"


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (396.1, 3, "396"),
        (3308.2, 2, "3300"),
        (1.648, 2, "1.6"),
        (5.547e8, 3, "5.55·10⁸"),
        (2.5e-7, 2, "2.5·10⁻⁷"),
        (0.0, 3, "0.00"),
        (float("nan"), 3, "unknown"),
    ],
)
def test_numbers_are_formatted_for_texts(value: float, digits: int, text: str) -> None:
    assert rounded(value, digits) == text


def tables_of_measurements(text: str) -> list[tuple[str, str]]:
    """Tables with many numbers, each with the text above it in its section."""
    found, above, rows = [], list[str](), list[str]()
    for line in [*text.splitlines(), ""]:
        if line.startswith("|"):
            rows.append(line)
            continue
        if rows:
            cells = [cell.strip() for row in rows[2:] for cell in row.strip("|").split("|")]
            if sum(bool(NUMBER.match(cell)) for cell in cells) >= 0.4 * len(cells):
                found.append((rows[0], "\n".join(above)))
            rows = []
        above = [] if line.startswith("#") else [*above, line]
    return found


@pytest.mark.parametrize("name", ["README.md", "docs/benchmarks.md"])
def test_tables_of_measurements_name_command_date_and_machine(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    for head, above in tables_of_measurements(text):
        scripts = re.findall(r"\.venv/bin/python (tests/benchmarks/\w+\.py)", above)
        assert scripts or re.search(r"\.venv/bin/python -m (core|dashboard) \w", above), f"{head}: no command"
        assert all((ROOT / script).exists() for script in scripts)
        assert DATE.search(above), f"{head}: no date"
        assert re.search(r"\bcores?\b.*\bAMD\b|\bGPU\b", text[: text.index(head)]), f"{head}: no machine"


def test_tables_of_measurements_are_found() -> None:
    table = "By hand.\n\n| | ms |\n|---|---:|\n| a | 3.5 |\n| b | 1.2·10³ |\n"
    assert [above.strip() for _, above in tables_of_measurements(table)] == ["By hand."]
    assert tables_of_measurements("| a | b |\n|---|---|\n| linear | closed form |\n") == []
