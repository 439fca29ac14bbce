"""Builds a perpetual market: contracts, configuration, positions, and the limits of the scenario at the end.

Positions are opened at the index, without fees, up to maintenance margin; then come the scenario's fees, margins
and depth.
"""

from collections.abc import Mapping
from typing import Any

from sim.chain.base import ZERO_ADDRESS
from sim.protocols.call import Call
from sim.protocols.perps import PerpMarket
from sim.scenario.perps.instruments import Instrument, OracleImpact, VirtualAmm
from sim.scenario.perps.market import PerpMarket as PerpModel
from sim.scenario.perps.stages import FundStage
from sim.units import BPS, WAD_DECIMALS, quantise
from sim.world.contracts import deploy_contract
from sim.world.perps.positions import OPENING_DEPTH_WAD
from sim.world.perps.stages import StagesBuilder
from sim.world.steps import MAX_UINT, Step, mint, units
from sim.world.world import World

PRICINGS = {"virtual_amm": "VirtualAmmPricing", "oracle_impact": "OracleImpactPricing"}
FACTOR_PER_BPS_PER_MILLION = 0.5 * 10**-10
"""Impact is factor · (b² - a²), so an imbalance of b gives up 2 · factor · b at the margin."""


class PerpBuilder:
    """Builds one market of a scenario."""

    def __init__(self, world: World, name: str, model: PerpModel) -> None:
        self.world = world
        self.name = name
        self.model = model

    @property
    def market(self) -> PerpMarket:
        """The market's adapter, once it is deployed."""
        return self.world.perps[self.name]

    def deploy(self) -> PerpMarket:
        """Deploy terms, market, collateral, mark, pricings and stages, in this order."""
        world, name, model = self.world, self.name, self.model
        admin, quote = world.address("admin"), world.tokens[model.quote]
        terms = deploy_contract(world, f"terms-{name}", "PerpCloseTerms")
        address = deploy_contract(world, name, "PerpMarket", admin, quote.address, terms)
        collateral = ZERO_ADDRESS
        if model.collateral:
            collateral = deploy_contract(world, f"collateral-{name}", "PerpCollateral", admin, address)
        mark = deploy_contract(world, f"mark-{name}", "MedianMark", admin)
        market = PerpMarket(
            chain=world.chain,
            artifacts=world.artifacts,
            name=name,
            address=address,
            quote=model.quote,
            quote_decimals=quote.decimals,
            instruments=tuple(model.instruments),
            tokens={symbol: token.address for symbol, token in world.tokens.items()},
            lens=world.address("perp-lens"),
            mark=mark,
            collateral=collateral,
            deleverager=world.deleverager,
            model=model,
        )
        pricings = {
            kind: deploy_contract(world, pricing_role(name, kind), PRICINGS[kind], quote.decimals, admin)
            for kind in model.pricing_kinds
        }
        market.pricing = {symbol: pricings[one.pricing.kind] for symbol, one in model.instruments.items()}
        world.perps[name] = market
        self._stages = StagesBuilder(world, market)
        self._stages.deploy()
        return market

    def configuration(self) -> list[Step]:
        """Set up everything with lifted limits, bring the maker's capital, and take the first mark."""
        world, market, model = self.world, self.market, self.model
        admin = world.address("admin")
        steps: list[Step] = [(admin, market.call("setRules", 0, False, 0, self._fund_receiver()))]
        if model.collateral:
            steps.append((admin, market.call("setCollateral", market.collateral)))
        for asset, one in model.collateral.items():
            config = (
                world.feeds[asset].address,
                one.haircut_bps,
                one.discount_bps,
                one.max_price_age_s,
                units(world, asset, one.cap_tokens),
            )
            call = self._call("PerpCollateral", market.collateral, "setCollateral", market.tokens[asset], config)
            steps.append((admin, call))
        for kind, address in dict.fromkeys(zip(model.pricing_kinds, self._pricings(), strict=True)):
            steps.append((admin, self._call(PRICINGS[kind], address, "setMarket", market.address)))
        for symbol, instrument in model.instruments.items():
            steps += self._instrument_steps(symbol, instrument)
        return [*steps, *self._capital(), *self._stages.configuration()]

    def _pricings(self) -> list[str]:
        """Addresses of the pricings, in the order of their kinds."""
        return list(dict.fromkeys(self.market.pricing.values()))

    def _fund_receiver(self) -> str:
        """Where dues go: to the first stage that draws on a fund; else they are the owner's."""
        stages = self.market.stages.values()
        fund = next((one.address for one in stages if isinstance(one.model, FundStage)), None)
        return fund or self.world.address("admin")

    def _call(self, contract: str, address: str, function: str, *args: object) -> Call:
        return Call(contract, address, function, args, self.world.artifacts[contract].encode(function, *args))

    def _instrument_steps(self, symbol: str, instrument: Instrument) -> list[Step]:
        world, market = self.world, self.market
        admin, token, feed = world.address("admin"), market.tokens[symbol], world.feeds[symbol].address
        age, pricing = instrument.max_index_age_s, market.pricing[symbol]
        if isinstance(instrument.pricing, VirtualAmm):
            opened = self._call("VirtualAmmPricing", pricing, "openCurve", token, feed, age, OPENING_DEPTH_WAD)
        else:
            opened = self._impact(symbol, instrument.pricing, age, opening=True)
        mark = instrument.mark
        params = (
            feed,
            age,
            pricing,
            mark.premium_window_s,
            mark.short_window_s,
            mark.long_window_s,
            mark.spacing_s,
            mark.clamp_bps,
        )
        return [
            (admin, opened),
            (admin, self._call("MedianMark", market.mark, "setInstrument", token, params)),
            (admin, market.poke_mark(symbol)),
            (admin, self._instrument(symbol, instrument, opening=True)),
        ]

    def _impact(self, symbol: str, pricing: OracleImpact, max_age_s: int, opening: bool) -> Call:
        def factor(bps_per_million: float) -> int:
            return 0 if opening else quantise(bps_per_million * FACTOR_PER_BPS_PER_MILLION, WAD_DECIMALS)

        params = (
            self.world.feeds[symbol].address,
            max_age_s,
            factor(pricing.favourable_bps_per_million),
            factor(pricing.adverse_bps_per_million),
            pricing.favourable_cap_bps,
            pricing.liquidation_cap_bps,
        )
        address, token = self.market.pricing[symbol], self.market.tokens[symbol]
        return self._call("OracleImpactPricing", address, "setInstrument", token, params)

    def _instrument(self, symbol: str, instrument: Instrument, opening: bool = False) -> Call:
        market = self.market
        return market.call(
            "setInstrument",
            market.tokens[symbol],
            _config(instrument, market, symbol, opening),
            _tiers(instrument, market.quote_decimals),
        )

    def _capital(self) -> list[Step]:
        """What the maker of every pricing brings."""
        world, market = self.world, self.market
        amount, supplier = units(world, market.quote, self.model.maker_tokens), world.address("supplier")
        if not amount:
            return []
        steps = [(supplier, world.tokens[market.quote].approve(market.address, MAX_UINT))]
        for pricing in self._pricings():
            steps += [
                mint(world, market.quote, "supplier", amount),
                (supplier, market.deposit(amount, pricing)),
            ]
        return steps

    def final(self) -> list[Step]:
        """Set fees, margins, depth and rules of the scenario, once all positions are open."""
        world, market, model = self.world, self.market, self.model
        admin = world.address("admin")
        steps: list[Step] = []
        for symbol, instrument in model.instruments.items():
            if isinstance(instrument.pricing, VirtualAmm):
                depth_wad = quantise(instrument.pricing.depth_tokens, WAD_DECIMALS)
                steps.append((admin, market.repeg(symbol, depth_wad)))
            else:
                steps.append((admin, self._impact(symbol, instrument.pricing, instrument.max_index_age_s, False)))
            steps.append((admin, self._instrument(symbol, instrument)))
        rules = model.profit_weight_bps, model.gated, model.gate_s, self._fund_receiver()
        return [*steps, (admin, market.call("setRules", *rules))]


