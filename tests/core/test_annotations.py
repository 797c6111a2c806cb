"""Annotations of the engine can be evaluated, and its classes are abstract or final."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, get_type_hints

import core


def definitions(module: ModuleType) -> Iterator[Any]:
    """Functions, classes and methods that a module defines."""
    waiting: list[Any] = list(vars(module).values())
    while waiting:
        found = waiting.pop()
        found = found.fget if isinstance(found, property) else getattr(found, "__func__", found)
        if getattr(found, "__module__", None) != module.__name__:
            continue
        if inspect.isclass(found):
            waiting += vars(found).values()
        if inspect.isclass(found) or inspect.isfunction(found):
            yield found


@cache
def engine() -> list[Any]:
    """All functions, classes and methods of the engine."""
    names = [module.name for module in pkgutil.walk_packages(core.__path__, "core.")]
    modules = [importlib.import_module(name) for name in names if not name.endswith("__main__")]
    return [found for module in modules for found in definitions(module)]


def methods(owner: type) -> dict[str, Any]:
    """The methods and properties that a class defines itself, without special ones such as `__init__`."""
    kinds = (property, classmethod, staticmethod)
    return {
        name: value
        for name, value in vars(owner).items()
        if not name.startswith("__") and (inspect.isfunction(value) or isinstance(value, kinds))
    }


@cache
def typing_imports(module: ModuleType) -> dict[str, Any]:
    """The names that a module imports for its annotations only, under `TYPE_CHECKING`."""
    tree = ast.parse(inspect.getsource(module))
    blocks = [
        node for node in tree.body if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
    ]
    imports = [node for block in blocks for node in block.body if isinstance(node, ast.ImportFrom)]
    return {
        alias.name: getattr(importlib.import_module(node.module or ""), alias.name)
        for node in imports
        for alias in node.names
    }


def test_every_annotation_can_be_evaluated() -> None:
    for found in engine():
        module = importlib.import_module(found.__module__)
        get_type_hints(found, localns=typing_imports(module))


def test_no_method_overrides_an_implemented_one() -> None:
    """Each class of the engine is either abstract or final, so no class overrides a method that another implements."""
    overrides = [
        f"{owner.__module__}.{owner.__name__}.{name} overrides that of {base.__name__}"
        for owner in engine()
        if inspect.isclass(owner)
        for name in methods(owner)
        for base in owner.__mro__[1:]
        if name in vars(base) and base.__module__.startswith("core.")
        if not getattr(vars(base)[name], "__isabstractmethod__", False)
    ]
    assert overrides == []


def test_every_object_is_made_by_its_constructor() -> None:
    files = Path(core.__file__).parent.rglob("*.py")
    assert [file.name for file in files if "object.__new__" in file.read_text(encoding="utf-8")] == []


def test_typed_tests_exist() -> None:
    """`.ci/typed_tests` lists the tests during which continuous integration checks the types of arguments."""
    root = Path(core.__file__).parents[1]
    lines = (root / ".ci/typed_tests").read_text(encoding="utf-8").splitlines()
    files = {line.partition("::")[0] for line in lines if line.startswith("tests/")}
    assert {file for file in files if not (root / file).exists()} == set()
