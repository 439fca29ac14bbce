"""Adapters of the rules that weigh a pool's collateral, and of what they follow."""

from dataclasses import dataclass

from sim.chain.artifacts import Artifacts
from sim.chain.base import CallReverted, Chain
from sim.protocols.call import Call


class RuleContract:
    """A contract of `contracts/risk/`, by its type's name."""

    def __init__(self, chain: Chain, artifacts: Artifacts, contract: str, address: str) -> None:
        self.chain = chain
        self.contract = artifacts[contract]
        self.address = address

    def call(self, function: str, *args: object) -> Call:
        """Call a function of the contract; assets are token addresses."""
        return Call(self.contract.name, self.address, function, args, self.contract.encode(function, *args))

    def would_succeed(self, call: Call, sender: str) -> bool:
        """Whether a call would not revert if it were sent now."""
        try:
            self.chain.call(call.target, call.data, sender)
        except CallReverted:
            return False
        return True


class VolatilityEstimator(RuleContract):
    """`contracts/risk/VolatilityEstimator.sol`."""

    def poke(self, token: str) -> Call:
        """Sample the latest round of a token's feed."""
        return self.call("poke", token)


class MovingRequirements(RuleContract):
    """`contracts/risk/MovingRequirements.sol`."""

    def update(self, token: str) -> Call:
        """Move a token's haircut towards its measured volatility."""
        return self.call("update", token)

    def set_haircut(self, token: str, ltv_bps: int, threshold_bps: int, ramp_s: int) -> Call:
        """Set a token's haircuts; the sender must own the rule."""
        return self.call("setHaircut", token, ltv_bps, threshold_bps, ramp_s)

    def haircut(self, token: str) -> tuple[int, int, int]:
        """Haircuts in force (bps): on LTV, on threshold, and where the latter is heading."""
        out = self.chain.call(self.address, self.contract.encode("haircut", token))
        ltv_bps, threshold_bps, heading_bps = (int.from_bytes(out[at : at + 32], "big") for at in (0, 32, 64))
        return ltv_bps, threshold_bps, heading_bps


@dataclass(frozen=True, slots=True)
class RiskRules:
    """The rules of a market.

    Attributes
    ----------
    stack
        By kind, innermost first.
    estimator
        What moving requirements follow, if anything.
    """

    stack: dict[str, RuleContract]
    estimator: VolatilityEstimator | None = None

    @property
    def addresses(self) -> tuple[str, ...]:
        """Addresses of the rules."""
        return tuple(rule.address for rule in self.stack.values())

    @property
    def outermost(self) -> RuleContract:
        """The rule that the pool asks."""
        return list(self.stack.values())[-1]

    @property
    def moving(self) -> MovingRequirements | None:
        """The rule by which requirements move, if there is one."""
        return self.stack.get("moving")

    def state_key(self) -> bytes:
        """Changes whenever an account may weigh differently without an event that names it."""
        rule = self.outermost
        return rule.chain.call(rule.address, rule.contract.encode("stateKey"))
