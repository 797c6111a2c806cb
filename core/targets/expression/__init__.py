"""Energies typed as formulas: parser, evaluation, and everything about such a target that can be computed."""
