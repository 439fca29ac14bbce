"""Scenario models, loading, the library of named scenarios and parameter spaces."""
