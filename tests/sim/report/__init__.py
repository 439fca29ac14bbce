"""Saved runs and what people see of them."""
