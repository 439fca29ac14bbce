"""What a kind of lending market does to come into a world."""

from abc import ABC, abstractmethod
from typing import Any

from sim.protocols.base import LendingAdapter
from sim.world.population import Borrower
from sim.world.steps import Step, approve, mint, units
from sim.world.world import World


class MarketBuilder(ABC):
    """Deploys one market of a scenario and opens it.

    Steps are sent in this order: `configuration` (limits lifted, so that positions near health 1 can be opened),
    `supplies`, `position` of every borrower, `final` (the limits of the scenario).
    """

    def __init__(self, world: World, name: str, model: Any) -> None:
        self.world = world
        self.name = name
        self.model = model

    @abstractmethod
    def deploy(self) -> LendingAdapter:
        """Deploy the contracts of the market, under roles that begin with its name or end in `-<name>`."""

    @abstractmethod
    def configuration(self) -> list[Step]:
        """Configure what was deployed."""

    @abstractmethod
    def final(self) -> list[Step]:
        """Set what the opening lifted, once all positions are open."""

    def supplies(self) -> list[Step]:
        """What the passive supplier brings: `supply_tokens` of every reserve."""
        world, adapter = self.world, self.adapter
        supplier = world.address("supplier")
        steps: list[Step] = []
        for asset, reserve in self.model.reserves.items():
            amount = units(world, asset, reserve.supply_tokens)
            if amount:
                steps.append(mint(world, asset, "supplier", amount))
                steps.append(approve(world, asset, "supplier", adapter.address))
                steps.append((supplier, adapter.supply(asset, amount, supplier)))
        return steps

    def position(self, borrower: Borrower) -> list[Step]:
        """Open the position of a borrower, and leave its spare tokens in its wallet."""
        world, adapter = self.world, self.adapter
        account = world.address(borrower.role)
        assets = dict.fromkeys((*borrower.supplied, *borrower.spare, *borrower.debt))
        steps = [approve(world, asset, borrower.role, adapter.address) for asset in assets]
        for asset, amount in borrower.supplied.items():
            steps.append(mint(world, asset, borrower.role, amount + borrower.spare.get(asset, 0)))
            steps.append((account, adapter.supply(asset, amount, account)))
        for asset, amount in borrower.spare.items():
            if asset not in borrower.supplied:
                steps.append(mint(world, asset, borrower.role, amount))
        for asset, amount in borrower.debt.items():
            if amount:
                steps.append((account, adapter.borrow(asset, amount, account)))
        return steps

    @property
    def adapter(self) -> LendingAdapter:
        """The market's adapter, once it is deployed."""
        return self.world.lending[self.name]
