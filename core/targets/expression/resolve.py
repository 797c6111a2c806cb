"""Give the names of a formula their values: write sums out, replace parameters by numbers, and check coordinates."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from core.targets.expression.parse import COORDINATE, Node, is_reserved, parse
from core.targets.mistakes import FormulaError

# Largest number of operations of a formula with its sums written out; bounds the time and memory of an evaluation.
MOST_OPERATIONS = 2000


@dataclass(frozen=True)
class Operation:
    """An operation on resolved formulas.

    Attributes:
        kind: name of the operator or function; for a `where`, its comparison, such as `<`.
        parts: the operands; for a `where`: left side, right side, value if true, value otherwise.
    """

    kind: str
    parts: tuple[Resolved, ...]


@dataclass(frozen=True)
class Coordinate:
    """One coordinate of x, counted from 0."""

    index: int


# A resolved formula: only its coordinates are still variable.
Resolved = float | Coordinate | Operation


def parameter_names(formula: str) -> tuple[str, ...]:
    """The names of the parameters in a formula, which need a value, in alphabetical order.

    Raises:
        FormulaError: the formula has a mistake.
    """
    return tuple(sorted(_free(parse(formula), frozenset())))


def _free(node: Node, bound: frozenset[str]) -> set[str]:
    if node.kind == "name":
        return set() if is_reserved(node.name) or node.name in bound else {node.name}
    inner = bound | {node.name} if node.kind == "sum" else bound
    last = len(node.parts) - 1
    parts = [_free(part, inner if i == last else bound) for i, part in enumerate(node.parts)]
    return set().union(*parts)


def resolve(formula: str, dim: int, parameters: Mapping[str, float]) -> Resolved:
    """The formula with all names replaced.

    Args:
        formula: the text.
        dim: number of coordinates.
        parameters: values of the names that are not coordinates, constants or functions.

    Raises:
        FormulaError: the formula has a mistake, a name has no value, a coordinate does not exist, or the formula is too long.
    """
    names = {"pi": math.pi, "e": math.e, "d": float(dim), **parameters}
    return _Resolver(formula, dim).resolve(parse(formula), names)


class _Resolver:
    def __init__(self, formula: str, dim: int) -> None:
        self.formula, self.dim = formula, dim
        self.visits = 0

    def resolve(self, node: Node, names: Mapping[str, float]) -> Resolved:
        self.visits += 1
        if self.visits > MOST_OPERATIONS:
            raise self.error(
                f"with all sums written out, the formula has more than {MOST_OPERATIONS} operations; shorten it",
                node.at,
            )
        if node.kind == "number":
            return self.folded(node, lambda: node.value)
        if node.kind == "name":
            return self.name(node, names)
        if node.kind == "coordinate":
            return self.coordinate(self.whole(node.parts[0], names), node.at)
        if node.kind == "sum":
            return self.sum(node, names)
        if node.kind == "where":
            condition, *rest = node.parts
            parts = tuple(self.resolve(part, names) for part in (*condition.parts, *rest))
            return Operation(condition.kind, parts)
        return self.operation(node, tuple(self.resolve(part, names) for part in node.parts))

    def operation(self, node: Node, parts: tuple[Resolved, ...]) -> Resolved:
        """The operation on these parts, or its value if all parts are numbers."""
        numbers = [part for part in parts if isinstance(part, float)]
        if len(numbers) < len(parts) or node.kind not in _CONSTANT:
            return Operation(node.kind, parts)
        return self.folded(node, lambda: _CONSTANT[node.kind](*numbers))

    def folded(self, node: Node, compute: Callable[[], float]) -> float:
        try:
            value = compute()
        except (ArithmeticError, ValueError):
            value = math.nan
        if isinstance(value, complex) or not math.isfinite(value):
            raise self.error("this is not a finite number", node.at)
        return float(value)

    def name(self, node: Node, names: Mapping[str, float]) -> Resolved:
        if node.name in names:
            return names[node.name]
        if node.name == "x":
            if self.dim > 1:
                raise self.error(f"x has {self.dim} coordinates; write {self.choices()}", node.at)
            return Coordinate(0)
        if match := COORDINATE.fullmatch(node.name):
            return self.coordinate(int(match[1]), node.at)
        raise self.error(
            f"`{node.name[:40]}` has no value; give it one in the parameters, as in {node.name[:40]}=1",
            node.at,
        )

    def coordinate(self, number: int, at: int) -> Coordinate:
        if not 1 <= number <= self.dim:
            what = f"there is no coordinate {number} in {self.dim} dimension{'s' * (self.dim > 1)}"
            raise self.error(f"{what}; write {self.choices()}", at)
        return Coordinate(number - 1)

    def choices(self) -> str:
        return {1: "x", 2: "x1 or x2"}.get(self.dim, f"x1 to x{self.dim}")

    def whole(self, node: Node, names: Mapping[str, float]) -> int:
        value = self.resolve(node, names)
        if not isinstance(value, float) or not value.is_integer():
            raise self.error("this must be a whole number, such as 1, d or i+1", node.at)
        return int(value)

    def sum(self, node: Node, names: Mapping[str, float]) -> Resolved:
        low, high = (self.whole(part, names) for part in node.parts[:2])
        if high - low >= MOST_OPERATIONS:
            raise self.error(f"a sum has at most {MOST_OPERATIONS} terms", node.at)
        terms = [self.resolve(node.parts[2], {**names, node.name: float(i)}) for i in range(low, high + 1)]
        return self.operation(Node("+", node.at), tuple(terms)) if terms else 0.0

    def error(self, what: str, at: int) -> FormulaError:
        return FormulaError(what, self.formula, at)


_CONSTANT: dict[str, Callable[..., float]] = {
    "+": lambda *terms: math.fsum(terms),
    "*": lambda *factors: math.prod(factors),
    "/": lambda a, b: a / b,
    "**": lambda a, b: a**b,
    "negate": lambda a: -a,
    "exp": math.exp,
    "log": math.log,
    "sqrt": math.sqrt,
    "abs": abs,
    "sin": math.sin,
    "cos": math.cos,
    "tan": math.tan,
    "tanh": math.tanh,
    "sinh": math.sinh,
    "cosh": math.cosh,
    "min": min,
    "max": max,
}
