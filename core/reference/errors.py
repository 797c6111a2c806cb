"""What the exact solvers raise; free of torch, so that a page can catch it."""


class NoExactFieldError(ValueError):
    """The exact field of a problem is not known here; the message says for which problems it is."""


class UnfitDensityError(NoExactFieldError):
    """It would be known, but an energy, a density or a box is not fit for it; the message says what is wrong."""


class TooDearError(NoExactFieldError):
    """It is known, but takes more memory or time than is allowed here; the message says how much, and what would fit."""
