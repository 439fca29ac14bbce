"""Metrics of perpetual markets: liquidations, the waterfall, deleveraging, and who lost what.

All are functions of a `Timeline` alone. A market takes its quote token at par with the US dollar, and so do they.
"""
