"""Pinned results and their table on the Compare page."""
