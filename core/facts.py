"""Named numbers in texts: computed by the exact solvers, stored in `assets/facts.json`, and checked in Markdown files.

In Markdown, a number stands between the comments `<!--fact:NAME-->` and `<!--/fact-->`, which readers do not see. `python -m core.facts`
checks all files; with `--write` it recomputes and replaces all numbers. The pages of the app look up a number with `fact("NAME")`.
"""

from __future__ import annotations

import argparse
import json
import math
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path

from core.files import replace_text
from core.problem import Curve, Problem, TargetSpec

ROOT = Path(__file__).resolve().parents[1]
STORE = ROOT / "assets" / "facts.json"
_MARKED = re.compile(r"<!--fact:([\w-]+)-->(.*?)<!--/fact-->", re.DOTALL)
_OPENED = re.compile(r"<!--fact:")
_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def rounded(value: float, digits: int = 3) -> str:
    """Format a number for texts: `396`, `1.6`, `5.55·10⁸`. Uses a power of ten from 10⁶ up and below 10⁻³.

    Args:
        value: the number.
        digits: number of significant digits.

    Returns:
        The text; `unknown` for NaN and infinity.
    """
    if not math.isfinite(value):
        return "unknown"
    mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
    if value and not 1e-3 <= abs(value) < 1e6:
        return f"{mantissa}·10{str(int(exponent)).translate(_SUPERSCRIPTS)}"
    return f"{float(f'{mantissa}e{exponent}'):.{max(digits - 1 - int(exponent), 0)}f}"


def plus_minus(value: float, uncertainty: float | None) -> str:
    """Format a number with its uncertainty, such as `16.2 ± 0.1`, or alone if the uncertainty is None."""
    if uncertainty is None or math.isnan(value):
        return rounded(value)
    return f"{rounded(value)} ± {rounded(uncertainty, 1)}"


def rounded_up(value: float) -> str:
    """Format an upper bound: round up to an integer."""
    return str(math.ceil(value))


def energy(target: str, separation: float, sigma: float, t: float, interpolation: Curve = "linear") -> float:
    """Compute ‖v_t‖² of an exact curve at one time."""
    import torch

    from core.reference.solve import solve

    problem = Problem(TargetSpec.of(target, mode_separation=separation), interpolation, sigma)
    times = torch.tensor([t], dtype=torch.float64)
    return float(solve(problem).kinetic_energy(times))


def peak(target: str, separation: float, sigma: float, interpolation: Curve) -> float:
    """Compute the maximum of ‖v_t‖² of an exact curve over 101 times."""
    import torch

    from core.reference.solve import solve

    problem = Problem(TargetSpec.of(target, mode_separation=separation), interpolation, sigma)
    times = torch.linspace(0, 1, 101, dtype=torch.float64)
    return float(solve(problem).kinetic_energy(times).max())


@dataclass(frozen=True)
class Fact:
    """A named number.

    Attributes:
        compute: computes the value with an exact solver.
        write: formats the value.
    """

    compute: Callable[[], float]
    write: Callable[[float], str] = rounded

    @property
    def text(self) -> str:
        """The number as text, computed now."""
        return self.write(self.compute())


