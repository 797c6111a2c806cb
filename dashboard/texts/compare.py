"""Texts of the Compare page."""

from __future__ import annotations

ABOUT_PAGE = "Here your pinned results play together, side by side. Runs with the same seed start from the same noise. The table shows the scores and the cost of each result."
EMPTY = (
    "There is nothing to compare yet. Select runs under **All runs**, pin a result on the Explore page, or start with the saved results of "
    "an example."
)
START_HERE = "Compare the three curves of “{example}”"


def first_pictures(most: int) -> str:
    """The note that there are more results than pictures."""
    return f"The pictures show the first {most} results; the table and the chart show all of them."


TWO_CLOCKS = (
    "Results in one dimension play separately from those in two dimensions, because their axes differ."
)

ADD = "Add a saved result"
ADD_HELP = "Add a saved result of one of the examples."
CLEAR_HELP = "Remove all results from this page. You can undo this."


def full(most: int) -> str:
    """Why nothing more can be added."""
    return f"This page compares at most {most} results. Remove one first."


def unreadable(num_pins: int, num_others: int) -> str:
    """The message that some pins in the link cannot be read."""
    results = "One pinned result" if num_pins == 1 else f"{num_pins} pinned results"
    others = {0: "", 1: " The other one is shown."}.get(num_others, " The others are shown.")
    return f"{results} in this link cannot be read; the link may be incomplete.{others}"


def too_many(num_pins: int, most: int) -> str:
    """The message that the link contains more pins than the page shows."""
    return f"The link holds {num_pins} pinned results, and this page compares at most {most}. The first {most} are shown."


def remove(number: int) -> str:
    """The tooltip of "Remove"."""
    return f"Remove result {number} from this page. You can undo this."


BRACKETS = "In brackets: the best possible score, reached by the same number of exact samples. ± shows how much this score varies between draws."
ACCURACY = (
    "Effective sample size against seconds of training; times on different machines are not comparable. The effective sample size can be high even "
    "if a whole mode is missing, so check *Modes covered* too. Comparison methods have no line here, because the density of their samples is unknown."
)


def lost(problem: str, is_private: bool, can_repeat: bool = True) -> str:
    """The message about a pin that the server no longer keeps, or that this browser may not see."""
    advice = (
        "Repeat the run to see it again." if can_repeat else "Train its curve and correct it again to see it."
    )
    if is_private:
        return f"This result is not pinned, so only the browser that trained it can still open it: {problem}. {advice}"
    return f"The server no longer has this result: {problem}. {advice}"


def failed(error: str) -> str:
    """The message about a repeated run that failed."""
    return f"The run failed: {error}"


def not_kept(error: str) -> str:
    """The message about a pin that the run store cannot save."""
    return f"The result is pinned but not saved, so it will be lost when this server restarts. {error}"


PIN_THEM = "Pin for others"


def unpinned(count: int, num_shown: int) -> str:
    """The note that some of the shown runs are not pinned."""
    if count < num_shown:
        subject = f"{'One' if count == 1 else count} of these results"
    else:
        subject = "This result" if count == 1 else "These results"
    verb, them = ("is", "it") if count == 1 else ("are", "them")
    return (
        f"{subject} {verb} not pinned, so other browsers can open {them} through this link only for a while."
    )


STOPPED = "This run was stopped early, so it has no result yet. Repeat it to get one."

PIN = "Keep this result for the Compare page. Anyone with the link can open it."
PINNED = "Pinned. Open *Compare* to see it next to others."
