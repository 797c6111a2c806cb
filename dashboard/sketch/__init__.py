"""The drawing area for a target that is drawn by hand."""
