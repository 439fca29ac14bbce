"""The declared stress envelope as a budget that a history spends."""

from collections import Counter
from collections.abc import Sequence
from copy import copy
from fractions import Fraction

from sim.errors import BadInput
from sim.scenario.space import Envelope
from sim.search.history import (
    Congest,
    LeverUp,
    NewBorrower,
    PullLiquidity,
    Shock,
    Step,
    StopFeed,
    Wait,
)
from sim.units import BPS


class OutOfEnvelope(BadInput):
    """A step would leave the declared stress envelope, or cannot be taken in the state it meets."""


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
    """

    def __init__(
        self,
        envelope: Envelope,
        venues: Sequence[str],
        feeds: Sequence[str],
        borrowers: Sequence[str],
        spare_tokens: int,
    ) -> None:
        self.envelope = envelope
        self.venues = tuple(venues)
        self.feeds = tuple(feeds)
        self.borrowers = tuple(borrowers)
        self.spare_tokens = spare_tokens
        self.blocks = 0
        self.lever_ups = 0
        self.new_borrowers = 0
        self.congested_blocks = 0
        self._kept = Fraction(1)
        self._stopped: Counter[str] = Counter()
        self._pulled: Counter[str] = Counter()
        self._grew: set[str] = set()

    @property
    def blocks_left(self) -> int:
        """Blocks that may still pass."""
        return self.envelope.max_blocks - self.blocks

    @property
    def fall_left_bps(self) -> int:
        """The deepest single fall (bps) that both bounds still allow."""
        floor = Fraction(BPS - self.envelope.max_total_fall_bps, BPS)
        deepest = int((1 - floor / self._kept) * BPS) if self._kept > floor else 0
        return min(deepest, self.envelope.max_shock_bps)

    def stop_left(self, asset: str) -> int:
        """Blocks for which the feed of `asset` may still be stopped."""
        return self.envelope.max_feed_stop_blocks - self._stopped[asset]

    @property
    def congestion_left(self) -> int:
        """Blocks that may still be congested."""
        return self.envelope.max_congestion_blocks - self.congested_blocks

    def pull_left_bps(self, venue: str) -> int:
        """Share of the venue's liquidity at the start that may still be pulled."""
        return self.envelope.max_liquidity_pull_bps - self._pulled[venue]

    def levers(self) -> list[str]:
        """Borrowers that may still lever up: each does so once."""
        if self.lever_ups >= self.envelope.max_lever_ups:
            return []
        return [role for role in self.borrowers if role not in self._grew]

    def after(self, step: Step) -> "Budget":
        """What is left after a step.

        Raises
        ------
        OutOfEnvelope
            It would leave the envelope.
        """
        left = copy(self)
        left._stopped, left._pulled, left._grew = Counter(self._stopped), Counter(self._pulled), set(self._grew)
        left._spend(step)
        return left

    def _spend(self, step: Step) -> None:
        match step:
            case Wait():
                self._within("wait.blocks", step.blocks, min(self.envelope.max_wait_blocks, self.blocks_left))
                self.blocks += step.blocks
            case Shock():
                self._spend_shock(step)
            case StopFeed():
                if step.asset not in self.feeds:
                    raise OutOfEnvelope(f"stop_feed.asset is {step.asset!r}, one of {list(self.feeds)} expected")
                self._within("stop_feed.blocks", step.blocks, self.stop_left(step.asset))
                self._stopped[step.asset] += step.blocks
            case Congest():
                self._within("congest.fee_gwei", step.fee_gwei, int(self.envelope.max_congestion_gwei))
                self._within("congest.blocks", step.blocks, self.congestion_left)
                self.congested_blocks += step.blocks
            case PullLiquidity():
                if step.venue not in self.venues:
                    raise OutOfEnvelope(
                        f"pull_liquidity.venue is {step.venue!r}, one of {list(self.venues)} expected"
                    )
                self._within("pull_liquidity.share_bps", step.share_bps, self.pull_left_bps(step.venue))
                self._pulled[step.venue] += step.share_bps
            case NewBorrower() | LeverUp():
                self._spend_borrowing(step)

    def _spend_shock(self, step: Shock) -> None:
        if step.asset != self.envelope.shock_asset:
            raise OutOfEnvelope(f"shock.asset is {step.asset!r}, {self.envelope.shock_asset!r} expected")
        if step.change_bps < 0:
            self._within("shock.change_bps", -step.change_bps, self.fall_left_bps)
            self._kept *= Fraction(BPS + step.change_bps, BPS)
        else:
            self._within("shock.change_bps", step.change_bps, self.envelope.max_shock_bps)

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
