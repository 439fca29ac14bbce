"""A random walk over a whole perpetual market: real pricing, marks, feeds, collateral and every stage there is."""
