"""Sweeps: many runs over a grid of problems, saved in the run store as a study.

from core import store, sweep

with store.open() as saved, sweep.InTurn() as engine:
    grid = sweep.parse({"base": {"target": {"name": "ring"}}, "grid": {"sigma": [1, 3]}, "budget": {"seconds": 5}})
    sweep.create(saved, "widths", grid)
    for event in sweep.run(saved, "widths", grid, engine):
        print(event.task.label, event.status)
    rows = sweep.table(saved, "widths")
"""

from core.store.store import Store
from core.store.studies import StoredStudy
from core.store.studies import create as _create
from core.store.studies import forget as forget
from core.store.studies import studies as studies
from core.sweep.engine import AbstractEngine as AbstractEngine
from core.sweep.engine import InTurn as InTurn
from core.sweep.execution import Event as Event
from core.sweep.execution import open_tasks as open_tasks
from core.sweep.execution import run as run
from core.sweep.grid import Grid as Grid
from core.sweep.grid import from_json as from_json
from core.sweep.grid import parse as parse
from core.sweep.processes import Processes as Processes
from core.sweep.rows import Row as Row
from core.sweep.rows import grid_of as grid_of
from core.sweep.rows import table as table
from core.sweep.task import Task as Task


def create(
    store: Store, name: str, grid: Grid, *, overwrite: bool = False, owner: str | None = None
) -> StoredStudy:
    """Add a study to the store, or return the stored one if it has the same grid.

    Args:
        store: the store.
        name: its name.
        grid: its grid.
        overwrite: whether to replace the grid of an existing study. Results of tasks in both grids are kept.
        owner: token of the browser that makes the study; None on the command line.

    Raises:
        StoreError: the name is invalid, or belongs to a study with another grid.
    """
    return _create(store, name, grid.to_json(), overwrite=overwrite, owner=owner)
