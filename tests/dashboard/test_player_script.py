"""The player's JavaScript and styles: types, line length, texts in one place, and an order in which names precede their use."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from dashboard.player import component as player
from dashboard.player.source import SCRIPT_NAMES

FOLDER = Path(player.__file__).parent
FILES = sorted(path for ending in ("js", "css", "html", "ts") for path in FOLDER.parent.rglob(f"*.{ending}"))
MOST_COLUMNS = 120
# Upper limit for the number of names that one script defines and another uses.
MOST_SHARED_NAMES = 105
FUNCTIONS = re.compile(r"^(?:export default )?(?:async )?(?:function|class) (\w+)", re.MULTILINE)
CONSTANTS = re.compile(r"^(?:const|let) (.*)$", re.MULTILINE)


# `.ci/run` fetches this version once; the test then needs no network.
TYPESCRIPT = "typescript@5.9.3"


def type_errors(folder: Path) -> str:
    """Type errors that TypeScript finds in a folder's scripts, from JSDoc annotations; without Node or TypeScript the test is skipped."""
    if (npx := shutil.which("npx")) is None:
        pytest.skip("Node is not installed")
    command = [npx, "--no", "--offline", f"--package={TYPESCRIPT}", "tsc", "-p", str(folder)]
    done = subprocess.run(command, text=True, capture_output=True, check=False)
    if "npx canceled due to missing packages" in done.stderr:
        pytest.skip(f"{TYPESCRIPT} is not there: npx --package={TYPESCRIPT} tsc --version")
    return done.stdout + done.stderr


@pytest.mark.thorough
@pytest.mark.parametrize(
    "folder", [FOLDER, FOLDER.parent / "handouts", FOLDER.parent / "sketch"], ids=lambda folder: folder.name
)
def test_scripts_are_correctly_typed(folder: Path) -> None:
    assert [
        path.name for path in folder.glob("*.js") if not path.read_text().startswith("// @ts-check\n")
    ] == []
    assert type_errors(folder) == ""


def uncommented(name: str) -> str:
    text = re.sub(r"/\*.*?\*/", "", (FOLDER / f"{name}.js").read_text(encoding="utf-8"), flags=re.DOTALL)
    return re.sub(r"(^|\s)//.*$", "", text, flags=re.MULTILINE)


def code(name: str) -> str:
    """A script without comments and string literals; template literals stay, since they hold expressions."""
    return re.sub(r'"(?:[^"\\\n]|\\.)*"', '""', uncommented(name))


def declared(name: str) -> set[str]:
    """The names that a script defines at its top level."""
    constants = [re.findall(r"(?:^|, )(\w+)(?= =)", line) for line in CONSTANTS.findall(code(name))]
    return {*FUNCTIONS.findall(code(name)), *(each for line in constants for each in line)}


def uses(name: str, other: str) -> bool:
    """Whether a script uses a name, not counting properties and keys of that name."""
    return re.search(rf"(?<![.\w]){other}\b(?!:)", code(name)) is not None


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_lines_have_at_most_120_columns(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if len(line) > MOST_COLUMNS] == []


def test_every_script_is_part_of_the_player() -> None:
    assert sorted(SCRIPT_NAMES) == sorted(path.stem for path in FOLDER.glob("*.js"))


def test_names_are_unique_and_defined_before_their_use() -> None:
    scripts = {name: declared(name) for name in SCRIPT_NAMES}
    everything = [each for names in scripts.values() for each in names]
    assert len(everything) == len(set(everything))
    seen: set[str] = set()
    for name, names in scripts.items():
        seen |= names
        assert {each for each in set(everything) - seen if uses(name, each)} == set(), name


def test_scripts_share_few_names() -> None:
    shared = {
        each
        for owner in SCRIPT_NAMES
        for each in declared(owner)
        if any(uses(name, each) for name in SCRIPT_NAMES if name != owner)
    }
    assert len(shared) <= MOST_SHARED_NAMES


def test_every_sentence_of_the_player_is_used() -> None:
    texts = set(re.findall(r"^  (\w+):", (FOLDER / "texts.js").read_text(encoding="utf-8"), re.MULTILINE))
    used = {each for name in SCRIPT_NAMES for each in re.findall(r"\bTEXTS\.(\w+)", uncommented(name))}
    assert texts == used
