"""Import rules: which modules may import which, read from the import statements."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FILES = sorted(p for part in ("core", "dashboard") for p in (ROOT / part).rglob("*.py"))

# A part of the engine may import from its own layer and from lower (earlier) ones.
LAYERS = (
    {"checks", "files", "machine", "types", "budget", "results.report", "pictures.frames", "background"},
    {"targets", "networks", "fields", "problem"},
    {"interpolations", "sampling"},
    {"reference", "training", "estimates", "limits"},
    {"results"},
    {"pictures", "teleportation", "facts"},
    {"presets"},
    {"jobs", "cli", "__main__", "__init__"},
)
LAYER_OF = {name: level for level, names in enumerate(LAYERS) for name in names}


def imports(path: Path, *, at_top: bool = False) -> list[str]:
    """Modules that a file imports, anywhere or only at the top level."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes = tree.body if at_top else list(ast.walk(tree))
    found: list[str] = []
    for node in nodes:
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            found += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return found


def layer(module: str) -> int:
    """Layer of a module below core, such as `core.targets.base`."""
    _, *names = module.split(".")
    return LAYER_OF[".".join(names[:2])] if ".".join(names[:2]) in LAYER_OF else LAYER_OF[names[0]]


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


def ids(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", FILES, ids=ids)
def test_files_import_only_allowed_packages(path: Path) -> None:
    roots = {name.split(".")[0] for name in imports(path)}
    if path.is_relative_to(ROOT / "core"):
        assert not roots & {"streamlit", "plotly", "altair", "dashboard"}
    if path.is_relative_to(ROOT / "dashboard" / "figures"):
        assert not roots & {"streamlit", "torch"}
    if path.is_relative_to(ROOT / "dashboard"):
        assert "torch" not in roots


@pytest.mark.parametrize("path", [p for p in FILES if p.is_relative_to(ROOT / "core")], ids=ids)
def test_engine_imports_point_to_lower_layers(path: Path) -> None:
    if path == ROOT / "core" / "__init__.py":  # re-exports all of it
        return
    own = layer(module_of(path))
    others = {name for name in imports(path) if name.startswith("core.")}
    assert {other for other in others if layer(other) > own} == set()


@pytest.mark.parametrize(
    "module", ["core", "core.problem", "core.pictures.frames", "core.jobs.service", "dashboard.cache"]
)
def test_imports_for_the_first_picture_do_not_load_torch(module: str) -> None:
    code = f"import {module}, sys; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_engine_is_not_loaded_before_the_first_picture() -> None:
    """The page is run up to the player."""
    code = """
import os, sys
from streamlit.testing.v1 import AppTest
import dashboard.player.component as player
player.player = lambda *panels, **options: os._exit(int("torch" in sys.modules))
AppTest.from_file("dashboard/app_pages/explore.py", default_timeout=60).run()
os._exit(2)
"""
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
