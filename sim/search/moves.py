"""What an environment may do next: one function a rule, each drawing a step within what the budget leaves.

The state machine draws with Hypothesis, the proof of a safe base with a seeded stream; both play the same moves.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sim.search.budget import Budget
from sim.search.history import (
    Congest,
    Drift,
    LagFeed,
    LeverTrader,
    LeverUp,
    NewBorrower,
    NewTrader,
    PullDepth,
    PullLiquidity,
    Shock,
    Step,
    StopFeed,
    StopKeepers,
    Wait,
)
from sim.search.space import Chooser

SHOCK_GRAIN_BPS = 25
SHARE_GRAIN_BPS = 500
HEALTH_GRAIN_BPS = 100
HEALTH_SPAN_BPS = 2_000
"""New debt is taken up to this much above the lowest health allowed."""
FEE_GRAIN_GWEI = 10
MARGIN_SPAN_BPS = 5_000
"""Traders lever up to this much above the lowest margin allowed."""
NOTIONAL_PARTS = 10
"""A new trader's notional is a multiple of this part of the most."""
SMALLEST_NEW_PART = 10
"""A new borrower brings at least a tenth of what its account holds: dust is not worth a liquidation's gas."""


@dataclass(frozen=True, slots=True)
class Move:
    """A rule: whether it can be played, and how its step is drawn."""

    name: str
    possible: Callable[[Budget], bool]
    draw: Callable[[Budget, Chooser], Step]


