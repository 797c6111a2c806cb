"""The list of saved runs on the Runs page."""
