"""Risk rules: what collateral counts for where that depends on more than its reserve."""

from sim.scenario.base import Model


class RiskRule(Model):
    """Base of the rules; a market applies them in order, each on the result of the former."""
