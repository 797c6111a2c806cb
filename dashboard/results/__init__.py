"""Results on the Explore page: what is known of each curve, and how it is shown."""
