"""Results on the Explore page: the exact and learned results of each curve, and how they are shown."""
