"""Adapter of an attacker's contract."""

from dataclasses import dataclass

from sim.chain.artifacts import Artifacts
from sim.chain.base import CallReverted, Chain
from sim.protocols.call import Call
from sim.protocols.venue import VenueAdapter
from sim.units import UINT256_MAX

ANY_LOSS = -(2**127)
"""A least profit that nothing falls short of."""


@dataclass(frozen=True, slots=True)
class Push:
    """An attack: what is pushed with, and what for.

    Attributes
    ----------
    loan
        The asset that is borrowed, sold for the venue's other one, and gained.
    flash, own
        Units of it from the lender, and from the attacker.
    borrows
        Whether to borrow `loan` against what was bought.
    victims
        Addresses to liquidate.
    min_profit
        In units of `loan`; may be negative.
    """

    loan: str
    flash: int
    own: int
    borrows: bool
    victims: tuple[str, ...] = ()
    min_profit: int = 0


class SpotPush:
    """`contracts/adversaries/SpotPush.sol`, of one owner, against one market over one venue."""

    def __init__(
        self,
        chain: Chain,
        artifacts: Artifacts,
        address: str,
        owner: str,
        market: str,
        lender: str,
        venue: VenueAdapter,
    ) -> None:
        self.chain = chain
        self.contract = artifacts["SpotPush"]
        self.decoder = artifacts.decoder
        self.address = address
        self.owner = owner
        self.market = market
        self.lender = lender
        self.venue = venue

    def push(self, attack: Push, pushed: int) -> Call:
        """Sell `pushed` units of the loan asset, use the market, let go."""
        venue = self.venue
        params = (
            self.market,
            self.lender,
            venue.router,
            venue.route,
            venue.tokens[attack.loan],
            venue.tokens[venue.other(attack.loan)],
            attack.flash,
            attack.own,
            0,
            pushed,
            UINT256_MAX if attack.borrows else 0,
            list(attack.victims),
            attack.min_profit,
        )
        return Call("SpotPush", self.address, "push", params, self.contract.encode("push", params))

    def profit(self, call: Call) -> int | None:
        """What `call` would bring now, in units of its loan asset; None where it fails for another reason."""
        try:
            out = self.chain.call(self.address, call.data, self.owner)
        except CallReverted as reverted:
            name, values = self.decoder.error_parts(reverted.data)
            return int(values[0]) if name == "InsufficientProfit" else None
        return int.from_bytes(out, "big", signed=True)
