"""Tables of the store's database, and the migrations that bring an older database up to date."""

from __future__ import annotations

import sqlite3

# Scores. Each has two columns: the metric, and its best possible value. A new metric needs a migration that adds its columns.
METRICS = (
    "ess_fraction",
    "pareto_k",
    "log_z",
    "log_z_error",
    "energy_distance",
    "mode_tv",
    "modes_covered",
    "stray_fraction",
    "num_failed",
    "elbo",
    "eubo",
    "eubo_elbo_gap",
    "forward_ess_fraction",
    "log_z_forward",
    "weighted_mode_tv",
    "emc",
    "ejs",
    "sinkhorn",
    "mmd",
)
# Columns of `runs` in version 1, except the scores. Times are UTC in ISO format; unknown values are null.
_COLUMNS = """
    id TEXT PRIMARY KEY,
    problem TEXT NOT NULL,
    problem_key TEXT NOT NULL,
    target TEXT NOT NULL,
    interpolation TEXT NOT NULL,
    sigma REAL NOT NULL,
    mode_separation REAL,
    seed INTEGER NOT NULL,
    kind TEXT NOT NULL,
    status TEXT NOT NULL,
    created TEXT NOT NULL,
    ended TEXT,
    budget_seconds REAL,
    budget_steps INTEGER,
    num_samples INTEGER NOT NULL,
    seconds REAL NOT NULL,
    steps INTEGER NOT NULL,
    energy_calls INTEGER,
    gradient_calls INTEGER,
    report TEXT,
    version TEXT NOT NULL,
    machine TEXT NOT NULL,
    size INTEGER NOT NULL,
    pinned INTEGER NOT NULL,
    name TEXT NOT NULL,
    note TEXT NOT NULL,
    owner TEXT,
    digest TEXT NOT NULL"""
_SCORES = ", ".join(f"metric_{name} REAL, floor_{name} REAL" for name in METRICS)
# The saved results in `assets/presets` are a store too, which the app opens read-only. After adding a migration, open it once for writing.
MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        f"CREATE TABLE runs ({_COLUMNS}, {_SCORES})",
        """CREATE TABLE files (
            run TEXT NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
            name TEXT NOT NULL,
            size INTEGER NOT NULL,
            sha256 TEXT NOT NULL,
            steps INTEGER,
            PRIMARY KEY (run, name))""",
        "CREATE INDEX runs_of_problem ON runs (problem_key, kind)",
        "CREATE INDEX runs_by_time ON runs (created)",
    ),
    ("ALTER TABLE runs ADD COLUMN deleted TEXT", "CREATE INDEX runs_of_owner ON runs (owner)"),
    (
        "CREATE TABLE studies (name TEXT PRIMARY KEY, definition TEXT NOT NULL, created TEXT NOT NULL)",
        # Each task of a study has at most one run. A run can belong to several studies.
        """CREATE TABLE study_tasks (
            study TEXT NOT NULL REFERENCES studies(name) ON DELETE CASCADE,
            task TEXT NOT NULL,
            run TEXT REFERENCES runs(id) ON DELETE SET NULL,
            action REAL,
            attempts INTEGER NOT NULL,
            reason TEXT NOT NULL,
            PRIMARY KEY (study, task))""",
        "CREATE INDEX study_tasks_by_task ON study_tasks (task)",
        "CREATE INDEX study_tasks_of_run ON study_tasks (run)",
    ),
    ("ALTER TABLE studies ADD COLUMN owner TEXT",),
)


def version_of(connection: sqlite3.Connection) -> int:
    """Version of the database's tables; 0 for an empty database."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    return int(version)


def migrate(connection: sqlite3.Connection) -> None:
    """Bring an empty or older database up to date, in one transaction.

    Raises:
        sqlite3.Error: the database cannot be changed; it then keeps its version.
    """
    if version_of(connection) == len(MIGRATIONS):
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        # Another process may have migrated it in the meantime.
        for statements in MIGRATIONS[version_of(connection) :]:
            for statement in statements:
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
