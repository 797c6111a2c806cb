"""Texts of the Teleportation page. Numbers in scientific notation arrive as text."""

from __future__ import annotations

ABOUT_PAGE = (
    "The latent sits at 0. The target has two equal modes, at 0 and at m, so half of the mass must move to m. Three curves lead from the "
    "latent to the target, and each determines how fast its samples must move. Everything except the last section is exact: it is computed from the "
    "densities, without training. Increase m and watch the linear curve."
)

# Tooltips of the controls.
SEPARATION = "Distance m between the two modes of the target. Each mode is a sharp peak, a cusp."
TIME = "t = 0 is the latent, t = 1 the target."
WORST = "The time before the end at which the linear curve's kinetic energy is largest."

UNKNOWN_WORST = (
    "The worst moment is unknown, because the kinetic energy of the linear curve is unknown at all times."
)


def worst(time: float, energy: str, separation: float, far_mass: float) -> str:
    """The sentence about what happens at the worst moment of the linear curve."""
    return (
        f"The worst moment is t = {time:g}: the linear curve's ‖vₜ‖² = {energy} is its largest value before the end. The mode at "
        f"x = {separation:g} holds {far_mass:.1%} of the mass instead of 50%."
    )


# The curves over time.
def right_half(time: float, mass: float, energy: str) -> str:
    """The caption of one curve: its mass right of the middle and its kinetic energy, at one time."""
    return f"t = {time:.2f}: {mass:.1%} of the mass is right of the middle, and ‖vₜ‖² = {energy}."


EVOLUTIONS = (
    "Each line is the path of a sample; the fraction of the mass below a path never changes. On the linear curve, paths jump across a gap with "
    "hardly any mass, later and faster as m grows. On the gradient flow, paths travel with the separating modes. With optimal transport, "
    "paths are straight."
)
ACTIONS = (
    "The action is the kinetic energy ‖vₜ‖² integrated over time. No curve between the same latent and target has an action below W₂². "
    "The linear curve and optimal transport start from a Laplace density, as in the paper; the gradient flow starts from N(0, 1)."
)


# One time.
def densities(time: float) -> str:
    """The caption of the chart of the densities."""
    return f"The three densities at t = {time:.2f}."


SPEEDS = (
    "The speed on each curve at the same time, on a log axis. Mass that moves between the modes must cross the gap, so the speed is large where the "
    "density is small."
)


# Kinetic energy.
def energies(last: str) -> str:
    """The caption of the chart of the kinetic energy over time."""
    return (
        f"The kinetic energy ‖vₜ‖² over time. On the linear curve it ends at {last}; with optimal transport it is the same at all times. "
        "Drag *Time t* to compare the curves."
    )


GROWTH = (
    "The largest kinetic energy against m. On the linear curve it approaches (m²/8) eᵐ, the dashed line; on the gradient flow and with optimal "
    "transport it grows only like m²."
)

# The plane.
PLANE_TITLE = "In the plane, σ decides"
ABOUT_PLANE = (
    "A wide latent reaches all modes from the start, so no mass must jump. But contracting it costs kinetic energy early. Read a row with far "
    "modes from left to right: as σ grows, the linear curve's kinetic energy falls near t = 1 and rises near t = 0."
)


BY_FINITE_VOLUMES = "by finite volumes on 128² cells"
ALONG_THE_MODES = "along the axis of the modes, where the problem is one-dimensional"


def energy_grid(linear: str, origin: str) -> str:
    """The caption of the charts of the kinetic energy in the plane: how the linear curve and W₂² were computed."""
    return (
        f"‖vₜ‖² over t, on one log axis. The linear curve is computed {linear}, the gradient flow in closed form, and "
        f"optimal transport {origin}. All values were computed in advance by `python -m core presets`."
    )


QUANTILES = "by quantiles along the axis of the modes"
MATCHED_SAMPLES = "from matched samples"


def uncertain_samples(least: float, most: float) -> str:
    """How W₂² was computed, with the range of its relative uncertainty."""
    return (
        f"{MATCHED_SAMPLES} (W₂² is uncertain by {least:.1%} to {most:.0%}; point at a line to see its value)"
    )


# Descriptions of the charts for screen readers.
DENSITIES_ALT = "Densities over x"
SPEEDS_ALT = "Speeds over x, on a log axis"
ENERGIES_ALT = "Kinetic energy over time"
GROWTH_ALT = "Largest kinetic energy against mode separation"
ENERGY_GRID_ALT = "Kinetic energy over time for several σ and mode separations"


def evolution_alt(title: str) -> str:
    """For screen readers: the chart of the density of one curve over time and x."""
    return f"Density over time and x, {title}"
