"""Import of an archive of runs. Everything in it is checked before the store changes."""

from __future__ import annotations

import hashlib
import json
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from core import checks
from core.store.archive import FORMAT, MANIFEST, VERSION, member
from core.store.content_checks import check_content
from core.store.errors import StoreError
from core.store.record_checks import file_of, stored_run_of
from core.store.recording import Recording
from core.store.records import RunFile, StoredRun
from core.store.store import Store

MOST_RUNS = 10_000
# Largest sizes in bytes after decompression: of the manifest, of one file, and of all files together.
MOST_MANIFEST, MOST_FILE, MOST_TOTAL = 64 * 2**20, 512 * 2**20, 16 * 2**30
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


@dataclass(frozen=True)
class Imported:
    """The outcome of an import.

    Attributes:
        added: ids of the runs that are new in the store.
        existing: ids of runs that the store already had; they are unchanged.
    """

    added: tuple[str, ...]
    existing: tuple[str, ...]


def import_archive(store: Store, path: Path) -> Imported:
    """Add the runs of an archive to the store. Runs with an id that the store already has are left as they are.

    Raises:
        StoreError: a part of the archive is invalid, and nothing is imported; or the store cannot be written.
        OSError: the archive cannot be read.
    """
    with path.open("rb") as stream, _opened(stream, path) as archive:
        runs = _checked(archive, path)
        existing = tuple(run.id for run, _ in runs if store.has(run.id))
        added = [(run, files) for run, files in runs if run.id not in existing]
        for run, files in added:
            _add(store, archive, run, files)
    return Imported(tuple(run.id for run, _ in added), existing)


def _opened(stream: IO[bytes], path: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(stream)
    except Exception as error:  # a damaged archive can raise almost anything
        raise StoreError(f"`{path}` is not a zip archive: {error}.") from error


def _checked(archive: zipfile.ZipFile, path: Path) -> list[tuple[StoredRun, list[RunFile]]]:
    """Check all runs of an archive; returns them with their files.

    Raises:
        StoreError: a part is invalid; the message names it.
    """
    try:
        runs = _manifest(archive)
        _check_members(archive, runs)
        for run, files in runs:
            for file in files:
                check_content(file, _content(archive, run, file), run.result.problem)
    except Exception as error:  # a damaged archive can raise almost anything
        text = str(error).replace("\n", " ") or type(error).__name__
        raise StoreError(f"Nothing is imported, because `{path}` is invalid: {text.rstrip('.')}.") from error
    return runs


def _manifest(archive: zipfile.ZipFile) -> list[tuple[StoredRun, list[RunFile]]]:
    data = json.loads(_read(archive, MANIFEST, MOST_MANIFEST))
    data = checks.known_keys("The manifest", data, ("format", "version", "runs"))
    if data.get("format") != FORMAT:
        raise ValueError("it is not an archive of runs")
    checks.integer("version", data.get("version"), 1, VERSION)
    entries = data.get("runs")
    if not isinstance(entries, list) or len(entries) > MOST_RUNS:
        raise ValueError(f"`runs` must be a list of at most {MOST_RUNS} runs")
    runs = [(stored_run_of(entry), _files(entry)) for entry in entries]
    if len({run.id for run, _ in runs}) < len(runs):
        raise ValueError("two runs have the same id")
    if sum(file.size for _, files in runs for file in files) > MOST_TOTAL:
        raise ValueError(f"its files have more than {MOST_TOTAL // 2**30} GiB in total")
    return runs


def _files(entry: dict[str, Any]) -> list[RunFile]:
    entries = entry.get("files")
    if not isinstance(entries, list):
        raise ValueError("`files` must be a list")
    files = [file_of(item, MOST_FILE) for item in entries]
    if len({file.name for file in files}) < len(files):
        raise ValueError("two files of a run have the same name")
    return files


def _check_members(archive: zipfile.ZipFile, runs: list[tuple[StoredRun, list[RunFile]]]) -> None:
    """Check that the archive contains exactly the files that its manifest lists."""
    listed = [MANIFEST, *(member(run.id, file.name) for run, files in runs for file in files)]
    if sorted(archive.namelist()) != sorted(listed):
        raise ValueError("its files are not those in its manifest")


def _content(archive: zipfile.ZipFile, run: StoredRun, file: RunFile) -> bytes:
    """Read a file, and check its size and its checksum against the manifest."""
    content = _read(archive, member(run.id, file.name), file.size)
    if len(content) != file.size or hashlib.sha256(content).hexdigest() != file.sha256:
        raise ValueError(f"the file {file.name} of run {run.id} does not match its checksum")
    return content


def _read(archive: zipfile.ZipFile, name: str, most: int) -> bytes:
    """Decompress a file of the archive, up to `most` bytes."""
    info = archive.getinfo(name)
    if info.compress_type not in _METHODS or info.flag_bits & 1:
        raise ValueError(f"{name} is encrypted or compressed by an unknown method")
    with archive.open(info) as stream:
        content = stream.read(most + 1)
    if len(content) > most:
        raise ValueError(f"{name} is larger than {most} bytes")
    return content


def _add(store: Store, archive: zipfile.ZipFile, run: StoredRun, files: list[RunFile]) -> None:
    with Recording(store, run.id):
        try:
            for file in files:
                store.folder.write(run.id, file.name, _content(archive, run, file), file.steps)
            store.insert(run, files)
        except BaseException:
            store.folder.remove(run.id)
            raise
