"""The chains and the codec."""
