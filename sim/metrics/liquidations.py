"""The liquidation table: every liquidation with the round it read, its cause and its generation.

*Direct*: the account was liquidatable also at the exogenous price at the time of the feed's observation.
Otherwise *induced*. Its *cause* is the last forced sale before that observation that took the feed's source price
across the account's liquidation price or, if none did alone, the one with the largest log impact since the
account was last healthy. Where none falls into that time, because the impact that made the difference is older, it
is the one with the largest log impact before. *Generation*: 0 if direct, else its cause's plus 1; an induced
liquidation without any forced sale behind it starts a chain of its own, at 0.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sim.metrics.acquisitions import keeper_of
from sim.metrics.limits import LinearPosition
from sim.metrics.sales import Moves
from sim.metrics.timeline import Position, Round, Timeline, block_start
from sim.metrics.touches import touches_of
from sim.trace import Event
from sim.units import BPS, UINT256_MAX, WAD


@dataclass(frozen=True, slots=True)
class Liquidation:
    """One liquidation. Amounts in token units, values in USD e8 (`_base`) at the prices read.

    Attributes
    ----------
    seized, protocol_fee
        Collateral that left the account, and the part of it that the protocol kept.
    feed, price_e8, observed_block
        The round read: of the feed whose move made the account liquidatable where that is known, otherwise of
        the collateral's feed. -1: observed before the run.
    index
        Number among all liquidations of the run, those of perpetual markets included.
    cause
        Index of the liquidation whose forced sale caused this one; None for a direct one and for an induced one
        without a forced sale behind it.
    writes_off
        Whether the account's remaining debt was written off with it.
    oracle_gap_bps
        Price of the collateral in units of the debt asset as read, over that of the outside market just before,
        minus one; None without a price.
    oracle_latency_s, oracle_age_s
        Seconds from the observation and from the publication of the round read to the liquidation.
    limit_price
        Price of the collateral asset in units of the debt asset above which the account could not have been
        liquidated, all other prices as read; None where no price of it decides that.
    """

    index: int
    block: int
    tx: int
    log: int
    time_s: int
    market: str
    account: str
    keeper: str
    collateral_asset: str
    debt_asset: str
    seized: int
    protocol_fee: int
    repaid: int
    collateral_base: int
    debt_base: int
    health_before_wad: int
    health_after_wad: int
    feed: str
    price_e8: int
    observed_block: int
    direct: bool
    cause: int | None
    generation: int
    writes_off: bool
    oracle_gap_bps: float | None
    oracle_latency_s: int
    oracle_age_s: int
    limit_price: float | None

    @property
    def oracle_latency_blocks(self) -> int:
        """Blocks from the observation of the round read to the liquidation."""
        return self.block - self.observed_block

    @property
    def asset(self) -> str:
        """What was liquidated."""
        return self.collateral_asset

    @property
    def liquidated_base(self) -> int:
        """What counts for waves (USD e8): the collateral seized."""
        return self.collateral_base

    @property
    def toxic(self) -> bool:
        """Whether it left the account with debt and a lower health factor, at the prices read."""
        has_debt = self.health_after_wad != UINT256_MAX and not self.writes_off
        return has_debt and self.health_after_wad < self.health_before_wad


class LendingRows:
    """Makes the rows of one run; `moves` are moves of feeds' sources by forced sales (`source_moves`)."""

    def __init__(self, timeline: Timeline, moves: Mapping[str, Moves]) -> None:
        self._timeline = timeline
        self._moves = moves
        self._touches = touches_of(timeline)
        self._writes_off = {
            (event.block, event.tx, event.emitter, event.args["user"])
            for event in timeline.events("DeficitCreated")
        }

    def row(self, event: Event, generations: Sequence[int]) -> Liquidation:
        """The row of a liquidation, given the generations of all before it, of either kind."""
        timeline, number = self._timeline, len(generations)
        rounds, position = _position(timeline, event, self._touches)
        direct = _is_direct(timeline, rounds, position)
        feed, cause = (None, None) if direct else _cause(timeline, event, rounds, position, self._moves)
        if cause is not None and cause >= number:  # its own sale, on the venue that its feed reads
            feed, cause = None, None
        generation = 0 if cause is None else generations[cause] + 1
        read = rounds[feed or event.args["collateralAsset"]]
        off = (event.block, event.tx, event.emitter, event.args["user"]) in self._writes_off
        limit = position.limit_in(event.args["debtAsset"], event.args["collateralAsset"])
        return _row(timeline, event, number, read, direct, cause, generation, off, limit)


def _row(
    timeline: Timeline,
    event: Event,
    index: int,
    read: Round,
    direct: bool,
    cause: int | None,
    generation: int,
    writes_off: bool,
    limit_price: float | None,
) -> Liquidation:
    args = event.args
    collateral, debt = args["collateralAsset"], args["debtAsset"]
    return Liquidation(
        index=index,
        block=event.block,
        tx=event.tx,
        log=event.log,
        time_s=timeline.record(event.block).time_s,
        market=event.emitter,
        account=args["user"],
        keeper=keeper_of(timeline, event, args["liquidator"]),
        collateral_asset=collateral,
        debt_asset=debt,
        seized=args["seizedAssets"],
        protocol_fee=args["protocolFeeAssets"],
        repaid=args["repaidAssets"],
        collateral_base=timeline.value_down(collateral, args["seizedAssets"], args["collateralPriceBase"]),
        debt_base=timeline.value_down(debt, args["repaidAssets"], args["debtPriceBase"]),
        health_before_wad=args["healthBeforeWad"],
        health_after_wad=args["healthAfterWad"],
        feed=read.asset,
        price_e8=read.price_e8,
        observed_block=read.observed_block,
        direct=direct,
        cause=cause,
        generation=generation,
        writes_off=writes_off,
        oracle_gap_bps=_gap_bps(timeline, event),
        oracle_age_s=timeline.record(event.block).time_s - read.published_s,
        oracle_latency_s=timeline.record(event.block).time_s - timeline.record(read.observed_block).time_s,
        limit_price=limit_price,
    )


