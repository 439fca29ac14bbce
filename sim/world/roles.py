"""Roles: every address of a world has one name, and every name one address."""

from collections.abc import Iterable

from sim.chain.accounts import ACCOUNTS
from sim.errors import BadInput
from sim.scenario.lending.terms import upkeep_of
from sim.scenario.model import Scenario

SYSTEM_ROLES = ("deployer", "admin", "outside", "supplier", "environment")
FIRST_REPORTER = 10
FIRST_UPKEEP = 60
FIRST_PERP_UPKEEP = 80
FIRST_AGENT = 100
FIRST_FEED_UPKEEP = 800
FIRST_FEED_STEWARD = 900
SEQUENCER_REPORTER = 990
FIRST_BORROWER = 1_000
FIRST_TRADER = 100_000_000
FIRST_SIGNER = 1_000_000_000
"""Signers of pull feeds, beyond any borrower: they sign reports and send nothing."""


class Roles:
    """The two-way map of roles and addresses.

    Accounts take fixed places in the derivation of the project's mnemonic, so a new agent moves no borrower.
    Contracts are added as they are deployed.

    Attributes
    ----------
    account_indexes
        Place in the derivation by role, for every account that is not a contract.
    """

    def __init__(
        self, scenario: Scenario, borrower_roles: list[str], trader_roles: list[str] | tuple[str, ...] = ()
    ) -> None:
        self._address: dict[str, str] = {}
        self._role: dict[str, str] = {}
        self.account_indexes: dict[str, int] = {}
        self._derive(0, SYSTEM_ROLES)
        stacks = scenario.feed_stacks
        self._derive(FIRST_REPORTER, [stack.reporter_role for stack in stacks])
        upkeep = [upkeep_of(name, market) for name, market in scenario.lending.items()]
        self._derive(FIRST_UPKEEP, [one[0] for one in upkeep if one is not None])
        self._derive(FIRST_PERP_UPKEEP, [f"upkeep-{name}" for name in scenario.perps])
        self._derive(FIRST_AGENT, scenario.agents)
        self._derive(FIRST_FEED_UPKEEP, [one.role for one in scenario.upkept_feeds])
        self._derive(FIRST_FEED_STEWARD, [stack.steward_role for stack in stacks if stack.has_steward])
        if any(stack.is_gated for stack in stacks):
            self._derive(SEQUENCER_REPORTER, ["reporter-sequencer"])
        self._derive(FIRST_BORROWER, borrower_roles)
        self._derive(FIRST_TRADER, trader_roles)
        self._derive(FIRST_SIGNER, [role for stack in stacks for role in stack.signer_roles])

    def _derive(self, first: int, roles: Iterable[str]) -> None:
        for index, role in enumerate(roles, first):
            self.add(role, ACCOUNTS.address(index))
            self.account_indexes[role] = index

    def add(self, role: str, address: str) -> None:
        """Name an address. Raises BadInput if the name is taken."""
        if role in self._address:
            raise BadInput(f"the name {role!r} is used twice: names of all parts of a scenario must differ")
        self._address[role] = address
        self._role[address] = role

    def address(self, role: str) -> str:
        """Address of a role; KeyError if there is none."""
        return self._address[role]

    def role(self, address: str) -> str:
        """Role of an address; the address itself if it has none."""
        return self._role.get(address, address)

    def all(self) -> dict[str, str]:
        """All roles with their addresses, in the order they were added."""
        return dict(self._address)
