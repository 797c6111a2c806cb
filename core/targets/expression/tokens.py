"""Split a formula into words: numbers, names and symbols, each with its position."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from core.targets.mistakes import FormulaError

# The longest formula, in characters.
LONGEST = 2000
_TOKEN = re.compile(
    r"(?:(?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)|(?P<name>[A-Za-z][A-Za-z0-9_]*)"
    r"|(?P<symbol>\*\*|<=|>=|[-+*/()\[\],<>]))(?P<space>[ \t\r\n]*)"
)
_KINDS: tuple[Literal["number", "name", "symbol"], ...] = ("number", "name", "symbol")
# Replacements to suggest for characters that people type in formulas.
_INSTEAD = {
    "^": "write ** for a power",
    "=": "compare with <, <=, > or >=",
    "|": "write abs(…) for an absolute value",
    "²": "write **2",
    "³": "write **3",
    "−": "write - for a minus",
    "·": "write * for a product",
    "×": "write * for a product",
    "÷": "write / for a quotient",
    "π": "write pi",
    ";": "write one formula",
}


@dataclass(frozen=True)
class Token:
    """One word of a formula.

    Attributes:
        kind: kind of word; a word of kind `end` follows the last one.
        text: the characters of the word.
        at: index of its first character in the formula.
    """

    kind: Literal["number", "name", "symbol", "end"]
    text: str
    at: int


def tokens(formula: str) -> list[Token]:
    """Split a formula into its words.

    Raises:
        FormulaError: the formula is empty, too long, or contains a character that is not allowed.
    """
    if len(formula) > LONGEST:
        raise FormulaError(
            f"the formula has {len(formula)} characters; at most {LONGEST} are allowed", formula, LONGEST
        )
    end = len(formula.rstrip())
    found, at = [], len(formula) - len(formula.lstrip())
    while at < end:
        match = _TOKEN.match(formula, at)
        if match is None:
            raise FormulaError(_stray(formula[at]), formula, at)
        kind = next(kind for kind in _KINDS if match[kind])
        found.append(Token(kind, match[kind], at))
        at = match.end("space")
    if not found:
        raise FormulaError("the formula is empty; write an energy such as x1**2/2", formula, 0)
    return [*found, Token("end", "", end)]


def _stray(character: str) -> str:
    shown = character if character.isprintable() else f"U+{ord(character):04X}"
    hint = _INSTEAD.get(character) or ("use only the letters a to z, digits and + - * / ** ( ) [ ] , < >")
    return f"“{shown}” cannot be used; {hint}"
