"""The Lessons page, in parts: cards, one step, its controls, its questions."""
