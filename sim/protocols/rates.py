"""Adapters of exchange rates and of their caps."""

from sim.chain.artifacts import Artifacts
from sim.protocols.call import Call


class StakingRate:
    """`contracts/oracle/rates/StakingRate.sol`."""

    def __init__(self, artifacts: Artifacts, address: str) -> None:
        self.contract = artifacts["StakingRate"]
        self.address = address

    def slash(self, loss_bps: int) -> Call:
        """Take a share of the rate away; the sender must own it."""
        return Call("StakingRate", self.address, "slash", (loss_bps,), self.contract.encode("slash", loss_bps))


class CappedRate:
    """`contracts/oracle/rates/CappedRate.sol`."""

    def __init__(self, artifacts: Artifacts, address: str) -> None:
        self.contract = artifacts["CappedRate"]
        self.address = address

    def update(self, ratio_wad: int, at_s: int) -> Call:
        """Replace the snapshot by a ratio of an absolute time; the sender must be the steward."""
        data = self.contract.encode("update", ratio_wad, at_s)
        return Call("CappedRate", self.address, "update", (ratio_wad,), data)
