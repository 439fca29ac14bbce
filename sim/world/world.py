"""A scenario deployed on a chain: handles and roles."""

from dataclasses import dataclass, field

from sim.chain.artifacts import Artifacts
from sim.chain.base import Chain
from sim.protocols.base import FeedAdapter, InsuranceAdapter, LendingAdapter, TokenAdapter
from sim.protocols.perps import PerpMarket
from sim.protocols.spot_push import SpotPush
from sim.protocols.venue import VenueAdapter
from sim.scenario.model import Scenario
from sim.world.perps.traders import Trader
from sim.world.roles import Roles


@dataclass(frozen=True, slots=True)
class Deployment:
    """A contract as deployed: role, contract type, address and constructor arguments."""

    role: str
    contract: str
    address: str
    arguments: tuple


@dataclass(slots=True)
class World:
    """Handles by name, as the scenario names them.

    Attributes
    ----------
    start_s
        Absolute timestamp of the scenario's start.
    start_prices_e8
        Prices at the start by asset, in US dollars with eight decimals.
    borrowers
        Roles of all borrowers by market, in the order of their creation; the last ones may be empty accounts
        that the environment can open positions with.
    feeds, sources
        What markets read, by asset, and what is reported, by path of its stack (`sim.scenario.feeds.stacks`).
    rates
        Addresses of the exchange rates of staked tokens, by asset.
    upkeep
        Contracts that must be called from time to time, by path, in the order of their deployment.
    adversaries
        By market, roles of attackers' accounts in it, which every block reads as it reads the borrowers.
    traders
        Accounts of perpetual markets that are opened at the start, by market.
    deleverager
        Address of the contract that ranks and deleverages; empty where no market does.
    spot_pushes
        Contracts of those who attack in one transaction, by agent.
    lens, router
        Addresses of the batch reader and of the swap router.
    deployments
        Every contract, in order.
    """

    scenario: Scenario
    chain: Chain
    artifacts: Artifacts
    roles: Roles
    start_s: int = 0
    start_prices_e8: dict[str, int] = field(default_factory=dict)
    tokens: dict[str, TokenAdapter] = field(default_factory=dict)
    feeds: dict[str, FeedAdapter] = field(default_factory=dict)
    sources: dict[str, FeedAdapter] = field(default_factory=dict)
    rates: dict[str, str] = field(default_factory=dict)
    upkeep: dict[str, list[Deployment]] = field(default_factory=dict)
    venues: dict[str, VenueAdapter] = field(default_factory=dict)
    lending: dict[str, LendingAdapter] = field(default_factory=dict)
    insurance: dict[str, InsuranceAdapter] = field(default_factory=dict)
    perps: dict[str, PerpMarket] = field(default_factory=dict)
    traders: dict[str, list[Trader]] = field(default_factory=dict)
    deleverager: str = ""
    borrowers: dict[str, list[str]] = field(default_factory=dict)
    adversaries: dict[str, list[str]] = field(default_factory=dict)
    spot_pushes: dict[str, SpotPush] = field(default_factory=dict)
    lens: str = ""
    router: str = ""
    deployments: list[Deployment] = field(default_factory=list)

    def accounts(self, market: str) -> list[str]:
        """Roles of all accounts of a market that are read: borrowers, then attackers."""
        return [*self.borrowers.get(market, []), *self.adversaries.get(market, [])]

    def address(self, role: str) -> str:
        """Address of a role; KeyError if there is none."""
        return self.roles.address(role)

    def role(self, address: str) -> str:
        """Role of an address; the address itself if it has none."""
        return self.roles.role(address)
