"""Texts of handouts: pages that need no server."""

from __future__ import annotations

from dashboard.texts import lessons

NO_SCRIPT = "The pictures move with JavaScript, which is switched off in this browser. Nothing is fetched from anywhere."
VIEW = "The pictures"

# Sentences that the page's script shows.
SCRIPT = {
    "broken": "This browser cannot show the pictures. A current Firefox, Chrome, Edge or Safari can.",
    "saved": "Saved in this browser.",
    "yourMark": lessons.YOUR_MARK,
    "exactMark": lessons.EXACT_MARK,
}


def sliders(count: int, has_several: bool) -> str:
    """What the sliders of a handout can do."""
    has = "Each slider has" if has_several else "The slider has"
    returns = " Moving one returns the other to this view’s value." if has_several else ""
    return f"{has} {count} values, computed in advance on a coarser grid; the nearest value is used.{returns}"


# Above the pictures, by the method.
ABOUT = {
    "linear": (
        "The linear curve blends the latent’s energy into the target’s. Between far modes its mass must jump late, so the velocity explodes: "
        "watch ‖v‖² near t = 1."
    ),
    "learned": "The learned curve adds t(1 − t) ψ to the linear one, so mass can travel instead of jump.",
    "gradient_flow": (
        "The gradient flow blurs the target into a Gaussian, played backwards. Modes separate slowly and carry their mass along, so ‖v‖² stays "
        "small."
    ),
    "all": (
        "Three curves lead from the same noise (t = 0) to the same target (t = 1), on one clock. Play them, and see which one has to hurry, and "
        "when."
    ),
}
READING = (
    "<h2>How to read the pictures</h2><ul>"
    "<li>On the line: the density and the velocity at the current time, and below them the density at all times with the paths of some samples.</li>"
    "<li>In the plane: the density as a map, the velocity as arrows coloured by speed, and samples that it carries.</li>"
    "<li><strong>‖vₜ‖²</strong> is the kinetic energy: the mean of |vₜ|² over the density. The strip below the time shows it at all times.</li>"
    "<li>The last strip shows the mass of each mode over time.</li>"
    "<li>A badge says where a picture comes from: <em>exact</em> is computed from the target without training, <em>learned</em> is a trained network.</li>"
    "</ul>"
)
PRESS = "Space plays, the arrow keys step, and a click on a picture follows one sample."

# In lessons.
MARK = "My answer: t = "
DONE = "Done."
COMPARE = "Show a good answer"
SEE = "What happens"
ANSWER = "Answer."
NOTES = "Notes for the presenter."
IN_THE_LAB = "This needs the running lab."
SAVED_RESULTS = "Training needs the running lab; the learned pictures here are saved results."
LESSON_END = "All pictures and numbers were computed by Boltzmann Curve Lab. This page needs no server and fetches nothing."


def exercise(number: int) -> str:
    """The heading of an exercise."""
    return f"Exercise {number}"


def todo(condition: str) -> str:
    """The text of a goal whose author has written none."""
    return f"To do: {condition}"


def marked(exact: str) -> str:
    """A mark beside the exact value; the script fills the mark in."""
    return f'You marked t = <span class="marked"></span>. Exact: t = <strong>{exact}</strong>.'


# In the Share popover.
DOWNLOAD_TITLE = "**As a web page**"
DOWNLOAD = (
    "One file with the pictures, the player, and the sliders chosen above. It needs no server: open it offline, on a phone or in a frame of your "
    "slides, or print it."
)


def preparing(done: float) -> str:
    """The progress of a page."""
    return f"Computing the pictures: {done:.0%}"


def ready(megabytes: float, has_fewer: bool) -> str:
    """The note on a page that is ready, and on sliders that it lacks."""
    fewer = (
        " Its sliders would take too long here; `python -m dashboard handout` computes them."
        if has_fewer
        else ""
    )
    return f"The page is ready: {megabytes:.1f} MB.{fewer}"


# For slides and course pages.
EMBED = "For a frame in slides and course pages: the player with the controls chosen above."
