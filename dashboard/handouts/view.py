"""A handout of a view of the Explore page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape
from typing import Any

from core.presets import EXAMPLES
from dashboard.controls import examples
from dashboard.handouts import families
from dashboard.handouts.document import Document, Section, Stage
from dashboard.handouts.panels import before_training, complete_panels
from dashboard.handouts.payload import Reels
from dashboard.player.reel import pack
from dashboard.results.panel_results import PanelResult
from dashboard.state import TITLES, Selection
from dashboard.texts import handouts as texts
from dashboard.url.address import text_of

Report = Callable[[float], None]


def view_handout(
    selection: Selection,
    sliders: Sequence[str],
    report: Report,
    *,
    known: Sequence[PanelResult] | None = None,
    t: float | None = None,
    backdrop: str | None = None,
    panel: str | None = None,
) -> str:
    """The page of one view.

    Args:
        selection: the settings.
        sliders: the sliders that the page should have, a part of `SLIDERS`; those that the view cannot have are left out.
        report: called with the fraction done; may raise an exception to cancel the work.
        known: the results on the viewer's page; None for the view before training.
        t, backdrop, panel: what the player shows; None for its defaults.

    Raises:
        ValueError: nothing is known about any curve of this view.
    """
    wanted = [name for name in families.params_of(selection) if name in sliders]
    share = 1 / (1 + 4 * len(wanted))
    results = before_training(selection) if known is None else known
    panels = complete_panels(results, lambda done: report(share * done))
    if not panels:
        raise ValueError(
            "No curve of this view has an exact or saved result, so there is no picture to show."
        )
    reels = Reels()
    found = [
        families.family(selection, name, reels, _part(report, share, k, len(wanted)))
        for k, name in enumerate(wanted)
    ]
    stage = Stage(reels.add(pack(panels)), terms(selection), tuple(found), t, backdrop, panel)
    text = f"<p>{examples.about(selection)} {texts.PRESS}</p>"
    lead = f'<p class="settings">{escape(settings_line(selection))}</p>'
    return Document(title_of(selection), lead, [Section("", text, stage)], texts.READING, reels).write()


def _part(report: Report, share: float, k: int, count: int) -> Report:
    """A function that takes the progress of part k of `count` equal parts, and reports the progress of the whole work. The fraction `share`
    of the work was done before the first part."""
    return lambda done: report(share + (1 - share) * (k + done) / count)


def title_of(selection: Selection) -> str:
    """The example's title, or the curve's and the target's."""
    curve = "Three curves" if selection.method == "all" else TITLES[selection.method]
    return f"{curve} to “{selection.problem.target.entry.title}”"


def settings_line(selection: Selection) -> str:
    """The settings in one line, such as `σ = 1 · mode separation 5.5 · seed 0`."""
    problem = selection.problem
    parts = [f"σ = {problem.sigma:g}"]
    for name, value in problem.target.values.items():
        if name in ("energy", "parameters") and value:
            parts.append(f"f = {value}" if name == "energy" else text_of(value))
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            parts.append(f"{name.replace('_', ' ')} {value:g}")
    return " · ".join([*parts, f"seed {problem.seed}"])


def terms(selection: Selection) -> dict[str, Any]:
    """The settings of the pictures, in the form that `preview_terms` returns."""
    problem = selection.problem
    return {"problem": problem.to_dict(), "title": problem.target.entry.title, "method": selection.method}


def affordable(selection: Selection, sliders: Sequence[str], most_seconds: float) -> tuple[str, ...]:
    """The sliders that the view can have and that are estimated to take at most this long to compute."""
    wanted = tuple(name for name in families.params_of(selection) if name in sliders)
    return wanted if families.seconds(selection, wanted) <= most_seconds else ()


def example_selection(name: str) -> Selection:
    """The view of an example."""
    problems = EXAMPLES[name].problems
    return Selection("all" if len(problems) > 1 else problems[0].interpolation, problems[0], 10.0)
