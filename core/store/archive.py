"""Export of runs to an archive: a zip file with a manifest and the files of each run."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from core.files import replace_file
from core.store.records import RunFile, StoredRun
from core.store.store import Store

MANIFEST = "manifest.json"
FORMAT, VERSION = "boltzmann-curve-lab-runs", 1


def export(store: Store, runs: Iterable[StoredRun], path: Path) -> None:
    """Write runs with all their files into one zip file, without their owners.

    Raises:
        DamagedError: a file of a run is damaged; nothing is written.
        OSError: the file cannot be written.
    """
    listed = [(run, store.files(run.id)) for run in runs]
    manifest = {
        "format": FORMAT,
        "version": VERSION,
        "runs": [{**run.to_dict(), "files": [_entry(file) for file in files]} for run, files in listed],
    }

    def write(stream: Any) -> None:
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(MANIFEST, json.dumps(manifest, indent=1, allow_nan=False))
            for run, files in listed:
                for file in files:
                    archive.writestr(member(run.id, file.name), store.read(run.id, file))

    replace_file(path, write)


def member(run_id: str, name: str) -> str:
    """Name of a run's file in the archive."""
    return f"runs/{run_id}/{name}"


def _entry(file: RunFile) -> dict[str, Any]:
    return {"name": file.name, "size": file.size, "sha256": file.sha256, "steps": file.steps}
