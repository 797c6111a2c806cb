"""Runs on the Explore page: starting, stopping and following them."""
