"""A deployed contract as tests speak to it: read, send, expect a revert."""

from __future__ import annotations

from sim.chain.artifacts import Artifacts
from sim.chain.base import Block, CallReverted, Chain, Receipt, Transaction


class Deployed:
    """A contract on a chain; other `Deployed` objects may be given wherever an address is expected."""

    def __init__(self, chain: Chain, artifacts: Artifacts, name: str, address: str) -> None:
        self.chain = chain
        self.artifacts = artifacts
        self.type = artifacts[name]
        self.address = address

    def encode(self, function: str, *args: object) -> bytes:
        """Return calldata."""
        return self.type.encode(function, *[as_address(one) for one in args])

    def read(self, function: str, *args: object) -> object:
        """Return a view's decoded output; raises CallReverted."""
        return self.type.decode(function, self.chain.call(self.address, self.encode(function, *args)))

    def read_error(self, function: str, *args: object) -> str:
        """Return the error that a view fails with, as `Name(arguments)`."""
        try:
            value = self.read(function, *args)
        except CallReverted as error:
            return self.artifacts.decoder.decode_error(error.data)
        raise AssertionError(f"{self.type.name}.{function} returned {value!r} instead of failing")

    def transaction(self, sender: str, function: str, *args: object) -> Transaction:
        """Return the transaction without sending it."""
        return Transaction(as_address(sender), self.address, self.encode(function, *args))

    def try_send(self, sender: str, function: str, *args: object, at_s: int | None = None) -> Receipt:
        """Execute one transaction in its own block, at the chain's time unless told; return the receipt."""
        at_s = self.chain.timestamp_s if at_s is None else at_s
        return self.chain.execute(Block(at_s, [self.transaction(sender, function, *args)]))[0]

    def send(self, sender: str, function: str, *args: object, at_s: int | None = None) -> list[tuple[str, dict]]:
        """Execute one transaction that must succeed; return the decoded events of all contracts, in order."""
        receipt = self.try_send(sender, function, *args, at_s=at_s)
        assert receipt.ok, f"{function} failed: {self.artifacts.decoder.decode_error(receipt.revert_data)}"
        return [self.artifacts.decoder.decode(log) for log in receipt.logs]

    def send_error(self, sender: str, function: str, *args: object, at_s: int | None = None) -> str:
        """Execute one transaction that must fail; return its error as `Name(arguments)`."""
        receipt = self.try_send(sender, function, *args, at_s=at_s)
        assert not receipt.ok, f"{function} succeeded instead of failing"
        return self.artifacts.decoder.decode_error(receipt.revert_data)


def as_address(value: object) -> object:
    """Return the address of a deployed contract, and anything else as it is (also inside sequences)."""
    if isinstance(value, Deployed):
        return value.address
    if isinstance(value, list):
        return [as_address(one) for one in value]
    return value
