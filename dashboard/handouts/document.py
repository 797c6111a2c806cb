"""One HTML file that contains everything: texts, players, reels (encoded pictures), styles and the script."""

from __future__ import annotations

import base64
import json
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from html import escape
from pathlib import Path
from typing import Any

from dashboard.handouts.families import Family
from dashboard.handouts.payload import Reels
from dashboard.player.look import PALETTES
from dashboard.player.source import CSS, HTML, SCRIPT
from dashboard.texts import handouts as texts
from dashboard.texts.glossary import OF_PLAYER

_HERE = Path(__file__).parent
_CONFIG = _HERE.parent / ".streamlit" / "config.toml"
# Height of a picture, in pixels.
HEIGHT = 380
# The security policy of the page: it may fetch nothing, and only its own script runs.
_POLICY = (
    "default-src 'none'; script-src 'sha256-{script}'; style-src 'unsafe-inline'; img-src data: blob:; "
    "media-src blob:; base-uri 'none'; form-action 'none'"
)


@dataclass(frozen=True)
class Stage:
    """A player on the page.

    Attributes:
        reel: id of the reel (encoded pictures) that it shows.
        terms: the settings of its pictures (`preview_terms`), for the captions of saved pictures.
        families: its sliders.
        t: the time; None starts playing.
        backdrop, panel: the player's choices that the view sets; None for the player's defaults.
        without: parts of the player that are left out.
        conditions: for each condition in a question, whether it holds at each position of each slider.
        numbers: for each live number that follows the sliders, its text at the view's own values and at each position (see `LiveNumbers`).
    """

    reel: str
    terms: dict[str, Any]
    families: tuple[Family, ...] = ()
    t: float | None = None
    backdrop: str | None = None
    panel: str | None = None
    without: tuple[str, ...] = ()
    conditions: tuple[dict[str, Any], ...] = ()
    numbers: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True)
class Section:
    """A part of the page: a heading, text, a player, and what follows it. All texts are HTML.

    Attributes:
        title: the heading.
        text: above the player.
        stage: the player; None for text alone.
        after: below the player.
    """

    title: str
    text: str
    stage: Stage | None = None
    after: str = ""


@dataclass
class Document:
    """A page before it is written.

    Attributes:
        title: the title, as plain text.
        lead: below the title, as HTML.
        sections: its parts, from top to bottom.
        end: at the end, as HTML.
        reels: the reels of all players.
    """

    title: str
    lead: str
    sections: Sequence[Section]
    end: str
    reels: Reels = field(default_factory=Reels)

    def write(self) -> str:
        """The page as HTML."""
        script = "\n".join(
            (SCRIPT, *(_text(name) for name in ("reel_text.js", "stage.js", "questions.js", "handout.js")))
        )
        stages = [section.stage for section in self.sections if section.stage is not None]
        spec = {
            "palettes": PALETTES,
            "texts": texts.SCRIPT,
            "stages": [_spec(stage, k) for k, stage in enumerate(stages)],
        }
        policy = _POLICY.format(script=base64.b64encode(sha256(script.encode()).digest()).decode())
        several = len(self.sections) > 1
        return "\n".join(
            [
                '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
                f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
                '<meta name="viewport" content="width=device-width, initial-scale=1">',
                f"<title>{escape(self.title)}</title>",
                f"<style>{theme_css()}{_text('handout.css')}</style>\n</head>\n<body>",
                f"<header><h1>{escape(self.title)}</h1>{self.lead}</header>\n<main>",
                f"<noscript><p>{texts.NO_SCRIPT}</p></noscript>",
                *_sections(self.sections, several),
                f"</main>\n<footer>{self.end}</footer>",
                f'<template id="player"><style>{CSS}</style>{HTML}</template>',
                *(f'<script type="text/plain" id="{name}">{text}</script>' for name, text in self.reels.texts.items()),
                f'<script type="application/json" id="handout">{_json(spec)}</script>',
                f'<script type="module">{script}</script>\n</body>\n</html>\n',
            ]
        )  # fmt: skip


def theme_css() -> str:
    """The app's colours as the custom CSS properties that the player's styles use, for light and for dark pages."""
    theme = tomllib.loads(_CONFIG.read_text(encoding="utf-8"))["theme"]
    dark = _properties(theme["dark"])
    return (
        f":root{{{_properties(theme['light'])}--st-base-radius:{theme['baseRadius']};color-scheme:light}}"
        f"@media(prefers-color-scheme:dark){{:root:not([data-printing]){{{dark}color-scheme:dark}}}}\n"
    )


def _properties(colours: dict[str, str]) -> str:
    names = {
        "primaryColor": "primary-color",
        "backgroundColor": "background-color",
        "secondaryBackgroundColor": "secondary-background-color",
        "textColor": "text-color",
        "borderColor": "border-color",
        "linkColor": "link-color",
    }
    return "".join(f"--st-{css}:{colours[name]};" for name, css in names.items())


def _text(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


def _json(value: Any) -> str:
    # A `<` in the data could end the script element that contains it.
    return json.dumps(value, allow_nan=False, separators=(",", ":"), ensure_ascii=False).replace(
        "<", "\\u003c"
    )


def _spec(stage: Stage, index: int) -> dict[str, Any]:
    options = {
        "key": f"stage-{index}",
        "opened": 0,
        "height": HEIGHT,
        "autoplay": False,
        "view": {"t": stage.t or 0.0, "backdrop": stage.backdrop, "panel": stage.panel},
        "preview": {**stage.terms, "sliders": {}, "movable": False, "url": ""},
        "without": list(stage.without),
        "glossary": OF_PLAYER,
    }
    families = [
        {"param": f.param, "values": f.values, "own": f.own, "reels": f.reels} for f in stage.families
    ]
    return {
        "reel": stage.reel,
        "plays": stage.t is None,
        "options": options,
        "families": families,
        "conditions": stage.conditions,
        "numbers": stage.numbers,
    }


def _sections(sections: Sequence[Section], numbered: bool) -> list[str]:
    parts, stage = [], 0
    for k, section in enumerate(sections, 1):
        place = ""
        if section.stage is not None:
            place = f'<div class="stage" data-stage="{stage}">{_sliders(section.stage, stage)}<div class="host"></div></div>'
            stage += 1
        number = f'<span class="number">{k} / {len(sections)}</span> ' if numbered else ""
        heading = f'<h2 id="title-{k}">{number}{section.title}</h2>' if section.title else ""
        label = f'aria-labelledby="title-{k}"' if section.title else f'aria-label="{texts.VIEW}"'
        parts.append(
            f'<section class="step" id="step-{k}" {label}>{heading}<div class="text">{section.text}</div>{place}'
            f'<div class="after">{section.after}</div></section>'
        )
    return parts


def _sliders(stage: Stage, index: int) -> str:
    """The sliders of a player, each with its value; empty without any."""
    rows = []
    for family in stage.families:
        name, own = f"slider-{index}-{family.param}", family.values[family.own]
        rows.append(
            f'<div class="slider"><label for="{name}">{family.label}</label>'
            f'<input type="range" id="{name}" data-param="{family.param}" min="0" max="{len(family.values) - 1}" step="1" '
            f'value="{family.own}" aria-valuetext="{own:g}"><output for="{name}">{own:g}</output></div>'
        )
    if not rows:
        return ""
    count = len(stage.families[0].values)
    note = texts.sliders(count, len(rows) > 1)
    return f'<div class="sliders">{"".join(rows)}<p class="note">{note}</p></div>'
