"""Models of a search space: which fields may vary, and what the environment may do."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from sim.scenario.base import Bps, Model, NonNegativeInt, PositiveFloat, PositiveInt, Tokens


class NormalDraw(Model):
    """Values near `mean` are drawn more often, as a normal distribution says."""

    kind: Literal["normal"] = "normal"
    mean: float
    sd: PositiveFloat


class LognormalDraw(Model):
    """Values near `median` are drawn more often; `sigma` is the standard deviation of their logarithm."""

    kind: Literal["lognormal"] = "lognormal"
    median: PositiveFloat
    sigma: PositiveFloat


class FieldRange(Model):
    """The values that one field (a dotted path) may take: a range with a step, or a list of choices.

    Attributes
    ----------
    step
        Distance of neighbouring values; with `log`, their ratio.
    log
        Whether neighbouring values have the same ratio and not the same distance.
    weights
        How often each of the choices is drawn, relative to the others.
    distribution
        How often values of a range are drawn. Without one, either end as often as everything in between.
    """

    low: float | None = None
    high: float | None = None
    step: float | None = None
    log: bool = False
    choices: tuple[int | float | str | bool, ...] = ()
    weights: tuple[PositiveFloat, ...] = ()
    distribution: Annotated[NormalDraw | LognormalDraw, Field(discriminator="kind")] | None = None

    @model_validator(mode="after")
    def _one_form(self) -> "FieldRange":
        ranged = self.low is not None and self.high is not None
        if ranged == bool(self.choices):
            raise ValueError("give either low and high, or choices")
        if ranged and not self.low < self.high:
            raise ValueError(f"low {self.low} must be below high {self.high}")
        if not ranged and (self.step is not None or self.log or self.distribution is not None):
            raise ValueError("step, log and distribution belong to a range, weights to choices")
        if self.weights and len(self.weights) != len(self.choices):
            raise ValueError(f"{len(self.weights)} weights for {len(self.choices)} choices, one for each expected")
        if len(set(map(repr, self.choices))) < len(self.choices):
            raise ValueError("a choice is given twice")
        if self.log and self.low <= 0:
            raise ValueError(f"low {self.low} of a log range must be above 0")
        if self.step is not None and self.step <= (1 if self.log else 0):
            raise ValueError(f"step {self.step} must be above {1 if self.log else 0}")
        return self


class Envelope(Model):
    """Bounds of what the environment's rules may do in one history: the declared stress envelope.

    Falls are of the exogenous price and bounded both one by one and in total (log-additive, in bps), slow ones as
    the others. What perpetual markets and keepers may suffer has to be declared: nothing by default.
    """

    shock_asset: str
    max_shock_bps: Bps = 800
    max_total_fall_bps: Bps = 2_000
    max_wait_blocks: PositiveInt = 20
    max_blocks: PositiveInt = 80
    max_feed_stop_blocks: NonNegativeInt = 10
    max_congestion_blocks: NonNegativeInt = 10
    max_congestion_gwei: Annotated[float, Field(ge=0)] = 200.0
    max_liquidity_pull_bps: Bps = 3_000
    max_new_borrowers: NonNegativeInt = 3
    max_lever_ups: NonNegativeInt = 3
    min_new_health_bps: Annotated[int, Field(ge=10_000)] = 10_500
    max_total_rise_bps: Annotated[int, Field(ge=0, le=100_000)] | None = Field(
        default=None, description="of the exogenous price, by all rises together; None: no bound"
    )
    max_drift_bps: Bps = Field(default=0, description="most that a drift moves a price")
    max_feed_lag_blocks: NonNegativeInt = Field(default=0, description="most that reports come in late")
    max_lagged_blocks: NonNegativeInt = Field(default=0, description="blocks of one asset's late reports, in all")
    max_keeper_outage_blocks: NonNegativeInt = Field(default=0, description="of each kind of keeper, in all")
    max_depth_pull_bps: Bps = Field(default=0, description="of a virtual AMM's depth, in all")
    max_new_traders: NonNegativeInt = 0
    max_new_trader_notional_tokens: Tokens = Field(default=0.0, description="of one of them, in quote")
    max_leverage: Annotated[int, Field(ge=1, le=1_000)] = Field(default=10, description="of a new trader")
    max_lever_traders: NonNegativeInt = 0
    min_new_margin_bps: Annotated[int, Field(ge=10_000)] = Field(
        default=10_500, description="equity over initial margin that a trader levers up to"
    )


class SearchSpace(Model):
    """Design fields (the authors' choice), environment fields (the envelope), and the rules' bounds.

    Attributes
    ----------
    tolerated
        Outcomes that are no failure of the base, unless they are looked for: deleveraging, where the question is
        who pays.
    """

    tolerated: tuple[str, ...] = ()
    design: dict[str, FieldRange] = {}
    environment: dict[str, FieldRange] = {}
    envelope: Envelope
