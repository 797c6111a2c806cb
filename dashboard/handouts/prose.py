"""Convert Markdown to HTML, and its formulas to MathML. HTML in the Markdown is shown as text."""

from __future__ import annotations

from functools import lru_cache
from html import escape
from typing import Any

from latex2mathml.converter import convert
from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin


def html(markdown: str) -> str:
    """Paragraphs, lists, tables and formulas as HTML."""
    return str(_parser().render(markdown))


def inline(markdown: str) -> str:
    """One line as HTML, without a paragraph around it."""
    return str(_parser().renderInline(markdown))


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")
    return parser.use(dollarmath_plugin, renderer=_formula, double_inline=True)


def _formula(latex: str, options: dict[str, Any]) -> str:
    """A formula as MathML; one that cannot be converted stays as it is written."""
    display = "block" if options.get("display_mode") else "inline"
    try:
        return convert(latex, display=display)
    except Exception:  # the converter's errors have no common class
        return f"<code>{escape(latex)}</code>"