def pricing_role(market: str, kind: str) -> str:
    """Role of a pricing contract, which is the maker too."""
    return f"pricing-{market}-{kind.replace('_', '-')}"


def _config(instrument: Instrument, market: PerpMarket, symbol: str, opening: bool) -> tuple[Any, ...]:
    """`InstrumentConfig`; for the opening without fees and caps, and with initial margin at maintenance margin."""
    funding, decimals = instrument.funding, market.quote_decimals

    def wad(bps: float) -> int:
        return quantise(bps / BPS, WAD_DECIMALS)

    return (
        market.pricing[symbol],
        market.mark,
        0 if opening else quantise(instrument.open_interest_cap_tokens, WAD_DECIMALS),
        0 if opening else quantise(instrument.min_notional_tokens, decimals),
        BPS if opening else instrument.maintenance_share_bps,
        0 if opening else instrument.trading_fee_bps,
        instrument.maker_fee_share_bps,
        instrument.liquidation_fee_bps,
        instrument.fund_share_bps,
        instrument.close_min_bps,
        funding.interval_s,
        funding.gap_s,
        wad(funding.interest_bps),
        wad(funding.bound_bps),
        wad(funding.cap_bps),
    )


def _tiers(instrument: Instrument, decimals: int) -> list[tuple[int, int, int]]:
    """`MarginTier[]`: each deduction is what makes margin continuous at its floor.

    Floors are whole quote tokens times a power of ten of units, so no deduction has a fraction.
    """
    tiers: list[tuple[int, int, int]] = []
    rate, deduction_bps = 0, 0
    for tier in instrument.tiers:
        floor = quantise(tier.floor_tokens, decimals)
        deduction_bps += floor * (tier.maintenance_bps - rate) if tiers else 0
        tiers.append((floor, tier.maintenance_bps, deduction_bps // BPS))
        rate = tier.maintenance_bps
    return tiers


def build_perps(world: World) -> Mapping[str, PerpBuilder]:
    """Deploy all perpetual markets of a scenario, with what they share; returns their builders by name."""
    scenario = world.scenario
    if not scenario.perps:
        return {}
    deploy_contract(world, "perp-lens", "PerpLens")
    if any(stage.kind == "deleverage" for market in scenario.perps.values() for stage in market.waterfall):
        world.deleverager = deploy_contract(world, "deleverager", "Deleverager")
    builders = {name: PerpBuilder(world, name, model) for name, model in scenario.perps.items()}
    for builder in builders.values():
        builder.deploy()
    return builders
