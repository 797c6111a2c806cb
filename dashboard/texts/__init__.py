"""Texts of the pages that are more than a label, one module a page, so that they can be read together."""
