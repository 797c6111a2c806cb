"""Read a lesson from its Markdown file. `docs/teaching.md` describes the notation.

Nothing in a lesson is executed, and HTML is shown as text.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from core import checks
from dashboard.lessons.draft import Draft, read_part
from dashboard.lessons.faults import Faults, LessonError
from dashboard.lessons.records import NAME, Lesson

FRONT = ("title", "minutes", "level", "summary")
# Limits that keep a page readable and parsing fast.
MOST_STEPS, MOST_CHARACTERS, MOST_MINUTES = 40, 200_000, 240


def read(path: Path) -> Lesson:
    """Read a lesson file.

    Raises:
        LessonError: the file has errors, is not text, or is too long.
        OSError: the file cannot be read.
    """
    try:
        text = path.read_bytes().decode("utf-8")
    except UnicodeDecodeError:
        raise LessonError.of(path, 1, "The file is not UTF-8 text.") from None
    return parse(text, path)


def parse(text: str, path: Path) -> Lesson:
    """Read a lesson from text.

    Args:
        text: the content of the file.
        path: the file, for its name and for errors.

    Raises:
        LessonError: with all errors of the text.
    """
    if len(text) > MOST_CHARACTERS:
        sentence = f"A lesson has at most {MOST_CHARACTERS} characters; this file has {len(text)}."
        raise LessonError.of(path, 1, sentence)
    faults = Faults()
    if not NAME.fullmatch(path.stem):
        faults.add(1, f"The file's name must consist of a–z, 0–9 and hyphens; got `{path.stem[:60]}`.")
    lines = text.splitlines()
    front, start = _front(lines, faults)
    with faults.at(1):
        minutes = checks.integer("minutes", _whole(front.get("minutes", "")), 1, MOST_MINUTES)
    steps = [draft.finished(faults) for draft in _drafts(lines, start, faults)]
    if not 1 <= len(steps) <= MOST_STEPS:
        sentence = (
            f"A lesson has 1 to {MOST_STEPS} steps, each below a line `# Title`; this one has {len(steps)}."
        )
        faults.add(1, sentence)
    if faults.found:
        raise LessonError(path, faults.found)
    about = front.get("level", ""), front.get("summary", "")
    return Lesson(path.stem, front["title"], minutes, *about, tuple(steps))


def _whole(text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise ValueError(f"`minutes` must be a whole number; got {checks.brief(text)}.")
    return int(text[:9])


def _front(lines: list[str], faults: Faults) -> tuple[dict[str, str], int]:
    """The front matter, and the index of the first line after it."""
    if not lines or lines[0].strip() != "---":
        faults.add(1, "A lesson begins with a line `---` and its title.")
        return {"title": ""}, 0
    found = dict[str, str]()
    for index, line in enumerate(lines[1:], 1):
        if line.strip() == "---":
            if not found.get("title"):
                faults.add(1, "The lesson has no `title:`.")
            return found, index + 1
        key, colon, value = (part.strip() for part in line.partition(":"))
        if not colon or key not in FRONT:
            allowed = ", ".join(f"`{name}:`" for name in FRONT)
            faults.add(index + 1, f"Only {allowed} stand between the lines `---`.")
        else:
            found[key] = value
    faults.add(1, "The front matter has no second line `---`.")
    return found, len(lines)


def _drafts(lines: list[str], start: int, faults: Faults) -> Iterator[Draft]:
    """The steps of a lesson. A step without a view keeps the view of the step before."""
    draft: Draft | None = None
    index = start
    while index < len(lines):
        line = lines[index]
        if line.startswith("# "):
            if draft is not None:
                yield draft
            draft = Draft(line[2:].strip(), index + 1, draft.view if draft else None)
        elif draft is not None:
            index = read_part(lines, index, draft, faults)
            continue
        elif line.strip():
            faults.add(index + 1, "This line stands before the first step, which begins with `# Title`.")
        index += 1
    if draft is not None:
        yield draft
