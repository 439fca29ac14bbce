"""Scenario models, loading, the library of named scenarios and parameter spaces."""

from sim.scenario.model import Scenario

__all__ = ["Scenario"]
