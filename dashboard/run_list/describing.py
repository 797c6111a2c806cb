"""Descriptions of saved runs: title, outcome, scores."""

from __future__ import annotations

import math

from core.jobs.saved_runs import request_of
from core.sampling.methods import FORMER
from core.sampling.methods import METHODS as SAMPLERS
from core.store.records import TRAINING, StoredRun
from dashboard.results.scores import cell
from dashboard.runs import saved
from dashboard.runs.outcome import LOOKS, judged
from dashboard.runs.progress import counted
from dashboard.state import TITLES
from dashboard.texts import runs as texts
from dashboard.texts.quoting import plain
from dashboard.texts.shared import METRICS


def method_title(run: StoredRun) -> str:
    """The title of a run's curve if it trained one, otherwise the title of its sampler."""
    result = run.result
    if result.kind == TRAINING:
        return TITLES[result.problem.interpolation]
    method = SAMPLERS.get(FORMER.get(result.kind, result.kind))
    return result.kind if method is None else method.title


def title(run: StoredRun) -> str:
    """A run's name, or its method, target and settings, as Markdown."""
    problem = run.result.problem
    parts = [method_title(run), problem.target.entry.title, f"σ = {problem.sigma:g}"]
    separation = problem.target.values.get("mode_separation")
    parts += [] if separation is None else [f"m = {separation:g}"]
    parts += [f"seed {problem.seed}"] if problem.seed else []
    text = " · ".join(parts)
    return f"**{plain(run.name)}** · {text}" if run.name else f"**{parts[0]}** · {' · '.join(parts[1:])}"


def badge(run: StoredRun) -> tuple[str, str, str]:
    """Text, icon and colour of a run's badge."""
    result = run.result
    if result.status == "training":
        return "Training", ":material/progress_activity:", "blue"
    if result.status in ("failed", "interrupted"):
        return texts.STATUSES[result.status], *LOOKS["poor"]
    if result.kind not in (TRAINING, *SAMPLERS, *FORMER):
        return texts.STATUSES[result.status], *LOOKS["unknown"]
    found = judged(request_of(run), result.report, result.steps, result.status)
    ending = {"stopped": "Stopped", "diverged": "Diverged"}.get(result.status, "")
    return " · ".join(part for part in (ending, found.headline) if part), *LOOKS[found.kind]


def numbers(run: StoredRun, column: str) -> str:
    """One line of numbers: the metric by which the list is sorted, the costs and the time."""
    result, parts = run.result, list[str]()
    if result.report is not None:
        for name in dict.fromkeys(name for name in (column, "ess_fraction", "mode_tv") if name in METRICS):
            value = getattr(result.report.metrics, name)
            if not (isinstance(value, float) and math.isnan(value)):
                parts.append(f"{METRICS[name][0]} {cell(value, name, result.report)}")
    steps = f"{counted(result.steps)} step{'' if result.steps == 1 else 's'}"
    parts.append(f"{result.seconds:.1f} s, {steps}")
    if result.energy_calls:
        parts.append(f"{counted(result.energy_calls)} energy calls")
    return " · ".join([*parts, saved.day(run)])
