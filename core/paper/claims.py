"""What the paper's figures claim, checked against numbers. Each function takes plain numbers and returns a verdict.

m is the mode separation: the distance between the two modes of the target.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from core.paper.verdict import Verdict, decided, number, percent, rises, unknown
from core.problem import Problem
from core.results.outcome import GOOD_MASS, least_steps, num_missing, wrong_mass
from core.results.report import Report

# Mass counts as absent below this fraction.
ABSENT = 0.01
# On the gradient flow, the gap between the modes must hold more than this many times the mass that it holds on the linear curve.
TRAVELS = 10.0
# Allowed relative deviation of the exponential growth rate from 1 per unit of m, and largest power of m that still counts as m².
RATE_ERROR, LARGEST_POWER = 0.1, 2.5


def teleports(linear: Mapping[float, float], flow: Mapping[float, float]) -> Verdict:
    """Figure 1: with far modes, the linear curve brings mass to the far mode without passing through the gap.

    Args:
        linear: for each m, the fraction of the mass in the middle half of the gap at the time when the far mode has half of its final mass.
        flow: the same on the gradient flow, for comparison.
    """
    far = max(linear, default=math.nan)
    deciding = {f"m = {m:g}": value for m, value in linear.items()}
    if found := unknown(deciding | {f"m = {far:g}": flow.get(far, math.nan) + linear.get(far, math.nan)}):
        return found
    near = min(linear)
    holds = linear[far] < ABSENT and linear[far] < linear[near] and flow[far] > TRAVELS * linear[far]
    return decided(
        holds,
        f"When the far mode has half of its mass, the middle of the gap holds {percent(linear[near])} of all mass at m = {near:g} and "
        f"{percent(linear[far])} at m = {far:g} on the linear curve; on the gradient flow, {percent(flow[far])} at m = {far:g}.",
    )


def arrives_late(arrival: Mapping[float, float], duration: Mapping[float, float]) -> Verdict:
    """Figure 4: as m grows, the far mode of the linear curve fills later and faster.

    Args:
        arrival: for each m, the time at which the far mode has half of its final mass.
        duration: for each m, the time that the far mode takes from 10 % to 90 % of its final mass.
    """
    times = {f"m = {m:g}": arrival[m] + duration.get(m, math.nan) for m in arrival}
    if found := unknown(times):
        return found
    ordered = sorted(arrival)
    near, far = ordered[0], ordered[-1]
    # For small m, the far mode has half of its final mass from the start. So durations are compared only for m at which it fills later.
    waiting = [m for m in ordered if arrival[m] > 0] or ordered
    first = waiting[0]
    later = rises([arrival[m] for m in ordered])
    faster = len(waiting) > 1 and rises([-duration[m] for m in waiting])
    return decided(
        later and faster,
        f"The far mode has half of its mass at t = {number(arrival[near])} for m = {near:g} and at t = {number(arrival[far])} for m = {far:g}. "
        f"Filling it from 10 % to 90 % takes {number(duration[first])} of the time at m = {first:g} and {number(duration[far])} at m = {far:g}.",
    )


def explodes(end: Mapping[float, float], flow_peak: Mapping[float, float]) -> Verdict:
    """Figure 2: the linear curve's kinetic energy grows like (m²/8) eᵐ, that of the gradient flow like m² at most.

    Args:
        end: for each m, ‖v_1‖² of the linear curve.
        flow_peak: for each m, the largest ‖v_t‖² of the gradient flow.
    """
    if len(end) < 2:
        return Verdict("undecided", "At least two values of m are needed.")
    if found := unknown({f"m = {m:g}": end[m] + flow_peak.get(m, math.nan) for m in end}):
        return found
    before, last = sorted(end)[-2:]
    if min(end[before], end[last], flow_peak[before], flow_peak[last]) <= 0:
        return Verdict("no", "A kinetic energy is not positive, so it does not grow.")
    rate = (math.log(end[last] / last**2) - math.log(end[before] / before**2)) / (last - before)
    power = math.log(flow_peak[last] / flow_peak[before]) / math.log(last / before)
    return decided(
        abs(rate - 1) <= RATE_ERROR and power <= LARGEST_POWER,
        f"From m = {before:g} to {last:g}, ‖v₁‖²/m² of the linear curve grows like exp({number(rate)} m), up to ‖v₁‖² = {number(end[last])}; "
        f"the largest ‖vₜ‖² of the gradient flow grows like m to the power {number(power)}, up to {number(flow_peak[last])}.",
    )


def solves(runs: Sequence[tuple[Problem, int, Report | None]], seconds: float) -> Verdict:
    """Figure 3: the gradient flow finds all modes of the target with the right masses.

    Args:
        runs: problem, number of steps and report of each run of the gradient flow, one run for each seed. A failed run has no report (None).
        seconds: training seconds of each run.
    """
    within = f"within {seconds:g} s of training"
    judged = [
        (run[2], num_missing(run[2]), wrong_mass(run[2]))
        for run in runs
        if run[2] is not None and run[1] >= least_steps(run[0].training) and _knows_modes(run[2])
    ]
    if not judged:
        return Verdict("undecided", f"No run of the gradient flow made enough steps {within} to be judged.")
    good = sum(missing == 0 and wrong <= GOOD_MASS for _, missing, wrong in judged)
    report = judged[0][0]
    numbers = ", ".join(
        f"{int(r.metrics.modes_covered)} of {r.num_modes} modes with a mode mass error of {number(r.metrics.mode_tv)}"
        for r, _, _ in judged[:3]
    )
    found = (
        ("finds" if good else "does not find") if len(runs) == 1 else f"finds, in {good} of {len(runs)} runs,"
    )
    sentence = (
        f"The gradient flow {found} all modes with their masses {within}: {numbers}; "
        f"best possible error {number(report.floors.mode_tv)}."
    )
    if 0 < good < len(runs):
        return Verdict("undecided", sentence)
    if len(judged) < len(runs):
        return Verdict(
            "undecided", f"{sentence} {len(runs) - len(judged)} of the {len(runs)} runs could not be judged."
        )
    return decided(good == len(runs), sentence)


def _knows_modes(report: Report) -> bool:
    return report.num_modes is not None and not math.isnan(report.metrics.mode_tv)


def cured_by_width(end: Mapping[float, float]) -> Verdict:
    """Figure 5: a wider latent lowers the kinetic energy at the end of the linear curve.

    Args:
        end: for each σ, ‖v_1‖² of the linear curve.
    """
    if len(end) < 2:
        return Verdict("undecided", "At least two values of σ are needed.")
    if found := unknown({f"σ = {sigma:g}": value for sigma, value in end.items()}):
        return found
    ordered = sorted(end)
    near, far = ordered[0], ordered[-1]
    return decided(
        rises([-end[sigma] for sigma in ordered]),
        f"At the end of the linear curve, ‖v₁‖² is {number(end[near])} for σ = {near:g} and {number(end[far])} for σ = {far:g}.",
    )
