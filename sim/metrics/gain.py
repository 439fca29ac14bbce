"""The loop gain of a run: what its first state predicts, and what its liquidations show.

The gain is the log fall that forced sales add per log fall that forced them; above 1 a fall feeds itself.
"""

import math
from collections.abc import Iterator, Mapping
from typing import Any

from sim.metrics.timeline import Timeline
from sim.metrics.waves import Wave
from sim.trace import AccountRecord, ReserveRule
from sim.units import BPS, E8, WAD

DENSITY_WINDOW = 0.05
"""Log fall over which the density of thresholds is taken: 5 %, the usual size of a bonus."""
DEPTH_MOVE = 0.02
"""Move of the price that the depth of a venue in the trace is given for."""


def branching_ratio(table_waves: list[Wave]) -> float | None:
    """Liquidated value induced per liquidated value before it: sum of waves 1..n over sum of waves 0..n-1.

    The estimator of a branching process's mean offspring from its generations (Harris, 1948), by value. The last
    wave is in no denominator: what ended there is not told apart from what ran out of borrowers. 0 with one
    wave, None without liquidations.
    """
    if not table_waves:
        return None
    sizes = [wave.liquidated_usd for wave in table_waves]
    parents = sum(sizes[:-1])
    return sum(sizes[1:]) / parents if parents else 0.0


def loop_gain_predicted(timeline: Timeline, asset: str, window: float = DENSITY_WINDOW) -> float | None:
    """Density of what would be sold, over the depth that would take it, both in the state before the run.

    G = H / N. H: collateral units sold per unit log fall of `asset`, over the first `window` of a fall; N: units
    that move the price which the feed reads by one unit of log. For a pool as its own oracle N = x / 2, hence
    G = 2 phi H' / x with H' the collateral of the accounts and phi the share of it that a liquidation sells.

    Derived, with everything sold at once: neither the refill of the outside book nor rescues, nor what keepers
    decline, are in it. 0 where sales do not reach the feed; None where the trace has no accounts, or the asset no
    feed.
    """
    if asset not in timeline.feeds or not any(timeline.trace.initial_accounts.values()):
        return None
    depth = depth_units(timeline, asset)
    if depth is None:
        return 0.0
    sold = sum(units for fall, units in _thresholds(timeline, asset) if fall <= window)
    return sold / window / depth


def depth_units(timeline: Timeline, asset: str) -> float | None:
    """Units of `asset` whose sale takes one unit of log off the price that its feed reads; None if none does.

    A constant-product pool gives way by 2 / x per unit (swap fee left out), any other venue as it does over the
    first 2 %, the outside book by p / K with K = 100 x `depth_usd_per_pct`, a power book as it does on average
    over the window of the density. Arbitrage makes one market of both, whose depths add up. A feed that reports
    the outside price is reached by sales on arbitraged venues alone.
    """
    arbitraged = {
        agent["venue"] for agent in timeline.scenario["agents"].values() if agent["kind"] == "arbitrageur"
    }
    spot = timeline.venue_read(asset)
    if spot is not None and spot not in arbitraged:
        return _pool_depth(timeline, spot, asset)
    venues = [n for n, v in timeline.venues.items() if n in arbitraged and asset in (v["base"], v["quote"])]
    book = timeline.scenario["assets"][asset].get("depth")
    if not venues or book is None:
        return None
    price_usd = timeline.records[0].outside_e8[asset] / E8
    outside = _first_percents(book) * book["depth_usd_per_pct"] / price_usd * 10 ** timeline.decimals[asset]
    return outside + sum(_pool_depth(timeline, venue, asset) for venue in venues)


def _first_percents(book: Mapping[str, Any]) -> float:
    """Times the first percent that an outside book takes per unit of log."""
    if book.get("kind") != "power":
        return 100.0
    return (100 * -math.expm1(-DENSITY_WINDOW)) ** (1 + book["gamma"]) / DENSITY_WINDOW


