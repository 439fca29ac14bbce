"""A scenario deployed on a chain: handles, observation, manifest."""
