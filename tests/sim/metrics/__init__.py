"""Metrics on traces built by hand."""
