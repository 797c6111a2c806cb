"""Import rules: which modules may import which, read from the import statements and from module names in strings."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FILES = sorted(p for part in ("core", "dashboard") for p in (ROOT / part).rglob("*.py"))

# The rooms (direct submodules and subpackages) of both packages, from the bottom up. A room may import only from lower layers, which are
# listed earlier, so that data flows one way.
LAYERS = {
    "core": (
        {"arrays", "checks", "cluster", "files", "machine", "status", "types"},
        {"budget", "networks", "slices", "targets"},
        {"fields", "problem"},
        {"as_mixture", "sampling"},
        {"interpolations"},
        {"reference"},
        {"estimates", "facts"},
        {"limits"},
        {"pictures", "training"},
        {"results", "teleportation"},
        {"classics", "mode_weights", "store"},
        {"jobs", "presets"},
        {"sweep"},
        {"cli", "energies", "quantities"},
        {"paper"},
        {"__main__"},
    ),
    "dashboard": (
        {
            "admin",
            "background",
            "engine",
            "figures",
            "log",
            "publishing",
            "routes",
            "prompt_sending",
            "same_origin",
            "state",
            "texts",
        },
        {"cache", "url", "visitor"},
        {"health", "look", "player", "runs"},
        {"sketch"},
        {"controls"},
        {"results"},
        {"lessons", "pins", "previews"},
        {"handouts", "page_memory", "run_list"},
        {"paper"},
        {"studies"},
        {"app_pages", "pages"},
        {"app", "__main__"},
    ),
}
LAYER_OF = {
    (package, room): level
    for package, layers in LAYERS.items()
    for level, rooms in enumerate(layers)
    for room in rooms
}
# Names of modules in strings, as in `importlib.import_module("core.problem")` or `"core.targets.mixture:ring"`.
IN_STRING = re.compile(r"\b(?:core|dashboard)(?:\.[a-z_]\w*)+|^torch$")


@cache
def imports(path: Path) -> set[str]:
    """Modules and names that a file imports anywhere, by statement or by a string that is not a docstring."""
    found: set[str] = set()
    tree = ast.parse(path.read_text(encoding="utf-8"))
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            found |= set(IN_STRING.findall(node.value))
    return found


def room_of(module: str) -> tuple[str, str]:
    """Package and room of a module such as `core.targets.base`."""
    package, room, *_ = module.split(".")
    return package, room


def rooms(path: Path) -> set[tuple[str, str]]:
    """The rooms of the same package that a file imports from, except its own room."""
    package, *_ = own = path.relative_to(ROOT).with_suffix("").parts
    names = {name for name in imports(path) if name.startswith(f"{package}.")}
    return {room_of(name) for name in names} - {own[:2]}


def forbidden_packages(path: Path) -> set[str]:
    """The packages that a file's folder may not import."""
    if path.is_relative_to(ROOT / "core"):
        return {"streamlit", "plotly", "altair", "dashboard"}
    if path.is_relative_to(ROOT / "dashboard" / "figures"):
        return {"streamlit", "torch"}
    return set() if path == ROOT / "dashboard" / "engine.py" else {"torch"}


def test_files_import_only_allowed_packages() -> None:
    roots = {path: {name.split(".")[0] for name in imports(path)} for path in FILES}
    found = {str(path): names & forbidden_packages(path) for path, names in roots.items()}
    assert {path: names for path, names in found.items() if names} == {}


def test_imports_point_to_lower_layers() -> None:
    found = {str(path): rooms_not_below(path) for path in FILES if path.stem != "__init__"}
    assert {path: names for path, names in found.items() if names} == {}


def rooms_not_below(path: Path) -> set[tuple[str, str]]:
    """The rooms that a file imports from although they are not below its own."""
    own = LAYER_OF[path.relative_to(ROOT).with_suffix("").parts[:2]]
    return {room for room in rooms(path) if LAYER_OF[room] >= own}


def test_rooms_of_packages_are_all_listed() -> None:
    files = {path.relative_to(ROOT).with_suffix("").parts[:2] for path in FILES}
    assert {own for own in files if own[1] != "__init__"} == set(LAYER_OF)


def test_documentation_draws_the_layers() -> None:
    """In `docs/architecture.md` each line lists the rooms of one layer."""
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    drawing = text.split("rooms on one line do not import each other:")[1].split("`core` imports")[0]
    rows = [set(re.findall(r"\w+", line)) - set(LAYERS) for line in drawing.splitlines() if line.strip()]
    # `__main__` is the top layer: `python -m` runs it, and nothing imports it.
    drawn = [rooms - {"__main__"} for layers in LAYERS.values() for rooms in layers if rooms != {"__main__"}]
    assert rows == drawn


def test_module_names_in_strings_count_as_imports(tmp_path: Path) -> None:
    file = tmp_path / "file.py"
    file.write_text('''"""Not this: core.jobs."""
import_module("core.problem"), [python, "-m", "core.jobs.worker"], "core.targets.ring:Ring", "a core. Word"''')
    assert imports(file) == {"core.problem", "core.jobs.worker", "core.targets.ring"}


def test_imports_for_the_first_picture_do_not_load_torch() -> None:
    modules = "core, core.problem, core.pictures.frames, core.jobs.service, dashboard.cache"
    code = f"import {modules}, sys; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_engine_is_not_loaded_before_the_first_picture() -> None:
    """The test runs the page up to the player."""
    code = """
import os, sys
from streamlit.testing.v1 import AppTest
import dashboard.player.component as player
player.player = lambda *panels, **options: os._exit(int("torch" in sys.modules))
AppTest.from_file(os.path.abspath("dashboard/pages.py"), default_timeout=60).run()
os._exit(2)
"""
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
