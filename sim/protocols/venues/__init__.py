"""Adapters of exchanges, one file a kind."""
