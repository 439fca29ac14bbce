"""Adapter of pull feeds: who signs, what, and how it is brought on chain."""

from collections.abc import Sequence

from sim.chain.accounts import ACCOUNTS
from sim.chain.artifacts import Artifacts
from sim.protocols.call import Call
from sim.protocols.price_report import PriceReport
from sim.protocols.tokens import Feed
from sim.units import BPS, rescale_down


class SignedFeed(Feed):
    """`contracts/oracle/SignedFeed.sol`.

    Parameters
    ----------
    signers
        Indexes of the accounts that sign, as many as a round needs.
    confidence_bps
        Half-width of the interval that they state, of the price.
    """

    def __init__(
        self,
        artifacts: Artifacts,
        address: str,
        asset: str,
        decimals: int,
        signers: Sequence[int],
        confidence_bps: int,
    ) -> None:
        super().__init__(artifacts, address, asset, decimals)
        self.contract = artifacts["SignedFeed"]
        self._signers = tuple(signers)
        self._confidence_bps = confidence_bps

    def push(self, price_e8: int, observed_at_s: int) -> Call:
        """Submit reports of a price (USD e8) that was seen at an absolute time; anybody may send it."""
        price = rescale_down(price_e8, 8, self.decimals)
        report = PriceReport(price, price * self._confidence_bps // BPS, observed_at_s)
        digest = report.digest(self.address)
        signatures = [ACCOUNTS.sign(signer, digest) for signer in self._signers]
        data = self.contract.encode("submit", [report.words()] * len(signatures), signatures)
        return Call("SignedFeed", self.address, "submit", (price, report.confidence), data)
