"""Imported points as a target: a kernel density."""
