"""A constant-product pool behind the router that all of them share."""

from sim.protocols.venues.constant_product import ConstantProductVenue
from sim.world.contracts import deploy_contract
from sim.world.venues.base import VenueBuilder


class ConstantProductBuilder(VenueBuilder):
    """Builds a `ConstantProductVenue`."""

    def deploy(self) -> ConstantProductVenue:
        """Deploy the pool; token 0 is the base asset."""
        world, model = self.world, self.model
        base, quote = (world.tokens[asset].address for asset in (model.base, model.quote))
        owner = world.address("admin")
        address = deploy_contract(world, self.name, "ConstantProductPool", base, quote, model.fee_bps, owner)
        return ConstantProductVenue(
            world.chain,
            world.artifacts,
            self.name,
            address,
            world.router,
            world.tokens,
            model.base,
            model.quote,
            model.fee_bps,
            lens=world.lens,
        )