def _pool_depth(timeline: Timeline, venue: str, asset: str) -> float:
    record = timeline.records[0].venues[venue]
    if timeline.venues[venue].get("kind", "constant_product") != "constant_product":
        base, quote = timeline.venues[venue]["base"], timeline.venues[venue]["quote"]
        if asset == base:
            return record.sell_depth / -math.log(1 - DEPTH_MOVE)
        tokens = record.buy_depth / 10 ** timeline.decimals[base] * record.spot_e8 / E8
        return tokens * 10 ** timeline.decimals[quote] / math.log(1 + DEPTH_MOVE)
    return record.reserves[timeline.venues[venue]["base"] != asset] / 2


def _thresholds(timeline: Timeline, asset: str) -> Iterator[tuple[float, float]]:
    """Per account: the log fall of `asset` at which health is 1, and the units sold when it is liquidated."""
    for market, accounts in timeline.trace.initial_accounts.items():
        for account in accounts.values():
            if asset in account.supplied:
                fall = _distance(timeline, market, asset, account)
                if fall is not None:
                    yield fall, _sold_units(timeline, market, asset, account, fall)


def _value_usd(timeline: Timeline, asset: str, units: int) -> float:
    return units / 10 ** timeline.decimals[asset] * timeline.records[0].feeds[asset].price_e8 / E8


def _distance(timeline: Timeline, market: str, asset: str, account: AccountRecord) -> float | None:
    """Log fall of `asset`, all else as it is, to health 1; None if no fall leads there."""
    cover = {
        name: _value_usd(timeline, name, units) * timeline.threshold_bps(market, name) / BPS
        for name, units in account.supplied.items()
    }
    if timeline.markets[market].get("requirements") and sum(cover.values()) and account.debt_base:
        # What rules make of collateral is in the account's health; its share by asset stays an approximation.
        scale = account.health_wad / WAD * account.debt_base / E8 / sum(cover.values())
        cover = {name: value * scale for name, value in cover.items()}
    owed = {name: _value_usd(timeline, name, units) for name, units in account.debt.items()}
    own = cover[asset] - owed.get(asset, 0.0)
    short = sum(owed.values()) - sum(cover.values()) + own
    return math.log(own / short) if own > 0 and short > 0 else None


def _sold_units(timeline: Timeline, market: str, asset: str, account: AccountRecord, fall: float) -> float:
    """Collateral that one liquidation at health 1 brings to market: what the close factor allows, less the fee."""
    model = timeline.markets[market]
    rule, held = timeline.trace.market_rules[market][asset], account.supplied[asset]
    price_usd = _value_usd(timeline, asset, held) / held * math.exp(-fall)
    debt_usd = sum(_value_usd(timeline, name, units) for name, units in account.debt.items())
    share = _close_share(model.get("terms", {}), rule, debt_usd, held * price_usd)
    bonus = rule.bonus_bps / BPS
    seized = min(share * debt_usd * (1 + bonus) / price_usd, held)
    fee = rule.protocol_fee_bps / BPS
    if not model.get("terms", {}).get("fee_on_seized", False):
        fee *= bonus / (1 + bonus)
    return seized * (1 - fee)


def _close_share(terms: Mapping, rule: ReserveRule, debt_usd: float, collateral_usd: float) -> float:
    """Share of the debt that may be repaid at health 1; all of it where the market has no terms of its own."""
    smaller_usd = min(debt_usd, collateral_usd)
    if terms.get("kind") == "target_health":
        target = terms["target_health_bps"]
        gap = target - rule.threshold_bps * (1 + rule.bonus_bps / BPS)
        share = min((target - BPS) / gap, 1.0) if gap > 0 else 1.0
        return 1.0 if (1 - share) * smaller_usd < terms["dust_usd"] else share
    if smaller_usd < terms.get("full_close_below_usd", 0.0):
        return 1.0
    return terms.get("close_factor_bps", BPS) / BPS
