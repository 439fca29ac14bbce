"""Model of a perpetual market."""

from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import Field

from sim.scenario.base import Bps, Gwei, Model, Name, NonNegativeInt, Tokens
from sim.scenario.perps.instruments import Instrument
from sim.scenario.perps.stages import AnyStage, BackstopStage, DeleverageStage, FundStage


class PerpCollateral(Model):
    """An asset besides quote that backs cross accounts, at a haircut."""

    haircut_bps: Annotated[int, Field(ge=0, lt=10_000)] = 1_000
    discount_bps: Annotated[int, Field(ge=0, lt=10_000)] = Field(
        default=500, description="at which it is sold where an account is in debt"
    )
    cap_tokens: Tokens = Field(default=0.0, description="held in all; 0: no cap")
    max_price_age_s: NonNegativeInt = Field(default=0, description="0: of any age")


class PerpMarket(Model):
    """A market of perpetual futures, settled in one quote asset that counts as a US dollar.

    Attributes
    ----------
    maker_tokens
        Capital of the maker that takes the other side of every trade, in quote, for each kind of pricing.
    profit_weight_bps
        Share of unrealised profits that counts for opening and withdrawing; at 10000 paper profits pay out cash.
    gated, gate_s
        Whether withdrawals wait while there is bad debt, and for how long after an insolvent account was shown.
    waterfall
        Stages after the book, in order; without any, what is left is booked as bad debt.
    """

    quote: Name
    maker_tokens: Tokens = 50_000_000.0
    profit_weight_bps: Bps = 0
    gated: bool = True
    gate_s: NonNegativeInt = 3_600
    collateral: dict[Name, PerpCollateral] = {}
    instruments: Annotated[dict[Name, Instrument], Field(min_length=1)]
    waterfall: tuple[AnyStage, ...] = ()
    upkeep_interval_s: Annotated[int, Field(gt=0)] = Field(
        default=600, description="between two calls that only accrue funding or send dues"
    )
    upkeep_max_fee_gwei: Gwei | None = Field(default=None, description="None: always what gets it in")

    @property
    def pricing_kinds(self) -> list[str]:
        """Kinds of pricing in use, in order of appearance."""
        return list(dict.fromkeys(one.pricing.kind for one in self.instruments.values()))

    def named(self, where: str) -> Iterator[tuple[str, str, str]]:
        """Names that must exist elsewhere: path, name, and what it names."""
        yield f"{where}.quote", self.quote, "asset"
        for asset in self.instruments:
            yield f"{where}.instruments", asset, "priced"
        for asset in self.collateral:
            yield f"{where}.collateral", asset, "priced"
        for i, stage in enumerate(self.waterfall):
            if isinstance(stage, FundStage):
                yield f"{where}.waterfall.{i}.fund", stage.fund, "fund"
                for asset in stage.instrument_cap_tokens:
                    yield f"{where}.waterfall.{i}.instrument_cap_tokens", asset, f"instrument of {where}"

    def problems(self, where: str, insurance: dict[str, Any]) -> Iterator[str]:
        """What does not fit together; `where` is the market's path."""
        for asset, instrument in self.instruments.items():
            for problem in instrument.problems():
                yield f"{where}.instruments.{asset}.{problem}"
        for kind, names in (("instruments", self.instruments), ("collateral", self.collateral)):
            if self.quote in names:
                yield f"{where}.{kind} has {self.quote!r}, another asset than the quote expected"
        labels = [stage.label for stage in self.waterfall]
        for i, stage in enumerate(self.waterfall):
            if labels.index(stage.label) < i:
                yield f"{where}.waterfall.{i}.name is {stage.label!r}, which another stage has"
            if isinstance(stage, FundStage) and insurance[stage.fund].asset != self.quote:
                asset = insurance[stage.fund].asset
                yield f"{where}.waterfall.{i}.fund is {stage.fund!r}, in {asset!r}: one in {self.quote!r} expected"
            if isinstance(stage, BackstopStage) and stage.home is not None:
                homes = [s.label for s in self.waterfall[:i] if isinstance(s, BackstopStage) and s.home is None]
                if stage.home not in homes:
                    yield f"{where}.waterfall.{i}.home is {stage.home!r}, one of {homes} before it expected"
        if sum(isinstance(stage, DeleverageStage) for stage in self.waterfall) > 1:
            yield f"{where}.waterfall has several stages of kind 'deleverage', at most one expected"
