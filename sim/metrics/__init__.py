"""Pure functions of a trace: numbers, series and typed outcomes."""
