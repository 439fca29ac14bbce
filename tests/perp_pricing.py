"""Pricing of perpetuals on its own, as tests speak to it: any index, and positions without cash."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sim.chain.accounts import ACCOUNTS
from sim.chain.base import Chain
from sim.units import E8
from tests.deployed import Deployed
from tests.feeds import Source
from tests.lending import OWNER, START_S

TRADER, OTHER, KEEPER = (ACCOUNTS.address(i) for i in range(11, 14))
INSTRUMENT = ACCOUNTS.address(20)
"""Stands for a base asset: a pricing only knows its address."""
NOBODY = "0x" + "00" * 20
INDEX_E8 = 2_000 * E8
QUOTE_DECIMALS = 6
USD = 10**QUOTE_DECIMALS


@dataclass
class Book:
    """A pricing with an index at 2,000 and a market that keeps positions only."""

    chain: Chain
    deploy: Callable[..., Deployed]
    source: Source
    pricing: Deployed
    positions: Deployed

    @classmethod
    def build(
        cls, chain: Chain, deploy: Callable[..., Deployed], kind: str, quote_decimals: int = QUOTE_DECIMALS
    ) -> Book:
        """Deploy a pricing of that kind; its instrument is not set yet."""
        chain.begin(START_S)
        source = Source(chain, deploy, OWNER)
        source.report(INDEX_E8)
        pricing = deploy(chain, kind, quote_decimals, OWNER)
        positions = deploy(chain, "PricedPositions")
        pricing.send(OWNER, "setMarket", positions)
        return cls(chain, deploy, source, pricing, positions)

    def trade(self, owner: str, size_delta_wad: int) -> int:
        """Trade; return what the trader got."""
        return self._book("trade", owner, size_delta_wad)

    def liquidate(self, owner: str, size_delta_wad: int) -> int:
        """Trade as a liquidation does."""
        return self._book("liquidate", owner, size_delta_wad)

    def trade_error(self, owner: str, size_delta_wad: int) -> str:
        """Return the error of a trade that must fail, which its quote fails with too."""
        quoted = self.pricing.read_error("quoteTrade", INSTRUMENT, size_delta_wad)
        found = self.positions.send_error(OWNER, "trade", self.pricing, owner, INSTRUMENT, size_delta_wad)
        assert found == quoted
        return found

    def position(self, owner: str | Deployed) -> tuple[int, int]:
        """Return size and entry of an account."""
        return tuple(self.positions.read("position", owner, NOBODY, INSTRUMENT))[:2]

    @property
    def mid_e8(self) -> int:
        """The mid now."""
        return self.pricing.read("midE8", INSTRUMENT)

    def wait(self, seconds: int) -> None:
        """Let time pass; the index stays as old as it is."""
        self.chain.begin(self.chain.timestamp_s + seconds)

    def _book(self, how: str, owner: str, size_delta_wad: int) -> int:
        before = self.position(owner)[1]
        quoted = self.pricing.read(
            {"trade": "quoteTrade", "liquidate": "quoteLiquidation"}[how], INSTRUMENT, size_delta_wad
        )
        self.positions.send(OWNER, how, self.pricing, owner, INSTRUMENT, size_delta_wad)
        got = self.position(owner)[1] - before
        assert got == quoted, "a quote is what a trade pays"
        return got
