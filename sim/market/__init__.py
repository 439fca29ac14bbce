"""What surrounds the contracts: outside prices and the book behind them, and the competition for block space."""
