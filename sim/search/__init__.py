"""Space, state machine, economic shrinker and corpus of findings."""
