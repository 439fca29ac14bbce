"""Adapter of the bonus that grows from a mark."""

from collections.abc import Sequence

from sim.chain.artifacts import Artifacts
from sim.chain.base import Chain
from sim.protocols.call import Call


class FermentedBonus:
    """`contracts/lending/bonus/FermentedBonus.sol`, for the accounts of one market."""

    def __init__(self, chain: Chain, artifacts: Artifacts, address: str, market: str) -> None:
        self.chain = chain
        self.contract = artifacts["FermentedBonus"]
        self.address = address
        self.market = market

    def _call(self, function: str, account: str) -> Call:
        args = (self.market, account)
        return Call("FermentedBonus", self.address, function, args, self.contract.encode(function, *args))

    def mark(self, account: str) -> Call:
        """Let the bonus of an unhealthy account grow from now on."""
        return self._call("mark", account)

    def clear(self, account: str) -> Call:
        """Remove the mark of a healthy account."""
        return self._call("clear", account)

    def marked_at_s(self, accounts: Sequence[str]) -> list[int]:
        """Times of the marks that count; 0 for an account without one."""
        calls = [(self.address, self.contract.encode("markedAtS", self.market, account)) for account in accounts]
        return [int.from_bytes(data, "big") for data in self.chain.call_many(calls)]
