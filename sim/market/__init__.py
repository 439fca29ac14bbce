"""The outside world: price paths, depth, and block space."""
