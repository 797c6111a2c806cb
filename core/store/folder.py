"""The files of the store: one folder per run, each file complete and with its checksum."""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from core.files import replace_file
from core.store.errors import DamagedError, in_sentences
from core.store.lock import WriterLock, is_held
from core.store.records import RunFile

# Files with the pictures at the end of a run: with the learned velocity, and with the exact velocity of the learned densities.
FRAMES, EXACT = "frames.npz", "exact.npz"
# Files that are saved during a run, each with a number: checkpoints, pictures of the same moments, and the course of the run so far.
CHECKPOINT = "checkpoint-{:06d}.safetensors"
PICTURE = "picture-{:06d}.npz"
COURSE = "course-{:06d}.json"
_NUMBERED = re.compile(r"(checkpoint|picture|course)-(\d{6})\.")


def number_of(name: str) -> tuple[str, int]:
    """Return kind and number of a file that was saved during a run; for other files, the file's name and -1."""
    found = _NUMBERED.match(name)
    return (found[1], int(found[2])) if found else (name, -1)


class Folder:
    """The folder of a store.

    Attributes:
        path: the folder. `runs/ID` in it contains the files of a run, `locks` the locks of writers, and `damaged` the damaged files.
        read_only: whether damaged files stay where they are.
    """

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        self.path, self.read_only = path, read_only

    def of(self, run_id: str) -> Path:
        """The folder of a run."""
        return self.path / "runs" / run_id

    def lock(self, run_id: str) -> WriterLock:
        """The lock of a run's writer, not yet acquired."""
        return WriterLock(self._lock_file(run_id))

    def is_written(self, run_id: str) -> bool:
        """Whether a process is working on a run."""
        return is_held(self._lock_file(run_id))

    def _lock_file(self, run_id: str) -> Path:
        return self.path / "locks" / f"{run_id}.lock"

    def write(self, run_id: str, name: str, content: bytes, steps: int | None = None) -> RunFile:
        """Write a file of a run completely or not at all.

        Raises:
            StoreError: it cannot be written, for example on a full disk.
        """
        with in_sentences(self.path):
            self.of(run_id).mkdir(parents=True, exist_ok=True)
            replace_file(self.of(run_id) / name, lambda file: file.write(content))
        return RunFile(name, len(content), hashlib.sha256(content).hexdigest(), steps)

    def read(self, run_id: str, file: RunFile) -> bytes:
        """Read a file of a run and check it. A damaged file is moved to `damaged`.

        Raises:
            DamagedError: the file is missing or has changed.
            StoreError: it cannot be read.
        """
        place = self.of(run_id) / file.name
        if not place.is_file():
            raise DamagedError(f"The file {file.name} of run {run_id} is missing.")
        with in_sentences(self.path):
            content = place.read_bytes()
        if hashlib.sha256(content).hexdigest() != file.sha256:
            if self.read_only:
                raise DamagedError(f"The file {file.name} of run {run_id} is damaged.")
            self._set_aside(run_id, place)
            raise DamagedError(f"The file {file.name} of run {run_id} is damaged; it is set aside.")
        return content

    def _set_aside(self, run_id: str, place: Path) -> None:
        with in_sentences(self.path):
            aside = self.path / "damaged"
            aside.mkdir(exist_ok=True)
            place.replace(aside / f"{run_id}-{place.name}")

    def remove(self, run_id: str, names: list[str] | None = None) -> None:
        """Remove the named files of a run; without names, its whole folder and its lock."""
        with in_sentences(self.path):
            for name in names or ():
                (self.of(run_id) / name).unlink(missing_ok=True)
            if names is None:
                shutil.rmtree(self.of(run_id), ignore_errors=True)
                self._lock_file(run_id).unlink(missing_ok=True)

    def remove_locks(self) -> None:
        """Remove the locks of all writers. Call this only after all writers have ended."""
        shutil.rmtree(self.path / "locks", ignore_errors=True)

    def run_ids(self) -> Iterator[str]:
        """The runs that have a folder."""
        if (self.path / "runs").is_dir():
            yield from sorted(place.name for place in (self.path / "runs").iterdir() if place.is_dir())

    def names(self, run_id: str) -> list[str]:
        """Names of all files in the folder of a run, incomplete ones included."""
        return sorted(place.name for place in self.of(run_id).iterdir())
