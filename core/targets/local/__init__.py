"""Energies that are Python functions of the user: check them, register them, and load them from files."""
