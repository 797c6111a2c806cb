"""Exceptions of the exact solvers. This module does not import torch, so pages can import it quickly."""


class NoExactFieldError(ValueError):
    """No method for the exact field of a problem is available; the message lists the problems that have one."""


class UnfitDensityError(NoExactFieldError):
    """A method exists, but the energy, the density or the box is unsuitable; the message gives the reason."""


class TooDearError(NoExactFieldError):
    """A method exists, but needs more memory or time than allowed; the message gives the amount and what would fit."""
