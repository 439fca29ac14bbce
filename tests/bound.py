"""A contract bound to a chain, for tests: reads return values, writes return receipts and name their errors."""

from __future__ import annotations

from typing import Any

from sim.chain.base import Block, CallReverted, Chain, Receipt, Transaction
from sim.chain.codec import ContractType


class Bound:
    """A contract type at an address on a chain; every write is a block of one transaction at the chain's time."""

    def __init__(self, chain: Chain, kind: ContractType, address: str):
        self.chain, self.kind, self.address = chain, kind, address

    @classmethod
    def deploy(cls, chain: Chain, kind: ContractType, deployer: str, *args: object) -> Bound:
        """Create the contract with its constructor arguments; raises DeployReverted."""
        return cls(chain, kind, chain.deploy(deployer, kind.encode_constructor(*args)))

    def read(self, function: str, *args: object) -> Any:
        """Return the decoded output of a view; raises CallReverted."""
        return self.kind.decode(function, self.chain.call(self.address, self.kind.encode(function, *args)))

    def send(self, sender: str, function: str, *args: object) -> Receipt:
        """Execute a transaction, whatever its outcome."""
        transaction = Transaction(sender, self.address, self.kind.encode(function, *args))
        return self.chain.execute(Block(self.chain.timestamp_s, [transaction]))[0]

    def act(self, sender: str, function: str, *args: object) -> list[tuple[str, dict]]:
        """Execute a transaction that must succeed and return this contract's events as (name, arguments)."""
        receipt = self.send(sender, function, *args)
        assert receipt.ok, f"{function}{args} reverted with {self.error(receipt.revert_data)}"
        return self.events(receipt)

    def events(self, receipt: Receipt) -> list[tuple[str, dict]]:
        """Return this contract's events of a receipt as (name, arguments), in order."""
        by_topic = {event.topic: event for event in self.kind.events}
        logs = [log for log in receipt.logs if log.address == self.address]
        return [
            (by_topic[log.topics[0]].name, by_topic[log.topics[0]].decode(log.topics, log.data)) for log in logs
        ]

    def refusal(self, sender: str, function: str, *args: object) -> tuple:
        """Execute a transaction that must revert and return its error as (name, *arguments)."""
        receipt = self.send(sender, function, *args)
        assert not receipt.ok, f"{function}{args} did not revert"
        return self.error(receipt.revert_data)

    def read_refusal(self, function: str, *args: object) -> tuple:
        """Call a view that must revert and return its error as (name, *arguments)."""
        try:
            value = self.read(function, *args)
        except CallReverted as revert:
            return self.error(revert.data)
        raise AssertionError(f"{function}{args} returned {value}")

    def error(self, data: bytes) -> tuple:
        """Return revert data as (name, *arguments), by this contract's errors; ("",) for an exceptional halt."""
        if not data:
            return ("",)
        error = next((one for one in self.kind.errors if one.selector == data[:4]), None)
        return (error.name, *error.inputs.decode(data[4:])) if error else (f"0x{data.hex()}",)
