"""Adapters between a kind of market and one implementation of it."""
