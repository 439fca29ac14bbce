"""Agents of perpetual markets."""
