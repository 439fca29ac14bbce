"""The declared stress envelope as a budget that a history spends."""

from collections import Counter
from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass
from fractions import Fraction

from sim.errors import BadInput
from sim.scenario.space import Envelope
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
from sim.units import BPS


class OutOfEnvelope(BadInput):
    """A step would leave the declared stress envelope, or cannot be taken in the state it meets."""


@dataclass(frozen=True, slots=True)
class PerpRoom:
    """Where an environment acts on a perpetual market: its instruments, those with depth, and traders' roles."""

    instruments: tuple[str, ...] = ()
    curves: tuple[str, ...] = ()
    traders: tuple[str, ...] = ()


class Budget:
    """What an environment may still do in one history.

    Parameters
    ----------
    envelope
        The bounds.
    venues, feeds
        Names of the venues that liquidity can be pulled from, and assets whose feed has a reporter.
    borrowers
        Roles that can lever up.
    spare_tokens
        Whole tokens of collateral that each new borrower can bring.
    keepers
        Kinds of agents whose silence would be a keeper outage.
    perps
        The perpetual market that the environment acts on.
    """

    def __init__(
        self,
        envelope: Envelope,
        venues: Sequence[str],
        feeds: Sequence[str],
        borrowers: Sequence[str],
        spare_tokens: int,
        keepers: Sequence[str] = (),
        perps: PerpRoom | None = None,
    ) -> None:
        self.envelope = envelope
        self.venues = tuple(venues)
        self.feeds = tuple(feeds)
        self.borrowers = tuple(borrowers)
        self.spare_tokens = spare_tokens
        self.keepers = tuple(keepers)
        self.perps = perps or PerpRoom()
        self.blocks = 0
        self.lever_ups = 0
        self.new_borrowers = 0
        self.new_traders = 0
        self.congested_blocks = 0
        self._kept = self._raised = Fraction(1)
        self._spent: Counter[tuple[str, str]] = Counter()
        self._grew: set[str] = set()

    @property
    def blocks_left(self) -> int:
        """Blocks that may still pass."""
        return self.envelope.max_blocks - self.blocks

    @property
    def fall_left_bps(self) -> int:
        """The deepest single fall (bps) that both bounds still allow."""
        return min(self._fall_in_all_bps, self.envelope.max_shock_bps)

    @property
    def rise_left_bps(self) -> int:
        """The highest single rise (bps) that both bounds still allow."""
        return min(self._rise_in_all_bps, self.envelope.max_shock_bps)

    @property
    def drift_up_left_bps(self) -> int:
        """The highest single drift upwards (bps) that both bounds still allow."""
        return min(self._rise_in_all_bps, self.envelope.max_drift_bps)

    @property
    def _rise_in_all_bps(self) -> int:
        most = self.envelope.max_total_rise_bps
        if most is None:
            return BPS
        return max(int((Fraction(BPS + most, BPS) / self._raised - 1) * BPS), 0)

    @property
    def _fall_in_all_bps(self) -> int:
        floor = Fraction(BPS - self.envelope.max_total_fall_bps, BPS)
        return int((1 - floor / self._kept) * BPS) if self._kept > floor else 0

    @property
    def drift_left_bps(self) -> int:
        """The deepest single drift downwards (bps) that both bounds still allow."""
        return min(self._fall_in_all_bps, self.envelope.max_drift_bps)

    def stop_left(self, asset: str) -> int:
        """Blocks for which the feed of `asset` may still be stopped."""
        return self.envelope.max_feed_stop_blocks - self._spent["stop_feed", asset]

    def lag_left(self, asset: str) -> int:
        """Blocks for which reports of `asset` may still come in late."""
        return self.envelope.max_lagged_blocks - self._spent["lag_feed", asset]

    def outage_left(self, kind: str) -> int:
        """Blocks for which agents of a kind may still be silent."""
        return self.envelope.max_keeper_outage_blocks - self._spent["stop_keepers", kind]

    def depth_left_bps(self, instrument: str) -> int:
        """Share of a virtual AMM's depth that may still leave."""
        return self.envelope.max_depth_pull_bps - self._spent["pull_depth", instrument]

    @property
    def congestion_left(self) -> int:
        """Blocks that may still be congested."""
        return self.envelope.max_congestion_blocks - self.congested_blocks

    def pull_left_bps(self, venue: str) -> int:
        """Share of the venue's liquidity at the start that may still be pulled."""
        return self.envelope.max_liquidity_pull_bps - self._spent["pull_liquidity", venue]

    def levers(self) -> list[str]:
        """Borrowers that may still lever up: each does so once."""
        if self.lever_ups >= self.envelope.max_lever_ups:
            return []
        return [role for role in self.borrowers if role not in self._grew]

    def traders_to_lever(self) -> list[str]:
        """Traders that may still lever up: each does so once."""
        if len(self._grew.intersection(self.perps.traders)) >= self.envelope.max_lever_traders:
            return []
        return [role for role in self.perps.traders if role not in self._grew]

    def after(self, step: Step) -> "Budget":
        """What is left after a step.

        Raises
        ------
        OutOfEnvelope
            It would leave the envelope.
        """
        left = copy(self)
        left._spent, left._grew = Counter(self._spent), set(self._grew)
        left._spend(step)
        return left

    def _spend(self, step: Step) -> None:
        envelope = self.envelope
        match step:
            case Wait():
                self._within("wait.blocks", step.blocks, min(envelope.max_wait_blocks, self.blocks_left))
                self.blocks += step.blocks
            case Shock() | Drift():
                self._spend_move(step)
            case StopFeed():
                self._spend_of(step, "asset", self.feeds, "blocks", self.stop_left)
            case LagFeed():
                self._within("lag_feed.lag_blocks", step.lag_blocks, envelope.max_feed_lag_blocks)
                self._spend_of(step, "asset", self.feeds, "blocks", self.lag_left)
            case Congest():
                self._within("congest.fee_gwei", step.fee_gwei, int(envelope.max_congestion_gwei))
                self._within("congest.blocks", step.blocks, self.congestion_left)
                self.congested_blocks += step.blocks
            case StopKeepers():
                self._spend_of(step, "kind", self.keepers, "blocks", self.outage_left)
            case PullLiquidity():
                self._spend_of(step, "venue", self.venues, "share_bps", self.pull_left_bps)
            case PullDepth():
                self._spend_of(step, "instrument", self.perps.curves, "share_bps", self.depth_left_bps)
            case NewBorrower() | LeverUp():
                self._spend_borrowing(step)
            case NewTrader():
                self._spend_new_trader(step)
            case LeverTrader():
                self._spend_lever(step)

    def _spend_of(
        self, step: Step, whose: str, known: Sequence[str], size: str, left: Callable[[str], int]
    ) -> None:
        """Spend a size on something that has a name and a bound of its own."""
        name, amount = getattr(step, whose), getattr(step, size)
        if name not in known:
            raise OutOfEnvelope(f"{step.action}.{whose} is {name!r}, one of {list(known)} expected")
        self._within(f"{step.action}.{size}", amount, left(name))
        self._spent[step.action, name] += amount

    def _spend_move(self, step: Shock | Drift) -> None:
        envelope, field = self.envelope, f"{step.action}.change_bps"
        if step.asset != envelope.shock_asset:
            raise OutOfEnvelope(f"{step.action}.asset is {step.asset!r}, {envelope.shock_asset!r} expected")
        drifts = isinstance(step, Drift)
        if drifts:
            self._within("drift.blocks", step.blocks, envelope.max_wait_blocks)
        if step.change_bps < 0:
            self._within(field, -step.change_bps, self.drift_left_bps if drifts else self.fall_left_bps)
            self._kept *= Fraction(BPS + step.change_bps, BPS)
        else:
            self._within(field, step.change_bps, self.drift_up_left_bps if drifts else self.rise_left_bps)
            self._raised *= Fraction(BPS + step.change_bps, BPS)

    def _spend_new_trader(self, step: NewTrader) -> None:
        envelope = self.envelope
        self._within("new_trader.account", step.account + 1, envelope.max_new_traders)
        most = int(envelope.max_new_trader_notional_tokens)
        self._within("new_trader.notional_tokens", step.notional_tokens, most)
        self._within("new_trader.leverage", step.leverage, envelope.max_leverage)
        known = self.perps.instruments
        if step.instrument not in known:
            raise OutOfEnvelope(f"new_trader.instrument is {step.instrument!r}, one of {list(known)} expected")
        if step.account != self.new_traders:
            raise OutOfEnvelope(f"new_trader.account is {step.account}, {self.new_traders} is next")
        self.new_traders += 1

    def _spend_lever(self, step: LeverTrader) -> None:
        least = self.envelope.min_new_margin_bps
        if step.margin_bps < least:
            raise OutOfEnvelope(f"lever_trader.margin_bps is {step.margin_bps}, at least {least} expected")
        if step.trader not in self.traders_to_lever():
            raise OutOfEnvelope(f"lever_trader.trader is {step.trader!r}, a trader that may still do so expected")
        self._grew.add(step.trader)

    def _spend_borrowing(self, step: NewBorrower | LeverUp) -> None:
        if step.health_bps < self.envelope.min_new_health_bps:
            least = self.envelope.min_new_health_bps
            raise OutOfEnvelope(f"{step.action}.health_bps is {step.health_bps}, at least {least} expected")
        if isinstance(step, NewBorrower):
            self._within("new_borrower.account", step.account + 1, self.envelope.max_new_borrowers)
            self._within("new_borrower.collateral_tokens", step.collateral_tokens, self.spare_tokens)
            if step.account != self.new_borrowers:
                raise OutOfEnvelope(f"new_borrower.account is {step.account}, {self.new_borrowers} is next")
            self.new_borrowers += 1
            return
        if step.borrower not in self.levers():
            raise OutOfEnvelope(
                f"lever_up.borrower is {step.borrower!r}, a borrower that may still do so expected"
            )
        self.lever_ups += 1
        self._grew.add(step.borrower)

    @staticmethod
    def _within(field: str, given: int, allowed: int) -> None:
        if given > allowed:
            raise OutOfEnvelope(f"{field} is {given}, at most {allowed} left in the envelope")
