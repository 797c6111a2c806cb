"""Texts of the tour and of the help menu."""

from __future__ import annotations

# Each step: where it points (elements of the page or of the player), its title and its text.
STEPS = [
    {
        "place": ".transport .play",
        "title": "Play the curves",
        "text": "Each picture is one curve of densities, from noise (t = 0) to the target (t = 1). All pictures show the same time: press play, or drag the time.",
    },
    {
        "place": "[class*=mode_separation] [data-testid=stSlider]",
        "title": "Move the modes apart",
        "text": "Mass must reach every mode of the target. Drag the mode separation: the exact pictures follow.",
    },
    {
        "place": ".strip",
        "title": "See which curve has to hurry",
        "text": "The strip shows the kinetic energy ‖vₜ‖² of each curve over time, on a log axis. A network cannot learn a curve whose kinetic energy explodes.",
    },
    {
        "place": ".st-key-train button",
        "title": "Train, and compare",
        "text": "Train fits networks on the server within seconds. The learned curves appear beside the exact ones, with their scores below.",
    },
]
WORDS = {"back": "Back", "next": "Next", "done": "Done", "skip": "Skip the tour", "of": "of"}

TAKE = "Take the tour"
HELP = "Help"
TERMS = "Terms"
LESSONS = "The *Lessons* page starts from zero: eight lessons with questions."
KEYS = (
    "Keys of the player: space plays or pauses, ← and → step, Home and End jump to the ends, L loops, + and − zoom, 0 shows everything. Click underlined words for a "
    "definition, or to see their place in the pictures."
)
