"""Energies typed as formulas: how they are parsed and evaluated, and the targets they define."""
