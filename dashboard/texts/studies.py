"""Texts of the Studies page."""

from __future__ import annotations

ABOUT_PAGE = (
    "A study trains the curves at every point of a grid, such as several σ and mode separations, and maps where each curve works. "
    "It runs in the background: you can close this page and come back."
)
EMPTY = "No study is saved yet. Make one above, or start with a figure of the paper below."
NEW, PAPER = "New study", "The paper's figures"

# The controls.
AXES = {
    "sigma": "σ × separation",
    "dim": "Dimension × separation",
}
AXES_HELP = "The horizontal axis of the maps. The vertical axis is always the mode separation."
TARGET_HELP = "The target's other parameters keep their defaults."
VALUES_HELP = "Numbers separated by commas, such as 1, 2, 4."
SEEDS_HELP = "Whole numbers separated by commas. Maps show the mean over the seeds."
SECONDS_HELP = "Training time of each run. Scoring its samples takes a few seconds more."
NAME_HELP = "Under this name, everybody on this server can open the study."

# Axes of a study by their names in its grid.
AXIS_TITLES = {"sigma": "latent σ", "target.mode_separation": "mode separation", "target.dim": "dimension"}
# Quantities of the maps: title, meaning.
QUANTITIES = {
    "ess_fraction": (
        "ESS",
        "fraction of samples still effective after reweighting; 1 is best, but it hides missed modes",
    ),
    "mode_tv": ("Mode mass error", "total variation between sampled and exact mode masses; 0 is best"),
    "action": ("Action", "exact ∫ ‖vₜ‖² dt, how much kinetic energy the curve needs; on a log scale"),
    "seconds": ("Seconds", "training time; less than the budget where training converged early"),
}
UNKNOWN_CELL = "A cell with “?” has no result, or its value is unknown."
OPEN_CELL = "Click a cell to open its run."
TOO_SHORT = "Their values show where training starts, not what it can reach. Make the study again with more seconds for each run."
CELL_RUNS = "This cell has several runs:"
ERROR_TITLE = "Exact action and measured error"
ERROR_ABOUT = (
    "Each point is a run: to the right, the exact action of its curve; upwards, the mode mass error of its samples. "
    "The dashed line is the best possible error. Runs near it are as good as exact samples, as far as this number of samples can show."
)
SMALL_ERRORS = "Errors below 0.0001 are drawn at 0.0001."
NO_ERRORS = "No run has both a known action and a known mode mass error yet."
SCATTER_ALT = "Mode mass error of each run against the exact action of its curve, both on log axes"
TABLE = "All runs of this study"
GONE = "The store has no study of this name; it may have been deleted."
DELETE = "Delete the study. Its runs stay on the Runs page."
NOT_YOURS = "Only the browser that made this study can delete it."
CSV_HELP = "One row for each run: parameters, scores, best possible scores, action and cost."
OPENING = "Figures share runs: a run of one figure is not trained again for another."
REPORT_HELP = "Compute all figures and check their claims, using the runs saved so far. The result is one web page to download. This takes about a minute."
NOT_TRAINED = "not trained yet"
NO_MAPS = "Maps need two axes with numbers, which this study does not have. The table lists its runs."
PICK_ROW = "Select a row to open its run."
OTHER_OWNER = "Only the browser that started this study can stop it."
WAITING = "waiting for other runs on this server"
STOPPED = "Some runs of this study are missing. Press Continue to train only those."


def map_alt(quantity: str, curve: str) -> str:
    """The description of the map of one quantity for one curve, for screen readers."""
    return f"Heat map of {quantity} for the curve {curve}"


def cost(num_runs: int, seconds: float) -> str:
    """The sentence about the number of runs of a new study and the time that they take."""
    return f"{_runs(num_runs)}. About {duration(seconds)} on this server, longer while others train."


def default_name(target: str, axes: str) -> str:
    """The suggested name of a study."""
    return f"{target}, {axes}"


def progress(ended: int, total: int, failed: int, current: str) -> str:
    """The progress of a running study."""
    lost = f", {failed} failed" if failed else ""
    now = f" · now: {current}" if current else ""
    return f"{ended} of {_runs(total)}{lost}{now}"


def missing(count: int, reason: str) -> str:
    """The message about runs of a study that failed."""
    return f"{_runs(count)} failed. The last reason: {reason}"


def averaged(names: list[str]) -> str:
    """The sentence about the parameters, besides the seed, over which a cell averages."""
    return f"Each cell also averages over the values of {', '.join(names)}."


def too_short(count: int) -> str:
    """The warning about runs that made too few steps."""
    return f"{_runs(count)} made too few steps to learn anything."


def best(value: str) -> str:
    """The best possible value of a quantity."""
    return f"Best possible: {value}."


def figure_line(number: str, title: str) -> str:
    """The heading of a figure of the paper."""
    return f"**Figure {number}.** {title}"


def figure_state(num_done: int, num_all: int, seconds: float) -> str:
    """How many runs of a figure exist."""
    if num_done == num_all:
        return f"All {_runs(num_all)} are trained."
    return f"{num_done} of {_runs(num_all)} trained; the rest takes about {duration(seconds)}."


def preparing(share: float) -> str:
    """The progress of the report."""
    return f"Computing the figures: {share:.0%}"


def duration(seconds: float) -> str:
    """A rounded duration."""
    if seconds < 90:
        return f"{max(round(seconds), 1)} s"
    minutes = seconds / 60
    return f"{round(minutes)} minutes" if minutes < 90 else f"{minutes / 60:.1f} hours"


def _runs(count: int) -> str:
    return f"{count} run" if count == 1 else f"{count} runs"
