"""Random streams: one seed per run, spawned by name, so that adding an agent does not shift another."""

import hashlib

import numpy as np


def rng_for(seed: int, name: str) -> np.random.Generator:
    """Return the stream of `name` under `seed` (both enter a numpy SeedSequence)."""
    words = np.frombuffer(hashlib.sha256(name.encode()).digest(), dtype=np.uint32)
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, *words.tolist()])))
