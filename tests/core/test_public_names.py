"""The names that the package `core` exports, and the modules that a page imports without torch."""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys
from pathlib import Path

import pytest

import core

ROOT = Path(__file__).resolve().parents[2]
# Modules that a page imports before its first picture; none may load torch.
LIGHT = [
    "core",
    "core.__main__",
    "core.budget",
    "core.checks",
    "core.pictures.frames",
    "core.jobs.request",
    "core.jobs.service",
    "core.presets",
    "core.problem",
    "core.reference.errors",
    "core.results.report",
    "core.store",
    "core.targets.registry",
]


@pytest.mark.parametrize("name", core.__all__)
def test_every_public_name_can_be_imported(name: str) -> None:
    """The second access comes after an import of the module that defines the name."""
    for _ in range(2):
        assert getattr(core, name).__name__ == name
        importlib.import_module(core._PUBLIC[name])


def test_type_checkers_see_the_public_names() -> None:
    tree = ast.parse((ROOT / "core" / "__init__.py").read_text(encoding="utf-8"))
    (block,) = (node for node in tree.body if isinstance(node, ast.If))
    seen = {
        alias.name: node.module
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert seen == core._PUBLIC


def test_unknown_names_are_attribute_errors() -> None:
    with pytest.raises(AttributeError, match="no attribute 'teleport'"):
        _ = core.teleport


def test_first_imports_of_a_page_do_not_load_torch() -> None:
    code = f"import sys, {', '.join(LIGHT)}; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
