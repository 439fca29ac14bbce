"""A StableSwap pool behind the router that all of them share."""

from fractions import Fraction

from sim.chain.base import ZERO_ADDRESS
from sim.protocols.venues.stable_swap import StableSwapVenue
from sim.scenario.venues import StableSwapVenue as StableSwapModel
from sim.units import BPS, WAD, WAD_DECIMALS, quantise, rescale_down
from sim.world.contracts import deploy_contract
from sim.world.venues.base import VenueBuilder

ROUTER_ROLE = "stable-swap-router"


class StableSwapBuilder(VenueBuilder):
    """Builds a `StableSwapVenue`."""

    model: StableSwapModel

    def deploy(self) -> StableSwapVenue:
        """Deploy the pool; token 0 is the base asset."""
        world, model = self.world, self.model
        pair = model.base, model.quote
        tokens = [world.tokens[asset].address for asset in pair]
        oracles = [
            world.rates.get(asset, ZERO_ADDRESS) if model.at_exchange_rates else ZERO_ADDRESS for asset in pair
        ]
        shape = model.amplification_e2, model.fee_ppm, model.off_peg_fee_multiplier_bps
        address = deploy_contract(world, self.name, "StableSwapPool", *tokens, *oracles, *shape)
        if ROUTER_ROLE not in world.roles.all():
            deploy_contract(world, ROUTER_ROLE, "StableSwapRouter")
        return StableSwapVenue(
            world.chain,
            world.artifacts,
            self.name,
            address,
            world.address(ROUTER_ROLE),
            world.tokens,
            *pair,
            model.fee_ppm * BPS // 10**6,
            amplification_e2=model.amplification_e2,
        )

    def quote_of(self, base: int) -> int:
        """Units of the quote asset that leave the base asset its share of the pool, rounded down."""
        tokens, model = self.world.tokens, self.model
        share = Fraction(model.base_share_bps, BPS)
        quote = rescale_down(base, tokens[model.base].decimals, tokens[model.quote].decimals)
        return int(quote * self._rate(model.base) / self._rate(model.quote) * (1 - share) / share)

    def _rate(self, asset: str) -> Fraction:
        """What the pool takes a whole unit of an asset for at the opening."""
        rate = self.world.scenario.assets[asset].rate
        if rate is None or not self.model.at_exchange_rates:
            return Fraction(1)
        return Fraction(quantise(rate.ratio, WAD_DECIMALS), WAD)
