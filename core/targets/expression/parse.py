"""Parse a formula into a tree. No part of a formula is ever executed: its words are only compared with lists of known names.

The grammar, where {…} may occur any number of times and […] may be absent:

sum      = product {("+" | "-") product}
product  = signed {("*" | "/") signed}
signed   = ("+" | "-") signed | power
power    = atom ["**" signed]
atom     = number | name | "x[" sum "]" | name "(" sum {"," sum} ")" | where | "(" sum ")"
where    = "where(" sum ("<" | "<=" | ">" | ">=") sum "," sum "," sum ")"
The function `sum(i, first, last, term)` adds the values of `term` for each whole number i from `first` to `last`.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass, field
from typing import NoReturn

from core.targets.expression.tokens import Token, tokens
from core.targets.mistakes import FormulaError

# The smallest and largest number of arguments of each function.
FUNCTIONS: dict[str, tuple[int, int]] = {
    **dict.fromkeys(
        ("exp", "log", "sqrt", "abs", "sin", "cos", "tan", "tanh", "sinh", "cosh", "softplus"), (1, 1)
    ),
    **dict.fromkeys(("min", "max", "logsumexp"), (2, 64)),
    "where": (3, 3),
    "sum": (4, 4),
}
COMPARISONS = ("<", "<=", ">", ">=")
# The tree of a formula is at most this deep, so that recursive functions stay within Python's recursion limit.
DEEPEST = 50
# In a message, words are cut to this many characters.
_LONGEST_WORD = 40


@dataclass(frozen=True)
class Node:
    """A formula, or a part of one.

    Attributes:
        kind: `number`, `name`, `coordinate` (x[part]), `negate`, or the text of an operator or function.
        at: index of the character of the formula at which an error message about this node points.
        parts: its operands; `+` and `*` have two or more.
        name: the text of a `name`, or the index variable of a `sum`; empty for other kinds.
        value: the value of a `number`.
        depth: number of levels of the tree from this node down.
    """

    kind: str
    at: int
    parts: tuple[Node, ...] = ()
    name: str = ""
    value: float = 0.0
    depth: int = field(default=0, compare=False)


def parse(formula: str) -> Node:
    """Parse a formula; returns the root of its tree.

    Raises:
        FormulaError: the formula has a mistake.
    """
    parser = _Parser(formula)
    tree = parser.sum()
    parser.finish()
    return tree


class _Parser:
    """A parser by recursive descent, with one token of lookahead."""

    def __init__(self, formula: str) -> None:
        self.formula = formula
        self.tokens = tokens(formula)
        self.index = 0
        self.level = 0

    @property
    def next(self) -> Token:
        return self.tokens[self.index]

    def take(self, *symbols: str) -> Token | None:
        """Consume the next token if it is one of these symbols."""
        token = self.next
        if token.kind != "symbol" or token.text not in symbols:
            return None
        self.index += 1
        return token

    def fail(self, what: str, at: int) -> NoReturn:
        raise FormulaError(what, self.formula, at)

    def node(self, kind: str, at: int, *parts: Node, name: str = "") -> Node:
        depth = 1 + max((part.depth for part in parts), default=0)
        if depth > DEEPEST:
            self.fail("the formula is nested too deeply here", at)
        return Node(kind, at, parts, name, depth=depth)

    def sum(self) -> Node:
        """Parse a sum. A difference becomes a sum with a negated term."""
        self.level += 1
        if self.level > DEEPEST:
            self.fail("the formula is nested too deeply here", self.next.at)
        first = self.product()
        terms = [first]
        while sign := self.take("+", "-"):
            term = self.product()
            terms.append(self.node("negate", sign.at, term) if sign.text == "-" else term)
        self.level -= 1
        return first if len(terms) == 1 else self.node("+", first.at, *terms)

    def product(self) -> Node:
        left = self.signed()
        while symbol := self.take("*", "/"):
            right = self.signed()
            factors = left.parts if symbol.text == left.kind == "*" else (left,)
            left = self.node(symbol.text, symbol.at, *factors, right)
        return left

    def signed(self) -> Node:
        self.level += 1
        if self.level > DEEPEST:
            self.fail("the formula is nested too deeply here", self.next.at)
        sign = self.take("+", "-")
        found = self.signed() if sign else self.power()
        self.level -= 1
        return self.node("negate", sign.at, found) if sign and sign.text == "-" else found

    def power(self) -> Node:
        base = self.atom()
        if symbol := self.take("**"):
            return self.node("**", symbol.at, base, self.signed())
        return base

    def atom(self) -> Node:
        token = self.next
        if token.kind == "number":
            self.index += 1
            if self.next.kind == "name" or self.next.text == "(":
                self.fail(
                    f"an operator is missing; write {_short(token.text)}*{_short(self.next.text)}",
                    self.next.at,
                )
            return Node("number", token.at, value=float(token.text), depth=1)
        if token.kind == "name":
            self.index += 1
            return self.named(token)
        if opened := self.take("("):
            found = self.sum()
            self.close(opened, ")")
            return found
        what = "the formula ends too early; a number, a name or ( must follow"
        self.fail(what if token.kind == "end" else f"“{_short(token.text)}” is not allowed here", token.at)

    def named(self, token: Token) -> Node:
        """Parse what starts with a name: a coordinate such as x[1], a function with its arguments, or a name alone."""
        if token.text == "x" and (opened := self.take("[")):
            index = self.sum()
            self.close(opened, "]")
            return self.node("coordinate", token.at, index)
        if opened := self.take("("):
            if token.text not in FUNCTIONS:
                self.fail(_no_function(token.text), token.at)
            return self.call(token, opened)
        if token.text in FUNCTIONS:
            self.fail(f"`{token.text}` is a function; write {token.text}(…)", token.at)
        return Node("name", token.at, name=token.text, depth=1)

    def call(self, token: Token, opened: Token) -> Node:
        name, parts, counter = token.text, [], ""
        if name == "sum":
            counter = self.counter()
        elif name == "where":
            parts.append(self.condition())
        else:
            parts.append(self.sum())
        while self.take(","):
            parts.append(self.sum())
        self.close(opened, ")")
        least, most = FUNCTIONS[name]
        count = len(parts) + bool(counter)
        if not least <= count <= most:
            self.fail(f"`{name}` takes {_EXAMPLES.get(name, f'one value, {name}(…)')}; got {count}", token.at)
        return self.node(name, token.at, *parts, name=counter)

    def counter(self) -> str:
        """Parse the index variable of a `sum(…)`."""
        token = self.next
        if token.kind != "name" or is_reserved(token.text):
            self.fail("a sum starts with its index, as in sum(i, 1, d, x[i]**2)", token.at)
        self.index += 1
        return token.text

    def condition(self) -> Node:
        left = self.sum()
        symbol = self.take(*COMPARISONS)
        if symbol is None:
            self.fail("where needs a comparison first, as in where(x1 < 0, 1, 2)", self.next.at)
        return self.node(symbol.text, symbol.at, left, self.sum())

    def close(self, opened: Token, symbol: str) -> None:
        if self.take(symbol):
            return
        if self.next.kind == "end":
            self.fail(f"this “{opened.text}” is never closed", opened.at)
        self.stray()

    def finish(self) -> None:
        if self.next.kind != "end":
            self.stray()

    def stray(self) -> NoReturn:
        """Raise the error for a token that cannot follow a complete value."""
        token = self.next
        if token.kind in ("name", "number") or token.text in ("(", "["):
            self.fail(f"an operator is missing before “{_short(token.text)}”, such as *", token.at)
        if token.text in COMPARISONS:
            self.fail("a comparison can only be the first part of where(…, …, …)", token.at)
        if token.text == ",":
            self.fail("a comma is not allowed here; write decimals with a point, as in 1.5", token.at)
        self.fail(f"“{token.text}” was never opened", token.at)


_EXAMPLES = {
    "min": "two or more values, min(…, …)",
    "max": "two or more values, max(…, …)",
    "logsumexp": "two or more values, logsumexp(…, …)",
    "where": "three parts, where(x1 < 0, …, …)",
    "sum": "four parts, sum(i, 1, d, x[i]**2)",
}
CONSTANTS = ("pi", "e", "d")
COORDINATE = re.compile(r"x([0-9]{1,6})")


def is_reserved(name: str) -> bool:
    """Whether a name has a meaning of its own, so that no parameter can have it."""
    return name in FUNCTIONS or name in CONSTANTS or name == "x" or COORDINATE.fullmatch(name) is not None


def _short(word: str) -> str:
    """A word of the formula, cut for a message."""
    return word if len(word) <= _LONGEST_WORD else word[:_LONGEST_WORD] + "…"


def _no_function(name: str) -> str:
    near = difflib.get_close_matches(name[:_LONGEST_WORD], FUNCTIONS, 1)
    hint = f"perhaps you mean `{near[0]}`" if near else f"the functions are {', '.join(sorted(FUNCTIONS))}"
    return f"there is no function `{name[:_LONGEST_WORD]}`; {hint}"
