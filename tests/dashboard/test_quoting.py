"""Text from links and from other outside sources is escaped."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from core import checks
from dashboard.texts.quoting import plain
from dashboard.url.link_errors import sentence
from tests.dashboard.pages import open_page

DASHBOARD = Path(__file__).resolve().parents[2] / "dashboard"
SHOWING = {"error", "warning", "info", "success", "toast", "caption", "markdown", "badge"}


@pytest.mark.parametrize(
    ("text", "markdown"),
    [
        ("σ must be positive.", "σ must be positive."),
        ("`sigma` must lie between 0.5 and 6; got 7.", "`sigma` must lie between 0.5 and 6; got 7."),
        ("[a](b)", r"\[a\](b)"),
        ("![a](b)", r"!\[a\](b)"),
        ("http://a.b www.a.b a@b", "http:\u2060//a.b www\u2060.a.b a@\u2060b"),
        (":red[a] :material/home: :tada:", ":\u2060red\\[a\\] :\u2060material/home: :\u2060tada:"),
        ("$x$ <b>&lt;</b>", r"\$x\$ \<b\>\&lt;\</b\>"),
        ("**a** _b_ ~c~ `[d](e)`", r"\*\*a\*\* \_b\_ \~c\~ \`\[d\](e)\`"),
        ("# a\n\n- b\t\x00c", r"\# a - b c"),
        ("1. a", r"1\. a"),
        ("- a", r"\- a"),
        ("", ""),
    ],
)
def test_escaped_markdown_shows_the_characters_of_the_text(text: str, markdown: str) -> None:
    assert plain(text) == markdown


def test_long_text_is_cut() -> None:
    assert plain("a" * 1000, 10) == "a" * 10 + "…"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("1e9", "The link asks for σ = 10⁹; allowed values are 0.5 to 6. The default is shown."),
        ("7", "The link asks for σ = 7; allowed values are 0.5 to 6. The default is shown."),
        ("2500000000", "The link asks for σ = 2.5·10⁹; allowed values are 0.5 to 6. The default is shown."),
        ("nan", "The link asks for σ = nan; allowed values are 0.5 to 6. The default is shown."),
    ],
)
def test_link_error_names_value_and_limits(given: str, message: str) -> None:
    with pytest.raises(checks.LimitsError) as caught:
        checks.number("sigma", float(given), 0.5, 6)
    assert sentence("sigma", given, caught.value) == message


def test_page_shows_the_link_error() -> None:
    app = open_page(sigma="1e9", seed="much", target="[a](http://b.c)")
    shown = [warning.value for warning in app.warning]
    assert "The link asks for σ = 10⁹; allowed values are 0.5 to 6. The default is shown." in shown
    assert "The link asks for seed = “much”: this is not a number. The default is shown." in shown
    assert any(r"target = “\[a\](http:" in text and "shifted\\_pair" in text for text in shown)


def test_no_error_is_shown_without_escaping() -> None:
    """Every error that the dashboard shows goes through `plain`."""
    found = []
    for path in DASHBOARD.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in SHOWING
            ):
                raw = [ast.unparse(arg) for arg in node.args[:1]]
                found += [
                    f"{path.name}: {text}" for text in raw if "plain(" not in text and _holds_error(text)
                ]
    assert found == []


def _holds_error(text: str) -> bool:
    return "str(error)" in text or "{error}" in text or ".error" in text
