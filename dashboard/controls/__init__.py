"""The controls of the Explore page and what sets them: examples, moved modes, undo, Share."""