def _in_grains(choose: Chooser, low: int, high: int, grain: int) -> int:
    """Draw a multiple of `grain`, at least one grain; bounds that are none are rounded inwards."""
    first = max(-(-low // grain), 1)
    return grain * choose.stressed(first, max(high // grain, first))


def _fall(budget: Budget, choose: Chooser) -> Step:
    depth = _in_grains(choose, SHOCK_GRAIN_BPS, budget.fall_left_bps, SHOCK_GRAIN_BPS)
    return Shock(asset=budget.envelope.shock_asset, change_bps=-depth)


def _rise(budget: Budget, choose: Chooser) -> Step:
    height = _in_grains(choose, SHOCK_GRAIN_BPS, budget.rise_left_bps, SHOCK_GRAIN_BPS)
    return Shock(asset=budget.envelope.shock_asset, change_bps=height)


def _wait(budget: Budget, choose: Chooser) -> Step:
    return Wait(blocks=choose.even(1, min(budget.envelope.max_wait_blocks, budget.blocks_left)))


def _stoppable(budget: Budget) -> list[str]:
    return [asset for asset in budget.feeds if budget.stop_left(asset) > 0]


def _stop_feed(budget: Budget, choose: Chooser) -> Step:
    assets = _stoppable(budget)
    asset = assets[choose.even(0, len(assets) - 1)]
    return StopFeed(asset=asset, blocks=choose.stressed(1, budget.stop_left(asset)))


def _congest(budget: Budget, choose: Chooser) -> Step:
    fee = _in_grains(choose, FEE_GRAIN_GWEI, int(budget.envelope.max_congestion_gwei), FEE_GRAIN_GWEI)
    return Congest(fee_gwei=fee, blocks=choose.stressed(1, budget.congestion_left))


def _pullable(budget: Budget) -> list[str]:
    return [venue for venue in budget.venues if budget.pull_left_bps(venue) >= SHARE_GRAIN_BPS]


def _pull_liquidity(budget: Budget, choose: Chooser) -> Step:
    venues = _pullable(budget)
    venue = venues[choose.even(0, len(venues) - 1)]
    share = _in_grains(choose, SHARE_GRAIN_BPS, budget.pull_left_bps(venue), SHARE_GRAIN_BPS)
    return PullLiquidity(venue=venue, share_bps=share)


def _health(budget: Budget, choose: Chooser) -> int:
    low = budget.envelope.min_new_health_bps
    span = HEALTH_SPAN_BPS // HEALTH_GRAIN_BPS
    return low + HEALTH_GRAIN_BPS * (span - choose.stressed(0, span))


def _new_borrower(budget: Budget, choose: Chooser) -> Step:
    tokens = choose.stressed(max(budget.spare_tokens // SMALLEST_NEW_PART, 1), budget.spare_tokens)
    return NewBorrower(account=budget.new_borrowers, collateral_tokens=tokens, health_bps=_health(budget, choose))


def _lever_up(budget: Budget, choose: Chooser) -> Step:
    levers = budget.levers()
    return LeverUp(borrower=levers[choose.even(0, len(levers) - 1)], health_bps=_health(budget, choose))


def _can_drift(budget: Budget) -> bool:
    return max(budget.drift_left_bps, budget.drift_up_left_bps) >= SHOCK_GRAIN_BPS


def _drift(budget: Budget, choose: Chooser) -> Step:
    envelope = budget.envelope
    down_bps, up_bps = budget.drift_left_bps, budget.drift_up_left_bps
    wants_down = choose.even(0, 1) == 0
    down = down_bps >= SHOCK_GRAIN_BPS and (wants_down or up_bps < SHOCK_GRAIN_BPS)
    most = down_bps if down else up_bps
    size = _in_grains(choose, SHOCK_GRAIN_BPS, most, SHOCK_GRAIN_BPS)
    blocks = choose.even(1, min(envelope.max_wait_blocks, budget.blocks_left))
    return Drift(asset=envelope.shock_asset, change_bps=-size if down else size, blocks=blocks)


def _laggable(budget: Budget) -> list[str]:
    return [asset for asset in budget.feeds if budget.lag_left(asset) > 0]


def _lag_feed(budget: Budget, choose: Chooser) -> Step:
    asset = _one_of(choose, _laggable(budget))
    lag = choose.stressed(1, budget.envelope.max_feed_lag_blocks)
    return LagFeed(asset=asset, lag_blocks=lag, blocks=choose.stressed(1, budget.lag_left(asset)))


def _stoppable_keepers(budget: Budget) -> list[str]:
    return [kind for kind in budget.keepers if budget.outage_left(kind) > 0]


def _stop_keepers(budget: Budget, choose: Chooser) -> Step:
    kind = _one_of(choose, _stoppable_keepers(budget))
    return StopKeepers(kind=kind, blocks=choose.stressed(1, budget.outage_left(kind)))


def _curves(budget: Budget) -> list[str]:
    return [name for name in budget.perps.curves if budget.depth_left_bps(name) >= SHARE_GRAIN_BPS]


def _pull_depth(budget: Budget, choose: Chooser) -> Step:
    instrument = _one_of(choose, _curves(budget))
    share = _in_grains(choose, SHARE_GRAIN_BPS, budget.depth_left_bps(instrument), SHARE_GRAIN_BPS)
    return PullDepth(instrument=instrument, share_bps=share)


def _new_trader(budget: Budget, choose: Chooser) -> Step:
    envelope = budget.envelope
    most = int(envelope.max_new_trader_notional_tokens)
    return NewTrader(
        account=budget.new_traders,
        instrument=_one_of(choose, budget.perps.instruments),
        side=_one_of(choose, ("long", "short")),
        notional_tokens=_in_grains(choose, 1, most, max(most // NOTIONAL_PARTS, 1)),
        leverage=choose.stressed(1, envelope.max_leverage),
    )


def _can_open(budget: Budget) -> bool:
    envelope = budget.envelope
    left = budget.new_traders < envelope.max_new_traders and bool(budget.perps.instruments)
    return left and envelope.max_new_trader_notional_tokens >= 1


def _lever_trader(budget: Budget, choose: Chooser) -> Step:
    span = MARGIN_SPAN_BPS // HEALTH_GRAIN_BPS
    return LeverTrader(
        trader=_one_of(choose, budget.traders_to_lever()),
        how=_one_of(choose, ("withdraw", "add")),
        margin_bps=budget.envelope.min_new_margin_bps + HEALTH_GRAIN_BPS * (span - choose.stressed(0, span)),
    )


def _one_of(choose: Chooser, names: Sequence[str]) -> str:
    return names[choose.even(0, len(names) - 1)]


def _before_the_end(possible: Callable[[Budget], bool]) -> Callable[[Budget], bool]:
    """What acts on the next block needs one."""
    return lambda budget: budget.blocks_left > 0 and possible(budget)


FALL = Move("fall", _before_the_end(lambda b: b.fall_left_bps >= SHOCK_GRAIN_BPS), _fall)
RISE = Move("rise", _before_the_end(lambda b: b.rise_left_bps >= SHOCK_GRAIN_BPS), _rise)
WAIT = Move("wait", lambda b: b.blocks_left > 0, _wait)
STOP_FEED = Move("stop_feed", _before_the_end(lambda b: bool(_stoppable(b))), _stop_feed)
CONGEST = Move(
    "congest",
    _before_the_end(lambda b: b.congestion_left > 0 and b.envelope.max_congestion_gwei >= FEE_GRAIN_GWEI),
    _congest,
)
PULL_LIQUIDITY = Move("pull_liquidity", _before_the_end(lambda b: bool(_pullable(b))), _pull_liquidity)
NEW_BORROWER = Move(
    "new_borrower",
    _before_the_end(lambda b: b.spare_tokens > 0 and b.new_borrowers < b.envelope.max_new_borrowers),
    _new_borrower,
)
LEVER_UP = Move("lever_up", _before_the_end(lambda b: bool(b.levers())), _lever_up)
DRIFT = Move("drift", _before_the_end(_can_drift), _drift)
LAG_FEED = Move(
    "lag_feed", _before_the_end(lambda b: b.envelope.max_feed_lag_blocks > 0 and bool(_laggable(b))), _lag_feed
)
STOP_KEEPERS = Move("stop_keepers", _before_the_end(lambda b: bool(_stoppable_keepers(b))), _stop_keepers)
PULL_DEPTH = Move("pull_depth", _before_the_end(lambda b: bool(_curves(b))), _pull_depth)
NEW_TRADER = Move("new_trader", _before_the_end(_can_open), _new_trader)
LEVER_TRADER = Move("lever_trader", _before_the_end(lambda b: bool(b.traders_to_lever())), _lever_trader)

MOVES = (
    *(FALL, RISE, WAIT, STOP_FEED, CONGEST, PULL_LIQUIDITY, NEW_BORROWER, LEVER_UP),
    *(DRIFT, LAG_FEED, STOP_KEEPERS, PULL_DEPTH, NEW_TRADER, LEVER_TRADER),
)
