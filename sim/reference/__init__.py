"""Exact-integer mirrors of the Solidity libraries."""
