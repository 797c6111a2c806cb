"""The outcome of a run, derived from the scores in its report: a grade, a headline and a sentence. Does not need torch."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from core.problem import TrainingSettings
from core.results.report import Report
from core.sampling.status import REASONS

Kind = Literal["good", "partial", "poor", "too_short", "unknown"]

# A run with fewer steps than this is too short to be judged, by kind of run: Gauss–Newton needs a few dozen steps, Adam and Markov chains
# far more.
LEAST_STEPS = {"gauss_newton": 20, "adam": 200, "chains": 100}
# Effective sample size (ESS) relative to the best possible: at least the first value is good, below the second is poor.
GOOD_ESS, POOR_ESS = 0.5, 0.1
# Fraction of the mass in wrong modes, beyond what exact samples show by chance: up to the first value is good, above the second is poor.
GOOD_MASS, POOR_MASS = 0.05, 0.25
# A deviation from the mean score of exact samples counts as chance up to this many standard deviations of that score.
CHANCE = 4.0
# Fraction of samples that failed or lie far outside the target: up to the first value is good, above the second is poor.
GOOD_STRAYS, POOR_STRAYS = 1e-3, 0.05
# The ESS can be estimated from the samples (reverse) or from exact samples (forward). If the forward ESS is less than this fraction of the
# reverse one, the samples miss a part of the target.
HIDDEN_LOSS = 0.5
# Above this Pareto k̂ the weights have a heavy tail, and the ESS may be too optimistic.
HEAVY_TAIL = 0.7
# Samples without weights are good only if their energy distance to exact samples is at most this multiple of the best possible.
GOOD_DISTANCE = 10.0


@dataclass(frozen=True)
class Outcome:
    """The outcome of a run.

    Attributes:
        kind: `good`, `partial` (usable in part), `poor`, `too_short` (too few steps to learn) or `unknown`.
        headline: a few words for a badge: the most serious fault if there is one, otherwise the modes covered and the ESS.
        sentence: the outcome in a sentence, with the scores and their best possible values.
    """

    kind: Kind
    headline: str
    sentence: str


UNKNOWN = Outcome("unknown", "no result", "The run has no result to judge.")


def least_steps(training: TrainingSettings | None) -> int:
    """The smallest number of steps from which a run can learn.

    Args:
        training: settings of the run; None for Markov chains.
    """
    return LEAST_STEPS["chains" if training is None else training.optimiser]


def judge(report: Report | None, steps: int, least: int) -> Outcome:
    """Judge a run by its report and its number of steps.

    Args:
        report: report of the run's samples; None if there are none.
        steps: number of steps of the run.
        least: smallest number of steps from which it can learn, see `least_steps`.
    """
    if report is None:
        return UNKNOWN
    masses = f"{_modes(report)}; {_quality(report)}."
    if steps < least:
        few = f"{steps} step{'' if steps == 1 else 's'}"
        need = "a run needs" if report.weighted else "chains need"
        text = f"Too few steps to learn from: {steps}, but {need} at least {least}. {masses}"
        return Outcome("too_short", f"too short: {few}", text)
    return Outcome(_kind(report), _headline(report), masses)


def _kind(report: Report) -> Kind:
    if _is_poor(report):
        return "poor"
    return "good" if _is_good(report) else "partial"


def _is_poor(report: Report) -> bool:
    metrics = report.metrics
    total = report.num_modes or 0
    lost = num_missing(report) >= max(total / 2, 1) and total > 1
    few = report.weighted and (relative_ess(report) < POOR_ESS or _forward_ess(report) < POOR_ESS)
    return lost or few or wrong_mass(report) > POOR_MASS or metrics.stray_fraction > POOR_STRAYS


def _is_good(report: Report) -> bool:
    metrics = report.metrics
    if report.weighted:
        trusted = relative_ess(report) >= GOOD_ESS and not metrics.pareto_k > HEAVY_TAIL
    else:
        trusted = metrics.energy_distance <= GOOD_DISTANCE * report.floors.energy_distance
    settled = wrong_mass(report) <= GOOD_MASS and not metrics.stray_fraction > GOOD_STRAYS
    return trusted and settled and not num_missing(report) and not misses_a_part(report)


def num_missing(report: Report) -> int:
    """The number of modes that the samples miss but exact samples cover; 0 if the modes or their masses are unknown."""
    if report.num_modes is None or math.isnan(report.metrics.modes_covered):
        return 0
    expected = report.floors.modes_covered - CHANCE * _spread(report, "modes_covered")
    reachable = report.num_modes if math.isnan(expected) else math.floor(expected)
    return max(min(reachable, report.num_modes) - int(report.metrics.modes_covered), 0)


def relative_ess(report: Report) -> float:
    """The effective sample size relative to the best possible; NaN if unknown."""
    return report.metrics.ess_fraction / report.floors.ess_fraction


def misses_a_part(report: Report) -> bool:
    """Whether exact samples reveal a part of the target that the samples miss; False if that is unknown.

    This can happen even if all modes are covered: a target can have more modes than are counted, and samples can miss part of a mode.
    """
    return _forward_ess(report) < HIDDEN_LOSS * relative_ess(report)


def _forward_ess(report: Report) -> float:
    """The forward effective sample size relative to the best possible; NaN if unknown."""
    return report.metrics.forward_ess_fraction / report.floors.forward_ess_fraction


def wrong_mass(report: Report) -> float:
    """The fraction of the mass in wrong modes, beyond what chance explains; 0 if the mode masses are unknown."""
    if math.isnan(report.metrics.mode_tv):
        return 0.0
    chance = report.floors.mode_tv + CHANCE * _spread(report, "mode_tv")
    if math.isnan(chance):  # no exact samples: the standard deviation of one mode's fraction is at most ½/√n
        chance = CHANCE * 0.5 / math.sqrt(report.num_samples)
    return max(report.metrics.mode_tv - chance, 0.0)


def _spread(report: Report, name: str) -> float:
    value = math.nan if report.floor_spreads is None else float(getattr(report.floor_spreads, name))
    return 0.0 if math.isnan(value) else value


def _headline(report: Report) -> str:
    missing, metrics = num_missing(report), report.metrics
    if missing:
        return f"{missing} of {report.num_modes} modes missed"
    if wrong_mass(report) > GOOD_MASS:
        return f"{metrics.mode_tv:.0%} of the mass in wrong modes"
    if misses_a_part(report):
        return f"part of the target missed · forward ESS {share(metrics.forward_ess_fraction)}"
    if metrics.stray_fraction > GOOD_STRAYS:
        return f"{_percent(metrics.stray_fraction)} of the samples astray"
    if metrics.num_failed:
        return _failed(report)
    covered = (
        "modes unknown"
        if _has_unknown_modes(report)
        else f"{metrics.modes_covered:.0f}/{report.num_modes} modes"
    )
    return f"{covered} · ESS {share(metrics.ess_fraction)}" if report.weighted else covered


def _has_unknown_modes(report: Report) -> bool:
    return report.num_modes is None or math.isnan(report.metrics.modes_covered)


def _modes(report: Report) -> str:
    missing, metrics = num_missing(report), report.metrics
    if missing:
        verb = "is" if missing == 1 else "are"
        text = f"{missing} of {report.num_modes} modes {verb} missed, and {metrics.mode_tv:.0%} of the mass is misplaced"
    elif wrong_mass(report) > GOOD_MASS:
        text = f"{_covered(report)}, but {metrics.mode_tv:.0%} of the mass is in the wrong modes"
    else:
        text = _covered(report)
    return f"{text}{_hidden_loss(report)}"


def _hidden_loss(report: Report) -> str:
    """A phrase about the part of the target that the samples miss; empty if they miss none."""
    if not misses_a_part(report):
        return ""
    metrics = report.metrics
    gap = "" if math.isnan(metrics.eubo_elbo_gap) else f", EUBO − ELBO {metrics.eubo_elbo_gap:.2g} nats"
    found = f"forward ESS {share(metrics.forward_ess_fraction)}{gap}"
    return f"; exact samples lie where these samples hardly ever go ({found})"


def _covered(report: Report) -> str:
    if _has_unknown_modes(report):
        return "The target's mode masses are unknown, so modes may be missing unnoticed"
    covered, total = f"{report.metrics.modes_covered:.0f}", report.num_modes
    if total == 1:
        return "The mode is covered"
    if covered == str(total):
        return "Both modes are covered" if total == 2 else f"All {total} modes are covered"
    return f"{covered} of {total} modes are covered"


def _quality(report: Report) -> str:
    metrics = report.metrics
    astray = metrics.stray_fraction
    strays = f", {_percent(astray)} of the samples are far outside the target" if astray > GOOD_STRAYS else ""
    if not report.weighted:
        if math.isnan(metrics.energy_distance):
            return f"energy distance unknown, because there are no exact samples to compare with{strays}"
        best = f"{report.floors.energy_distance:.2g}"
        off = (
            ""
            if math.isnan(metrics.log_z_error)
            else f"log Z error {metrics.log_z_error:+.2g}, ".replace("-", "−")
        )
        return f"{off}energy distance {metrics.energy_distance:.2g}, best possible {best}{strays}"
    heavy = (
        ", but the weights have a heavy tail, so this may be too optimistic"
        if metrics.pareto_k > HEAVY_TAIL
        else ""
    )
    if metrics.num_failed:
        return f"effective sample size unknown, because {_failed(report)}{_reasons(report)}{strays}"
    best = share(report.floors.ess_fraction)
    return f"effective sample size {share(metrics.ess_fraction)}, best possible {best}{heavy}{strays}"


def _failed(report: Report) -> str:
    failed = int(report.metrics.num_failed)
    return f"{failed} of {report.num_samples} samples failed"


def _reasons(report: Report) -> str:
    """The reasons why samples failed, in brackets; empty if the report does not contain any."""
    parts = [f"{count} {REASONS[reason]}" for reason, count in report.failures.items()]
    return f" ({', '.join(parts)})" if parts else ""


def share(value: float) -> str:
    """Format a fraction. Values near one get four decimals, so they are not rounded up to one; NaN becomes `unknown`."""
    if math.isnan(value):
        return "unknown"
    if value >= 0.99 and value < 1:
        return f"{min(value, 0.9999):.4f}".rstrip("0")
    return f"{value:.2g}"


def _percent(share: float) -> str:
    return f"{100 * share:.2g} %"
