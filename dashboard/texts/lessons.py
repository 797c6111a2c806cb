"""Texts of the Lessons page."""

from __future__ import annotations

TITLE = "Lessons"
ABOUT_PAGE = "Short lessons with moving pictures. Each step shows one thing, has a question about it, and lets you try it."
FIRST_VISIT = "New here? Let a lesson show you around:"
DISMISS = "No, thanks"
NO_LESSONS = "There are no lessons on this server, because its lesson files are missing."
NOTES = "Show notes for the presenter, and the answers to the exercises."
STEPS = "All steps of this lesson."
RESET = "Return this step to its original settings."
KEYS = "You can also change the step with the arrow keys ← and →."
NOT_MARKED = "Pause at your answer"
MARK_HELP = "Move the time to your answer, then press this button."
YOUR_MARK, EXACT_MARK = "you", "exact"
NO_NOTES = "This step has no notes."
ANSWERS_IN_NOTES = "To see the answers, switch on *Notes* above."
YOUR_ANSWER = "Your answer. It stays in this browser."
SHOW_ANSWER = "Show a good answer"
HIDE_ANSWER = "Hide the answer"
UNKNOWN = "unknown"
# From a panel of the Explore page to the step that explains it.
LEARN, LEARN_ROW = "Learn what you see", "Learn what you see:"
LEARN_PANELS = {
    "linear": "Linear curve",
    "learned": "Learned curve",
    "gradient_flow": "Gradient flow",
    "energy": "Kinetic energy",
    "masses": "Mode masses",
}


def learn(lesson: str, number: int, step: str) -> str:
    """The tooltip of a link to a step."""
    return f"Lesson “{lesson}”, step {number}: {step}."


def unknown_lesson(name: str) -> str:
    """The error for a link to a lesson that does not exist."""
    return f"There is no lesson “{name}” on this server. These are the lessons:"


def no_such_step(given: str, count: int) -> str:
    """The error for a link to a step that does not exist."""
    return f"The link asks for step {given}; this lesson has steps 1 to {count}. The first step is shown."


def first_lesson(title: str, minutes: int) -> str:
    """The label of the link to the first lesson."""
    return f"{title} ({minutes} minutes)"


def about(minutes: int, count: int, level: str) -> str:
    """The line below a lesson's title on its card."""
    parts = [f"{minutes} minute{'s' * (minutes != 1)}", f"{count} step{'s' * (count != 1)}", level]
    return " · ".join(part for part in parts if part)


def scores_of(curve: str) -> str:
    """The heading of the scores of a run."""
    return f"Scores · {curve}"


def place(number: int, count: int) -> str:
    """Where the viewer is in the lesson."""
    return f"Step {number} of {count}"


def marked(mark: str, exact: str) -> str:
    """The sentence with the viewer's mark and the exact value."""
    return f"You marked t = {mark}. Exact: t = **{exact}**."


def todo(condition: str) -> str:
    """The line for a goal that is not reached yet."""
    return f"To do: {condition}"


def done(condition: str) -> str:
    """The line for a goal that is reached."""
    return f"Done: {condition}"


def load_errors(errors: tuple[str, ...]) -> str:
    """The message about lessons that cannot be read."""
    return "Some lessons cannot be shown. " + " ".join(errors)