_PAIR = partial(energy, "shifted_pair")
# All facts are kinetic energies ‖v_t‖². A name consists of the target, its mode separation, `wide` if σ = 4 instead of 1, and which energy:
# `start` (t = 0) or `end` (t = 1) of the linear curve, or `flow-bound`, the largest of the gradient flow.
FACTS = {
    "pair-3-end": Fact(partial(_PAIR, 3.0, 1.0, 1.0)),
    "pair-3-flow-bound": Fact(partial(peak, "shifted_pair", 3.0, 1.0, "gradient_flow"), rounded_up),
    "pair-4-end": Fact(partial(_PAIR, 4.0, 1.0, 1.0)),
    "pair-5.5-end": Fact(partial(_PAIR, 5.5, 1.0, 1.0)),
    "pair-8-end": Fact(partial(_PAIR, 8.0, 1.0, 1.0)),
    "pair-4-wide-start": Fact(partial(_PAIR, 4.0, 4.0, 0.0), partial(rounded, digits=2)),
    "pair-4-wide-end": Fact(partial(_PAIR, 4.0, 4.0, 1.0), partial(rounded, digits=2)),
    "pair-5.5-wide-start": Fact(partial(_PAIR, 5.5, 4.0, 0.0), partial(rounded, digits=2)),
    "pair-5.5-wide-end": Fact(partial(_PAIR, 5.5, 4.0, 1.0)),
    "pair-4-flow-bound": Fact(partial(peak, "shifted_pair", 4.0, 1.0, "gradient_flow"), rounded_up),
    "laplace-12-end": Fact(partial(energy, "laplace", 12.0, 1.0, 1.0), partial(rounded, digits=2)),
    "laplace-50-end": Fact(partial(energy, "laplace", 50.0, 1.0, 1.0), partial(rounded, digits=2)),
}


@lru_cache(maxsize=1)
def stored() -> dict[str, str]:
    """The stored numbers as text, by name."""
    found: dict[str, str] = json.loads(STORE.read_text(encoding="utf-8"))
    return found


def fact(name: str) -> str:
    """Look up a stored number as text, without computing it.

    Raises:
        KeyError: the name is unknown.
    """
    return stored()[name]


def markdown_files(root: Path = ROOT) -> list[Path]:
    """README.md and all Markdown files in `docs`."""
    return [root / "README.md", *sorted((root / "docs").glob("**/*.md"))]


def wrong(text: str, known: dict[str, str]) -> list[str]:
    """Check the facts in a Markdown text; returns one sentence for each error."""
    found = _MARKED.findall(text)
    errors = [
        f"`{name}` is not a fact."
        if name not in known
        else f"`{name}` is {known[name]}; the text has {value}."
        for name, value in found
        if known.get(name) != value
    ]
    if len(_OPENED.findall(text)) != len(found):
        errors.append("A marker `<!--fact:…-->` has no end `<!--/fact-->`, or an invalid name.")
    return errors


def renewed(text: str, known: dict[str, str]) -> str:
    """Replace all facts in a Markdown text by their current values."""

    def replaced(match: re.Match[str]) -> str:
        name = match[1]
        return f"<!--fact:{name}-->{known[name]}<!--/fact-->" if name in known else match[0]

    return _MARKED.sub(replaced, text)


def main(argv: Sequence[str] | None = None) -> int:
    """Check all facts, or rewrite them with `--write`; returns the exit status, 1 if a fact is wrong."""
    parser = argparse.ArgumentParser(prog="python -m core.facts", description="Check the numbers in texts.")
    parser.add_argument("--write", action="store_true", help="recompute all numbers and replace them")
    parser.add_argument("files", nargs="*", type=Path, help="Markdown files (default: README.md and docs/)")
    arguments = parser.parse_args(argv)
    computed = {name: entry.text for name, entry in FACTS.items()}
    errors = [] if arguments.write else [f"{STORE.name}: {line}" for line in _differences(computed)]
    if arguments.write:
        replace_text(STORE, json.dumps(computed, ensure_ascii=False, indent=1) + "\n")
    for file in arguments.files or markdown_files():
        text = file.read_text(encoding="utf-8")
        if arguments.write:
            text = renewed(text, computed)
            replace_text(file, text)
        errors += [f"{file.name}: {line}" for line in wrong(text, computed)]
    for line in errors:
        print(line, file=sys.stderr)
    return 1 if errors else 0


def _differences(computed: dict[str, str]) -> list[str]:
    kept = json.loads(STORE.read_text(encoding="utf-8"))
    names = sorted({*computed, *kept})
    return [
        f"`{name}` is {computed.get(name, 'not a fact')}; the file has {kept.get(name, 'nothing')}."
        for name in names
        if computed.get(name) != kept.get(name)
    ]


if __name__ == "__main__":
    sys.exit(main())
