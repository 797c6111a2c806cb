"""A density drawn by hand as a target."""
