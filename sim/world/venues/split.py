"""A router that divides sales over venues that are there already."""

from sim.protocols.venues.split import SplitVenue
from sim.world.contracts import deploy_contract
from sim.world.steps import Step
from sim.world.venues.base import VenueBuilder


class SplitBuilder(VenueBuilder):
    """Builds a `SplitVenue`."""

    def deploy(self) -> SplitVenue:
        """Deploy the router with its venues, each with the router that it is traded through."""
        world, model = self.world, self.model
        parts = [world.venues[name] for name in model.venues]
        base, quote = (world.tokens[asset].address for asset in (model.base, model.quote))
        listings = [(part.route[0], part.router) for part in parts]
        address = deploy_contract(world, self.name, "SplitRouter", base, quote, listings)
        return SplitVenue(world.chain, world.artifacts, self.name, address, world.tokens, parts)

    def liquidity(self) -> list[Step]:
        """Nothing: the venues have their own."""
        return []
