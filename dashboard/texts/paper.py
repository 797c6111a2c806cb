"""Texts of the report on the paper's figures."""

from __future__ import annotations

PAPER = "Neural Sampling from Boltzmann Densities: Fisher-Rao Curves in the Wasserstein Geometry"

# The report.
REPORT_TITLE = "The paper's figures, computed again"
REPORT_END = "This page needs no server and loads nothing from the network. Each link saves all numbers of a figure as a CSV file."
SEEN = {"yes": "Seen", "no": "Not seen", "undecided": "Not decided"}
CLAIM = "The paper's claim"
NO_SAMPLES = " (no samples)"
UNKNOWN = "unknown"
NO_RUNS = "Nothing was trained."
GROWTH_ALT = "Largest kinetic energy against mode separation, on a log axis"
WIDTHS_ALT = "Kinetic energy at the target against σ, on a log axis"
# What the charts of each figure show.
CAPTIONS = {
    "figure1": "The density over time (to the right) and x (upwards). Each line is the path of a sample, computed exactly.",
    "figure2": "The exact kinetic energy over time, and its largest value against the mode separation m. The vertical axes are logarithmic.",
    "figure3": "Samples of the trained curves over the target's density.",
    "figure4": "The exact density of the linear curve at five times.",
    "figure5": "The exact kinetic energy of the linear curve to two modes in the plane, 4 apart, for several σ of the latent.",
}


def report_lead(seconds: float, num_runs: int, seeds: str) -> str:
    """The first paragraph of the report: what it contains, and how long each run was trained."""
    if not num_runs:
        return f"Figures of *{PAPER}* (ICLR 2025). Everything here is computed exactly; nothing was trained."
    runs = "1 training run" if num_runs == 1 else f"{num_runs} training runs"
    return (
        f"Figures of *{PAPER}* (ICLR 2025). Exact curves are computed from the densities. The tables score {runs} of at most {seconds:g} s each, "
        f"with {seeds}; the paper trained far longer."
    )


def seeds_of(seeds: list[int]) -> str:
    """A phrase with the seeds of the runs."""
    return f"seed {seeds[0]}" if len(seeds) == 1 else f"seeds {', '.join(map(str, seeds))}"


def took(exact_seconds: float, training_seconds: float) -> str:
    """How long the exact numbers and the training of a figure took."""
    training = f" Training: {training_seconds:.1f} s." if training_seconds else ""
    return f"Exact numbers: {exact_seconds:.1f} s.{training}"


def best(value: str, floor: str) -> str:
    """A metric beside its best possible value."""
    return f"{value} (best {floor})"


def evolution_alt(name: str) -> str:
    """For screen readers: the chart of the density of one curve over time and x."""
    return f"Density over time and x with paths of samples: {name}"


def profiles_alt(name: str) -> str:
    """For screen readers: the chart of densities at fixed times."""
    return f"Density over x at five times: {name}"


def energies_alt(name: str) -> str:
    """For screen readers: the chart of kinetic energies over time."""
    return f"Kinetic energy over time on a log axis: {name}"


def samples_alt(name: str) -> str:
    """For screen readers: the chart of samples over the target's density."""
    return f"Samples over the density of the target: {name}"