def _gap_bps(timeline: Timeline, event: Event) -> float | None:
    args, at = event.args, (event.block, event.tx, event.log)
    collateral, debt = (timeline.outside_before_e8(args[name], at) for name in ("collateralAsset", "debtAsset"))
    if not collateral or not args["debtPriceBase"]:
        return None
    return (args["collateralPriceBase"] * debt / (args["debtPriceBase"] * collateral) - 1) * BPS


def _position(timeline: Timeline, event: Event, touches: Mapping) -> tuple[dict[str, Round], LinearPosition]:
    """The rounds read and the account right before a liquidation.

    Debts are scaled so that the health at the prices read is the one of the event: interest since the
    snapshot and the market's own rounding are in it.
    """
    at = (event.block, event.tx, event.log)
    args = event.args
    key = (event.block, event.emitter, args["user"])
    supplied, debt = _amounts(timeline, event, key, touches)
    read_base = {args["debtAsset"]: args["debtPriceBase"], args["collateralAsset"]: args["collateralPriceBase"]}
    assets = list(dict.fromkeys((args["collateralAsset"], args["debtAsset"], *supplied, *debt)))
    rounds = {asset: timeline.round_before(asset, at) for asset in assets}
    prices = {asset: read_base.get(asset, rounds[asset].price_e8) for asset in assets}
    cover = {
        asset: amount * timeline.threshold_bps(event.emitter, asset) / (BPS * 10 ** timeline.decimals[asset])
        for asset, amount in supplied.items()
    }
    owed = {asset: amount / 10 ** timeline.decimals[asset] for asset, amount in debt.items()}
    cover_value = sum(amount * prices[asset] for asset, amount in cover.items())
    owed_value = sum(amount * prices[asset] for asset, amount in owed.items())
    health = args["healthBeforeWad"] / WAD
    scale = cover_value / (health * owed_value) if health > 0 and owed_value > 0 else 1.0
    share = {asset: timeline.limit_share(event.emitter, asset, args["healthBeforeWad"]) for asset in assets}
    weights = {asset: cover.get(asset, 0.0) * share[asset] - scale * owed.get(asset, 0.0) for asset in assets}
    return rounds, LinearPosition(weights, prices)


def _amounts(timeline: Timeline, event: Event, key: tuple, touches: Mapping) -> tuple[dict, dict]:
    """Units supplied and owed right before a liquidation: the block's snapshot plus what happened since."""
    before = timeline.trace.accounts_before.get(key)
    args = event.args
    if before is None:
        return {args["collateralAsset"]: args["seizedAssets"]}, {args["debtAsset"]: args["repaidAssets"]}
    amounts = {"supplied": dict(before.supplied), "debt": dict(before.debt)}
    for position, side, asset, change in touches.get(key, ()):
        if position < (event.block, event.tx, event.log):
            amounts[side][asset] = max(0, amounts[side].get(asset, 0) + change)
    return amounts["supplied"], amounts["debt"]


def _is_direct(timeline: Timeline, rounds: Mapping[str, Round], position: LinearPosition) -> bool:
    """Liquidatable also at the exogenous prices at the time of the observations."""
    exogenous = {asset: timeline.exogenous_e8(asset, read.observed_block) for asset, read in rounds.items()}
    return position.not_safer(exogenous) or position.surplus(exogenous) < 0


def _cause(
    timeline: Timeline,
    event: Event,
    rounds: Mapping[str, Round],
    position: LinearPosition,
    moves: Mapping[str, Moves],
) -> tuple[str | None, int | None]:
    """The feed whose source a forced sale moved, and the liquidation behind that sale."""
    exposed = [asset for asset, weight in position.weights.items() if weight and asset in moves]
    crossings = []
    for asset in exposed:
        limit = position.limit_e8(asset)
        if limit > 0:
            found = moves[asset].last_crossing(limit, position.weights[asset] > 0, rounds[asset].observed_at)
            if found is not None:
                crossings.append((moves[asset].positions[found], asset, moves[asset].cause[found]))
    if crossings:
        _, asset, cause = max(crossings)
        return asset, cause
    healthy = _last_healthy(timeline, event)
    since = {asset: _observed_for(timeline, asset, healthy) for asset in exposed}
    for starts in (since, dict.fromkeys(exposed, block_start(-1))):
        impacts = []
        for asset in exposed:
            falling, end = position.weights[asset] > 0, rounds[asset].observed_at
            found = moves[asset].largest(falling, starts[asset], end)
            if found is not None:
                impacts.append((found[0], asset, moves[asset].cause[found[1]]))
        if impacts:
            _, asset, cause = max(impacts, key=lambda item: item[0])
            return asset, cause
    return None, None


def _last_healthy(timeline: Timeline, event: Event) -> int:
    """The last block, up to the liquidation's, at whose start the account was not below health 1; -1 if none."""
    for block in range(event.block, -1, -1):
        if event.args["user"] not in timeline.record(block).below_one.get(event.emitter, {}):
            return block
    return -1


def _observed_for(timeline: Timeline, asset: str, block: int) -> Position:
    """Where the price was observed that a market read at the start of a block."""
    if block < 0:
        return block_start(-1)
    return timeline.round_before(asset, block_start(block)).observed_at
