"""What an environment may do next: one function a rule, each drawing a step within what the budget leaves.

The state machine draws with Hypothesis, the proof of a safe base with a seeded stream; both play the same moves.
"""

from collections.abc import Callable
from dataclasses import dataclass

from sim.search.budget import Budget
from sim.search.history import Congest, LeverUp, NewBorrower, PullLiquidity, Shock, Step, StopFeed, Wait
from sim.search.space import Chooser

SHOCK_GRAIN_BPS = 25
SHARE_GRAIN_BPS = 500
HEALTH_GRAIN_BPS = 100
HEALTH_SPAN_BPS = 2_000
"""New debt is taken up to this much above the lowest health allowed."""
FEE_GRAIN_GWEI = 10
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
    height = _in_grains(choose, SHOCK_GRAIN_BPS, budget.envelope.max_shock_bps, SHOCK_GRAIN_BPS)
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


def _before_the_end(possible: Callable[[Budget], bool]) -> Callable[[Budget], bool]:
    """What acts on the next block needs one."""
    return lambda budget: budget.blocks_left > 0 and possible(budget)


FALL = Move("fall", _before_the_end(lambda b: b.fall_left_bps >= SHOCK_GRAIN_BPS), _fall)
RISE = Move("rise", _before_the_end(lambda b: b.envelope.max_shock_bps >= SHOCK_GRAIN_BPS), _rise)
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

MOVES = (FALL, RISE, WAIT, STOP_FEED, CONGEST, PULL_LIQUIDITY, NEW_BORROWER, LEVER_UP)
