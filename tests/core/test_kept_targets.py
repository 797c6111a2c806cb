"""Targets that an owner keeps under a name."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.problem import Problem, TargetSpec
from core.store.errors import StoreError
from core.store.kept_targets import FOLDER, MOST_KEPT, forget, keep, kept

BOWL = Problem(TargetSpec.of("expression", energy="x**2", dim=1), sigma=2.5, center="target", seed=7)


def test_kept_target_belongs_to_its_owner(tmp_path: Path) -> None:
    keep(tmp_path, "me", "  Bowl of\nmine ", BOWL, b"picture")
    (found,) = kept(tmp_path, "me")
    assert (found.name, found.picture) == ("Bowl of mine", b"picture")
    assert found.problem == Problem(BOWL.target, sigma=2.5, center="target")
    assert kept(tmp_path, "you") == []
    forget(tmp_path, "you", found.id)
    assert len(kept(tmp_path, "me")) == 1
    forget(tmp_path, "me", found.id)
    assert kept(tmp_path, "me") == []
    assert list((tmp_path / FOLDER).rglob("*.*")) == []


def test_same_name_replaces_the_target(tmp_path: Path) -> None:
    first = keep(tmp_path, "me", "bowl", BOWL)
    second = keep(tmp_path, "me", "bowl", Problem(TargetSpec.of("ring")))
    assert kept(tmp_path, "me") == [second]
    assert first.id == second.id


@pytest.mark.parametrize("name", ["", "  ", "x" * 61, "bell\x07", "\u202eevil"])
def test_unusable_name_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="A name needs 1 to 60"):
        keep(tmp_path, "me", name, BOWL)


def test_number_of_kept_targets_is_limited(tmp_path: Path) -> None:
    for k in range(MOST_KEPT):
        keep(tmp_path, "me", f"bowl {k}", BOWL)
    with pytest.raises(StoreError, match="remove one first"):
        keep(tmp_path, "me", "one more", BOWL)
    keep(tmp_path, "me", "bowl 3", BOWL)


def test_damaged_files_are_left_out_and_foreign_paths_are_ignored(tmp_path: Path) -> None:
    good = keep(tmp_path, "me", "bowl", BOWL)
    (folder,) = (tmp_path / FOLDER).iterdir()
    for name, text in (
        ("a.json", "{"),
        ("b.json", '{"name": "x", "problem": {"target": {"name": "no"}}}'),
        ("c.json", "[]"),
    ):
        (folder / name).write_text(text, encoding="utf-8")
    forget(tmp_path, "me", "../../secret")
    assert kept(tmp_path, "me") == [good]
