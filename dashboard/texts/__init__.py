"""The pages' texts beyond labels, one module per page, so that they can be read together."""
