"""Errors for a formula with a mistake, and for an energy that cannot be used. This module does not import torch."""

from __future__ import annotations

# Characters of a formula shown on each side of a mistake.
_AROUND = 30


class FormulaError(ValueError):
    """A formula that cannot be parsed. The message is one line; `pointer` shows where the mistake is.

    Args:
        what: what is wrong and what would be right, without a full stop.
        formula: the whole formula.
        at: index of the character where the mistake is.
    """

    def __init__(self, what: str, formula: str, at: int) -> None:
        super().__init__(f"The energy has a mistake at character {at + 1}: {what}.")
        self.formula, self.at = formula, at

    @property
    def pointer(self) -> str:
        """Two lines: the formula near the mistake, and a caret under the mistake."""
        start, end = max(self.at - _AROUND, 0), self.at + _AROUND
        before, after = "…" if start else "", "…" if end < len(self.formula) else ""
        line = "".join(c if c.isprintable() else " " for c in self.formula[start:end])
        return f"{before}{line}{after}\n{' ' * (self.at - start + len(before))}^"


class UnusableEnergyError(ValueError):
    """A formula or a function that cannot be used as an energy to sample from. The message gives the reason and a remedy."""
