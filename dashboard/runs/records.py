"""Records of the runs that a page shows."""

from __future__ import annotations

from dataclasses import dataclass

from core.jobs.view import JobView


@dataclass(frozen=True, eq=False)
class Run:
    """A job and its current state.

    Attributes:
        job_id: its id, in the service and in the run store.
        view: its state.
        is_saved: whether its state comes from the run store, because the service no longer has it.
        computed: when it was computed, if the page shows it only because its problem equals the selected one; empty otherwise.
    """

    job_id: str
    view: JobView
    is_saved: bool = False
    computed: str = ""
