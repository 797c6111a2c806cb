"""Targets that a viewer has typed, drawn or imported, and saved under a name. Each is a small JSON file with a picture beside it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from core import checks
from core.files import replace_file
from core.problem import Problem
from core.store.errors import StoreError, in_sentences
from core.store.origin import new_id
from core.store.records import owner_digest

FOLDER = "targets"
LONGEST_NAME, MOST_KEPT = 60, 50
_ID = re.compile(r"[0-9a-z]{4,64}")


@dataclass(frozen=True)
class KeptTarget:
    """A target that is saved under a name.

    Attributes:
        id: identifies it among the targets of its owner.
        name: the name that its owner gave it.
        problem: the target, with σ and centre of the latent; all other settings are the defaults.
        picture: the density as a PNG file; empty without one.
    """

    id: str
    name: str
    problem: Problem
    picture: bytes = b""


def keep(store: Path, owner: str, name: str, problem: Problem, picture: bytes = b"") -> KeptTarget:
    """Save a target under a name. It replaces a target of this owner with the same name.

    Args:
        store: the folder of the store.
        owner: the key of its owner; only a digest is stored.
        name: its name, 1 to LONGEST_NAME characters.
        problem: the target with its latent; its other settings are not saved.
        picture: its density as a PNG file.

    Raises:
        StoreError: the target cannot be saved, or the owner has too many.
        ValueError: the name is empty or too long, or the target is a function of this process.
    """
    title = " ".join(name.split())
    if not 1 <= len(title) <= LONGEST_NAME or not title.isprintable():
        raise ValueError(f"A name needs 1 to {LONGEST_NAME} printable characters; got {checks.brief(name)}.")
    if problem.is_local:
        raise ValueError(
            "This target is a Python function, which exists in its process only, so it cannot be kept."
        )
    others = kept(store, owner)
    same = next((other for other in others if other.name == title), None)
    if same is None and len(others) >= MOST_KEPT:
        raise StoreError(f"You already keep {MOST_KEPT} targets; remove one first.")
    plain = Problem(problem.target, sigma=problem.sigma, center=problem.center)
    found = KeptTarget(new_id() if same is None else same.id, title, plain, picture)
    content = json.dumps({"name": title, "problem": plain.to_dict()}).encode()
    with in_sentences(store):
        folder = _folder(store, owner)
        folder.mkdir(parents=True, exist_ok=True)
        replace_file(folder / f"{found.id}.png", lambda file: file.write(picture))
        replace_file(folder / f"{found.id}.json", lambda file: file.write(content))
    return found


def kept(store: Path, owner: str) -> list[KeptTarget]:
    """The targets of an owner in the order of their names, without those that cannot be read.

    Raises:
        StoreError: the store cannot be read.
    """
    with in_sentences(store):
        return sorted(_read(_folder(store, owner)), key=lambda found: found.name.casefold())


def forget(store: Path, owner: str, target_id: str) -> None:
    """Remove a target.

    Raises:
        StoreError: it cannot be removed.
    """
    if not _ID.fullmatch(target_id):
        return
    with in_sentences(store):
        for ending in ("json", "png"):
            (_folder(store, owner) / f"{target_id}.{ending}").unlink(missing_ok=True)


def _folder(store: Path, owner: str) -> Path:
    return store / FOLDER / owner_digest(owner)


def _read(folder: Path) -> Iterator[KeptTarget]:
    for path in folder.glob("*.json"):
        picture = path.with_suffix(".png")
        try:
            data = json.loads(path.read_bytes())
            name, problem = str(data["name"]), Problem.from_dict(data["problem"])
        except (ValueError, KeyError, TypeError, RecursionError):  # damaged, or of a later version
            continue
        yield KeptTarget(path.stem, name, problem, picture.read_bytes() if picture.exists() else b"")
