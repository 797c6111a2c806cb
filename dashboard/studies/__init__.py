"""The studies of the Studies page: making, running and showing them."""
