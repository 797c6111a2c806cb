"""The run store: an SQLite database with a folder of files, in which runs outlive the process that trained them.

    from core import store

    with store.open() as saved:
        run = saved.save(store.Result(problem, "finished", seconds, steps, report=report), frames=frames)

The store is a folder on a local disk. SQLite's locks do not work on network file systems.
"""

from core.store.errors import DamagedError as DamagedError
from core.store.errors import NewerStoreError as NewerStoreError
from core.store.errors import StoreError as StoreError
from core.store.place import open_store as open
from core.store.query import Query as Query
from core.store.records import Result as Result
from core.store.records import StoredRun as StoredRun
from core.store.store import Store as Store

__all__ = ["DamagedError", "NewerStoreError", "Query", "Result", "Store", "StoreError", "StoredRun", "open"]
