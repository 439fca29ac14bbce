"""What a kind of exchange does to come into a world."""

from abc import ABC, abstractmethod
from typing import Any

from sim.protocols.venue import VenueAdapter
from sim.units import amount_from_base_down, value_base_down
from sim.world.steps import MAX_UINT, Step, approve, mint, units
from sim.world.world import World


class VenueBuilder(ABC):
    """Deploys one venue of a scenario and opens it.

    Venues are deployed in the scenario's order. `liquidity` comes first, then `shares` once that is on chain.
    """

    def __init__(self, world: World, name: str, model: Any) -> None:
        self.world = world
        self.name = name
        self.model = model

    @abstractmethod
    def deploy(self) -> VenueAdapter:
        """Deploy the venue under its name, and its router if that is not there yet."""

    def liquidity(self) -> list[Step]:
        """What the passive supplier brings: `base_tokens` and the same value of the quote asset."""
        world, model, venue = self.world, self.model, self.adapter
        supplier = world.address("supplier")
        base = units(world, model.base, model.base_tokens)
        quote = self.quote_of(base)
        steps: list[Step] = []
        for asset, amount in ((model.base, base), (model.quote, quote)):
            steps.append(mint(world, asset, "supplier", amount))
            steps.append(approve(world, asset, "supplier", venue.liquidity_taker))
        return [*steps, (supplier, venue.add_liquidity(base, quote, supplier))]

    def quote_of(self, base: int) -> int:
        """Units of the quote asset that are worth `base` units at the starting prices, rounded down."""
        world, model = self.world, self.model
        prices_e8 = world.start_prices_e8
        value = value_base_down(base, world.tokens[model.base].decimals, prices_e8[model.base])
        return amount_from_base_down(value, world.tokens[model.quote].decimals, prices_e8[model.quote])

    def give_shares(self, role: str, amount: int) -> list[Step]:
        """Hand a role some of the supplier's shares, and let it burn them."""
        venue = self.adapter
        return [
            (self.world.address("supplier"), venue.transfer_shares(self.world.address(role), amount)),
            (self.world.address(role), venue.approve_shares(MAX_UINT)),
        ]

    @property
    def adapter(self) -> VenueAdapter:
        """The venue's adapter, once it is deployed."""
        return self.world.venues[self.name]
