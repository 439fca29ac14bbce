"""What collateral counts for at the opening, under the rules of its market: so that a health asked for is had."""

from fractions import Fraction
from typing import Any

from sim.reference.requirements import tiered_weighted_down
from sim.scenario.lending.requirements import CorrelatedModes, Moving, SizeTiers
from sim.units import quantise

USD_DECIMALS = 8


def opening_threshold_bps(market: Any, group: str, asset: str, base: int) -> int | Fraction:
    """Liquidation threshold of a position of value ``base`` (USD e8) in one asset, for a member of a group.

    It is what the market's rules make of it: the category that the group has chosen, brackets of size, the least
    haircut. Where it depends on size, the average.
    """
    rules = getattr(market, "requirements", ())
    figure_bps = market.reserves[asset].liquidation_threshold_bps
    for rule in rules:
        category = rule.category_of(group, asset) if isinstance(rule, CorrelatedModes) else None
        figure_bps = figure_bps if category is None else category.liquidation_threshold_bps
    weighted = base * figure_bps
    for rule in rules:
        if isinstance(rule, SizeTiers) and asset in rule.brackets:
            brackets = [
                (quantise(one.floor_usd, USD_DECIMALS), one.liquidation_threshold_bps)
                for one in rule.brackets[asset]
            ]
            weighted = tiered_weighted_down(base, weighted, brackets)
        if isinstance(rule, Moving) and asset in rule.followed(market.reserves):
            weighted = max(weighted - base * rule.floor_bps, 0)
    return Fraction(weighted, base) if rules and base else figure_bps
