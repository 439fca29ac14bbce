"""How perpetual markets and their traders come into a world."""
