"""Texts of the Compare page."""

from __future__ import annotations

ABOUT_PAGE = "Pinned results side by side, on one clock. Runs with equal seeds start from the same noise. The table shows what each result achieved and what it cost."
EMPTY = "Nothing is pinned yet. Train a curve on the Explore page and press **Pin**, or start with the saved results of an example."
START_HERE = "Compare the three curves of “{example}”"


def first_pictures(most: int) -> str:
    """There are more results than pictures."""
    return f"The pictures show the first {most} results, the table and the chart show all."


TWO_CLOCKS = "Results in one and in two dimensions have different axes, so each group has a clock of its own."

ADD = "Add a saved result"
ADD_HELP = "Saved results of the examples."
CLEAR_HELP = "Remove all results from this page. You can undo this."


def full(most: int) -> str:
    """Why nothing more can be added."""
    return f"This page compares at most {most} results. Remove one first."


def unreadable(num_pins: int, num_others: int) -> str:
    """The link contains pins that cannot be read, and others that can."""
    results = "one pinned result" if num_pins == 1 else f"{num_pins} pinned results"
    others = {0: "", 1: " The other one is shown."}.get(num_others, " The others are shown.")
    return f"The link may have been cut: {results} cannot be read.{others}"


def too_many(num_pins: int, most: int) -> str:
    """The link contains more pins than the page shows."""
    return f"The link holds {num_pins} pinned results, and this page compares at most {most}. The first {most} are shown."


def remove(number: int) -> str:
    """The tooltip of "Remove"."""
    return f"Remove result {number} from this page. You can undo this."


BRACKETS = "In brackets: the best possible, which is what the same number of exact samples scores. ± is its spread between draws."
ACCURACY = (
    "Effective sample size over seconds of training; seconds on different machines are not comparable. It can be high even if a whole mode is "
    "missing, so check *Modes covered* too. Comparison methods have no known density, so they have no line here."
)


def lost(problem: str, is_private: bool) -> str:
    """A pin that the server no longer keeps, or that this browser may not see."""
    if is_private:
        return f"Only the browser that trained this result can still open it, because it is not pinned: {problem}. Repeat the run to see it."
    return f"The server no longer keeps this result: {problem}. Repeat the run to see it again."


def failed(error: str) -> str:
    """A repeated run that failed."""
    return f"The run failed: {error}"


def not_kept(error: str) -> str:
    """A pin that the run store cannot keep."""
    return f"Pinned, but not saved: the result is lost when this server restarts. {error}"


PIN_THEM = "Pin for others"


def unpinned(count: int, num_shown: int) -> str:
    """Some of the shown runs are not pinned."""
    if count < num_shown:
        subject = f"{'One' if count == 1 else count} of these results"
    else:
        subject = "This result" if count == 1 else "These results"
    verb, them = ("is", "it") if count == 1 else ("are", "them")
    return f"{subject} {verb} not pinned, so this link will not keep {them} for other browsers."


STOPPED = "The run was stopped before its end, so there is no result yet. Repeat it."

PIN = "Keep this result for the Compare page. Whoever has the link can open it."
PINNED = "Pinned. Open *Compare* to see it next to others."
