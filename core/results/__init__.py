"""Scores of samples and fields."""
