"""Exceptions of the exact solvers. This module does not import torch, so the app's pages can import it quickly."""


class NoExactFieldError(ValueError):
    """No method computes the exact field of a problem; the message states for which problems there is one."""


class UnfitDensityError(NoExactFieldError):
    """A method exists, but the energy, the density or the box is unsuitable; the message gives the reason."""


class TooDearError(NoExactFieldError):
    """A method exists, but needs more memory or time than allowed; the message gives the amount and what would fit."""
