"""Energies that are Python functions of this process: checks, registration, and files that define them."""
