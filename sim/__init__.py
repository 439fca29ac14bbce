"""Tailspin: a testbed for liquidation feedback loops in DeFi."""
