"""Typed energies: what a formula may contain, and the message for each mistake."""

from __future__ import annotations

import random
import time

import pytest
import torch

from core.targets.expression.evaluate import evaluate
from core.targets.expression.resolve import MOST_OPERATIONS, parameter_names, resolve
from core.targets.expression.tokens import LONGEST
from core.targets.mistakes import FormulaError

X = torch.tensor([[0.3, -1.2, 2.0], [1.5, 0.4, -0.7]], dtype=torch.float64)
A, B, C = X.T
VALUES = [
    ("x1 + 2*x2 - x3/4", A + 2 * B - C / 4),
    ("-x1**2", -(A**2)),
    ("2**-x1", 2**-A),
    ("x1**2**x2", A ** (2**B)),
    ("x1 - x2 - x3", A - B - C),
    ("x1/x2/x3", A / B / C),
    ("x1*x2/x3*x1", A * B / C * A),
    ("a*x[1] + b", 1.5 * A - 2),
    ("sum(i, 1, d, i*x[i]**2)", A**2 + 2 * B**2 + 3 * C**2),
    ("sum(i, 1, d-1, sum(j, i+1, d, x[i]*x[j]))", A * B + A * C + B * C),
    ("sum(i, 2, 1, x[i])", 0 * A),
    ("pi + e + d + 1e-1", 0 * A + torch.pi + torch.e + 3.1),
    ("exp(x1) + log(abs(x2)) + sqrt(x1)", A.exp() + B.abs().log() + A.sqrt()),
    ("sin(x1) + cos(x2) + tan(x3) + tanh(x1)", A.sin() + B.cos() + C.tan() + A.tanh()),
    ("sinh(x1) + cosh(x2) + softplus(x3)", A.sinh() + B.cosh() + (1 + C.exp()).log()),
    ("min(x1, x2, 0.5) + max(x3, 1)", X[:, :2].amin(1).clamp(max=0.5) + C.clamp(min=1)),
    ("logsumexp(x1, x2, 0)", (A.exp() + B.exp() + 1).log()),
    ("where(x1 < x2, x1, 7)", torch.where(A < B, A, 7)),
    ("where(x1 >= 1, x1, x2) + where(1 <= 2, 1, 0)", torch.where(A >= 1, A, B) + 1),
    ("min(2, 3)", 0 * A + 2),
]


@pytest.mark.parametrize(
    ("formula", "expected"), VALUES, ids=lambda item: item if isinstance(item, str) else ""
)
def test_formula_has_the_value_that_python_gives_it(formula: str, expected: torch.Tensor) -> None:
    given = {name: {"a": 1.5, "b": -2.0}[name] for name in parameter_names(formula)}
    assert torch.allclose(evaluate(resolve(formula, 3, given), X), expected, rtol=1e-13)


def test_names_without_a_meaning_are_parameters() -> None:
    assert parameter_names("c*x1 + sum(i, 1, n, a*i) + i + pi") == ("a", "c", "i", "n")


