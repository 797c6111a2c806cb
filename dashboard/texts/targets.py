"""Texts about targets: the gallery, and what is known about each target."""

from __future__ import annotations

from collections.abc import Collection, Sequence

GALLERY = "Choose the target from pictures."
SEARCH = "name, shape or dimension, such as wells or 2-D"
OWN_FORMULA = "Type your own formula"
DRAW = "Draw a sketch"
IMPORT = "Import points"
UPLOAD = "Points from a table"
UPLOAD_HELP = (
    "A text file (CSV) of at most 5 MB: one point per line, its coordinates separated by commas, semicolons, tabs or spaces. A first line with "
    "names is skipped, and so are columns without numbers."
)
STANDARDISE = "Standardise the columns"
STANDARDISE_HELP = (
    "Gives each column mean 0 and standard deviation 1. Training needs columns of similar scale."
)
ELSEWHERE = "the points are stored on the server where they were imported; import them again here."
LONG_POINTS = "These are too many points for a link to contain, so the link works on this server only."
# Targets that a viewer can keep under a name.
NAMED = ("expression", "sketch", "points", "mixture")
OWN = "Your own targets"
NAME = "Keep the current target as"
NAME_PLACEHOLDER = "a name of your choice"
NAME_HELP = "Adds the target to this gallery, in this browser only. It replaces your target of the same name."
SKETCH_SPACE = "Draw on the line or in the plane. Changing this starts a new sketch."
# The texts of the drawing area.
SKETCH_WORDS = {
    "area": "Drawing area. Arrow keys move the brush, Space paints, E erases, Ctrl+Z undoes a stroke, Ctrl+Y restores it.",
    "brush": "Paint",
    "eraser": "Erase",
    "size": "Size",
    "flow": "Strength",
    "undo": "Undo stroke",
    "redo": "Redo stroke",
    "clear": "Clear",
    "empty": "Paint here. Denser paint means more mass.",
    "emptyLine": "Draw a curve here. Its height is the density.",
}
COORDINATES = "The coordinates to draw, at most six."
NO_COORDINATES = "Choose at least one coordinate to see the samples in it."
CORNER = "Diagonal: the histogram of each coordinate. Below it: the density of each pair of coordinates, darker where it is higher (brighter on a dark page)."
LOCAL = "This target is a Python function on this server, so no link can open it elsewhere, and its runs are not saved."
# Most bandwidths or masses that a sentence lists.
_LISTED = 4
_FACTS = {"log Z": "log Z", "samples": "exact samples", "modes": "modes", "masses": "mode masses"}


def nothing_matches(query: str) -> str:
    """Shown in the gallery if the search finds nothing."""
    return f"No target matches “{query}”. Try another word, or type a formula of your own."


def facts(dim: int, can_choose: bool, unknown: Collection[str]) -> str:
    """The line below a target's name on its card: `2-D · everything known`."""
    size = f"{dim}-D, adjustable" if can_choose else f"{dim}-D"
    return f"{size} · {known(unknown)}"


def known(unknown: Collection[str]) -> str:
    """What is known and unknown: `everything known`, or `known: modes; unknown: log Z`."""
    if not unknown:
        return "everything known"
    rest = [text for name, text in _FACTS.items() if name not in unknown]
    missing = ", ".join(_FACTS[name] for name in _FACTS if name in unknown)
    return f"known: {', '.join(rest)}; unknown: {missing}" if rest else f"unknown: {missing}"


def card(unknown: Collection[str]) -> str:
    """The note below the target if something about it is unknown."""
    text = known(unknown)
    return f"{text[0].upper()}{text[1:]}. Scores that need unknown values are shown as unknown."


def points(count: int, dim: int, bandwidths: Sequence[float], num_modes: int) -> str:
    """What is known about imported points: their number, the bandwidths and the peaks of their density."""
    widths = ", ".join(f"{width:.2g}" for width in bandwidths[:_LISTED]) + (
        ", …" if len(bandwidths) > _LISTED else ""
    )
    peaks = "1 peak" if num_modes == 1 else f"{num_modes} peaks"
    return (
        f"{count} points in {dim}-D as a kernel density with bandwidth {widths}: {peaks}. log Z is 0; exact samples, modes and masses are "
        "known. Change the bandwidth under More settings."
    )


def sketched(log_z: float, masses: Sequence[float]) -> str:
    """What is computed about a sketch: log Z and the masses of its modes."""
    listed = ", ".join(f"{mass:.0%}" for mass in masses[:_LISTED]) + (", …" if len(masses) > _LISTED else "")
    modes = "1 mode" if len(masses) == 1 else f"{len(masses)} modes with {listed} of the mass"
    return f"Computed from the sketch: {modes}; log Z = {log_z:.3f}. Unpainted places keep e⁻¹⁰ of the highest density."
