"""The paper's figures: what to train, what to compute exactly, and whether the numbers show what the paper claims."""
