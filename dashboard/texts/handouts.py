"""Texts of handouts: pages that need no server."""

from __future__ import annotations

from dashboard.texts import lessons

NO_SCRIPT = "The moving pictures need JavaScript, which is switched off in this browser. This page loads nothing from the network."
VIEW = "The pictures"

# Sentences that the page's script shows.
SCRIPT = {
    "broken": "This browser cannot show the pictures. Use a current Firefox, Chrome, Edge or Safari.",
    "saved": "Saved in this browser.",
    "yourMark": lessons.YOUR_MARK,
    "exactMark": lessons.EXACT_MARK,
}


def sliders(count: int, has_several: bool) -> str:
    """What the sliders of a handout can do."""
    has = "Each slider has" if has_several else "The slider has"
    returns = " Moving one slider returns the other to its value in this view." if has_several else ""
    return f"{has} {count} values, computed in advance on a coarser grid; the nearest value is used.{returns}"


# Above the pictures, by the method.
ABOUT = {
    "linear": (
        "The linear curve blends the latent’s energy into the target’s. If the modes are far apart, mass must jump between them near the "
        "end, so the velocity explodes: watch ‖v‖² near t = 1."
    ),
    "learned": "The learned curve adds a trained correction, t(1 − t) ψ, to the energy of the linear curve, so mass can travel instead of jump.",
    "gradient_flow": (
        "Noise blurs the target until it is a Gaussian; the gradient flow plays this backwards. Its modes separate slowly and take their mass "
        "along, so ‖v‖² stays small."
    ),
    "all": (
        "Three curves lead from the same noise (t = 0) to the same target (t = 1). Play them together and see which one has to hurry, and "
        "when."
    ),
}
READING = (
    "<h2>How to read the pictures</h2><ul>"
    "<li>On the line: the density and the velocity at the current time, and below them the density at all times with the paths of some samples.</li>"
    "<li>In the plane: the density as a map, the velocity as arrows coloured by speed, and samples that the velocity carries.</li>"
    "<li><strong>‖vₜ‖²</strong> is the kinetic energy: the mean of |vₜ|² over the density. The strip below the time shows it at all times.</li>"
    "<li>The last strip shows the mass of each mode over time.</li>"
    "<li>A badge shows where a picture comes from: <em>exact</em> means computed from the target without training, <em>learned</em> means from a trained network.</li>"
    "</ul>"
)
PRESS = "Press space to play, and the arrow keys to step. Click a picture to follow one sample."

# In lessons.
MARK = "My answer: t = "
DONE = "Done."
COMPARE = "Show a good answer"
SEE = "What happens"
ANSWER = "Answer."
NOTES = "Notes for the presenter."
IN_THE_LAB = "This works only in the running lab."
SAVED_RESULTS = "Training needs the running lab; the learned pictures here are saved results."
LESSON_END = "All pictures and numbers were computed by Boltzmann Curve Lab. This page needs no server and loads nothing from the network."


def exercise(number: int) -> str:
    """The heading of an exercise."""
    return f"Exercise {number}"


def todo(condition: str) -> str:
    """The text of a goal whose author has written none."""
    return f"To do: {condition}"


def marked(exact: str) -> str:
    """The sentence with the reader's mark and the exact value; the script of the page fills in the mark."""
    return f'You marked t = <span class="marked"></span>. Exact: t = <strong>{exact}</strong>.'


# In the Share popover.
DOWNLOAD_TITLE = "**As a web page**"
DOWNLOAD = (
    "One file with the pictures, the player, and the sliders chosen above. It needs no server: open it offline, on a phone or in a frame of your "
    "slides, or print it."
)


def preparing(done: float) -> str:
    """The label of the progress bar while a page is computed."""
    return f"Computing the pictures: {done:.0%}"


def ready(megabytes: float, has_fewer: bool) -> str:
    """The note on a page that is ready, and on sliders that it lacks."""
    fewer = (
        " It has no sliders, because computing them would take too long here; `python -m dashboard handout` writes a page with sliders."
        if has_fewer
        else ""
    )
    return f"The page is ready: {megabytes:.1f} MB.{fewer}"


# For slides and course pages.
EMBED = "HTML for slides and course pages. The frame shows the player with the controls chosen above."