# The dimension, the formula, the position of its mistake, and a part of the error message.
MISTAKES = [
    (2, "2x1", 1, "write 2*x1"),
    (2, "2(x1)", 1, "an operator is missing"),
    (2, "1" + "e" * 900, 1, "write 1*" + "e" * 40 + "…."),
    (2, "x1 x2", 3, "an operator is missing before “x2”"),
    (2, "x1^2", 2, "write ** for a power"),
    (2, "x1²", 2, "write **2"),
    (2, "|x1|", 0, "write abs"),
    (2, "π*x1", 0, "write pi"),
    (2, "х1", 0, "use only the letters"),  # a Cyrillic letter
    (2, "sinn(x1)", 0, "perhaps you mean `sin`"),
    (2, "x1 + f(x2)", 5, "there is no function `f`; the functions are abs, cos"),
    (2, "sin x1", 0, "write sin(…)"),
    (2, "sin(x1, x2)", 0, "takes one value, sin(…); got 2"),
    (2, "max(x1)", 0, "two or more values"),
    (2, "where(x1, 1, 2)", 8, "needs a comparison first"),
    (2, "where(x1 < 0, 1)", 0, "three parts"),
    (2, "x1 < 2", 3, "only be the first part of where"),
    (2, "x1 = 2", 3, "compare with"),
    (2, "(x1 + (x2", 6, "never closed"),
    (2, "x1 + x2)", 7, "never opened"),
    (2, "x1 +", 4, "ends too early"),
    (2, "x1 + * x2", 5, "is not allowed here"),
    (2, "1,5*x1", 1, "write decimals with a point"),
    (2, "x**2", 0, "write x1 or x2"),
    (2, "x3**2", 0, "no coordinate 3 in 2 dimensions"),
    (1, "x2**2", 0, "in 1 dimension; write x"),
    (5, "x[6]", 0, "write x1 to x5"),
    (2, "x[0.5]", 2, "a whole number"),
    (2, "x[x1]", 2, "a whole number"),
    (2, "sum(i, 1, d, x[i+1])", 13, "no coordinate 3"),
    (2, "sum(1, 2, 3, 4)", 4, "starts with its index"),
    (2, "sum(x1, 1, d, 1)", 4, "starts with its index"),
    (2, "sum(i, 1, d)", 0, "four parts"),
    (2, "a*x1", 0, "`a` has no value"),
    (2, "x1/0*0 + log(0)", 9, "not a finite number"),
    (2, "9**9**9**9", 4, "not a finite number"),
    (2, "(-8)**0.5", 4, "not a finite number"),
    (2, "x1.real", 2, "“.” cannot be used"),
    (2, "__import__('os')", 0, "“_” cannot be used"),
    (2, "x1.__class__", 2, "cannot be used"),
    (2, "lambda", 0, "has no value"),
    (2, "", 0, "the formula is empty"),
    (2, "sum(i, 1, 1000, sum(j, 1, 1000, x1))", 32, f"more than {MOST_OPERATIONS} operations"),
    (2, "sum(i, 1, 1e300, x1)", 0, "at most"),
    (2, "(" * 600 + "x1" + ")" * 600, 25, "nested too deeply"),
    (2, "-" * 600 + "x1", 49, "nested too deeply"),
    (2, "x1/" * 100 + "x1", 149, "nested too deeply"),
    (2, "x1**" * 100 + "x1", 196, "nested too deeply"),
    (2, "1+" * 500_000 + "1", LONGEST, "1000001 characters; at most"),
]


@pytest.mark.parametrize(("dim", "formula", "at", "part"), MISTAKES, ids=lambda item: str(item)[:30])
def test_mistake_is_shown_at_its_place_with_what_would_be_right(
    dim: int, formula: str, at: int, part: str
) -> None:
    with pytest.raises(FormulaError) as caught:
        resolve(formula, dim, {})
    error = caught.value
    assert part in str(error)
    assert "\n" not in str(error)
    assert error.at == at
    line, caret = error.pointer.split("\n")
    assert len(line) <= 62
    if at < len(formula) and formula[at].isprintable():
        assert line[caret.index("^")] == formula[at]


_PIECES = [
    *("x1", "x2", "x", "x[", "]", "(", ")", "**", "*", "+", "-", "/", ",", "<", ">=", ".", "_", "__", "'", '"', "\\", "\0", "\n"),
    *("sum(i,1,d,", "sum(", "where(", "exp(", "max(", "9**9**9", "1e308", "1e-308", "0x10", "1_000", "1j", "..", "lambda:", "eval("),
    *("exec(", "import os", "__class__", "x1.__init__", "{", "}", "@", "^", "π", "х", "\u202e", "\U0001f600", "٣", "Ａ", "a", "i"),
]  # fmt: skip


def hostile(rng: random.Random) -> str:
    """A random or hostile text: pieces of formulas and programs, repeated."""
    text = "".join(rng.choice(_PIECES) * rng.choice((1, 1, 1, 2, 60)) for _ in range(rng.randrange(1, 40)))
    return text * rng.choice((1,) * 50 + (100_000 // len(text) + 1,))


def answer(text: str) -> tuple[str, str] | None:
    """The error message and the pointer to the mistake; None if the formula has a value."""
    try:
        formula = resolve(text, 2, dict.fromkeys(parameter_names(text), 1.0))
    except FormulaError as error:
        return str(error), error.pointer
    assert evaluate(formula, X[:, :2]).shape == (2,)
    return None


def check_hostile(count: int, seed: int) -> None:
    rng, slow = random.Random(seed), 0
    for _ in range(count):
        text, start = hostile(rng), time.process_time()
        mistake = answer(text)
        slow += time.process_time() - start > 0.05
        assert mistake is None or (len(mistake[0]) < 400 and len(mistake[1]) < 200)
    # A few texts may take longer than 50 ms, since the operating system can interrupt the process.
    assert slow <= count // 1000


def test_hostile_texts_compile_or_are_refused() -> None:
    check_hostile(1500, 0)


@pytest.mark.long
def test_100_000_hostile_texts_compile_or_are_refused_within_50_ms_each() -> None:
    check_hostile(100_000, 1)
