"""Actors that read an observation and propose actions."""
