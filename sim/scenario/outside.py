"""Models of the outside world: price paths, scheduled shocks, and the depth of the outside market."""

from typing import Annotated, Literal

from pydantic import Field

from sim.scenario.base import Bps, DefaultKind, Gwei, Model, PriceUsd, Seconds
from sim.scenario.rates import ExchangeRate


class ConstantPath(Model):
    """A price that never moves."""

    kind: Literal["constant"] = "constant"
    price_usd: PriceUsd


class WaypointPath(Model):
    """Closes at a fixed interval, log-linear in between.

    `prices_usd[0]` holds at the scenario's start and `prices_usd[i]` at `i * interval_s`.
    """

    kind: Literal["waypoints"]
    interval_s: Seconds
    prices_usd: Annotated[tuple[PriceUsd, ...], Field(min_length=1)]


class CsvPath(Model):
    """A recorded series with the columns `timestamp_utc, price_usd` and, where given, open, high and low.

    A close holds at `timestamp + interval`; a bar with open, low, high and close is walked in this order, one
    at the end of each quarter. The scenario starts at the first timestamp.
    """

    kind: Literal["csv"]
    file: str
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")] | None = Field(
        default=None, description="of the file's content, filled in by loading; a file that differs is refused"
    )
    allow_gaps: bool = Field(default=False, description="walk gaps log-linearly instead of refusing them")


class GbmPath(Model):
    """Geometric Brownian motion sampled once a block."""

    kind: Literal["gbm"]
    start_price_usd: PriceUsd
    drift_per_year: Annotated[float, Field(ge=-1_000, le=1_000)] = 0.0
    volatility_per_year: Annotated[float, Field(ge=0, le=100)] = 0.8


class JumpDiffusionPath(Model):
    """Merton's jump diffusion: Brownian motion plus lognormal jumps at Poisson times (Merton, 1976)."""

    kind: Literal["jump_diffusion"]
    start_price_usd: PriceUsd
    drift_per_year: Annotated[float, Field(ge=-1_000, le=1_000)] = 0.0
    volatility_per_year: Annotated[float, Field(ge=0, le=100)] = 0.8
    jumps_per_day: Annotated[float, Field(ge=0, le=100_000)] = 1.0
    jump_mean_log: Annotated[float, Field(ge=-10, le=10)] = -0.02
    jump_std_log: Annotated[float, Field(ge=0, le=10)] = 0.03


PricePath = Annotated[
    ConstantPath | WaypointPath | CsvPath | GbmPath | JumpDiffusionPath, Field(discriminator="kind")
]


class Shock(Model):
    """A scheduled move on top of the path: `change_bps` of the price, spread evenly in log over `over_s`."""

    at_s: Annotated[int, Field(ge=0, le=31_536_000)]
    change_bps: Annotated[int, Field(gt=-10_000, le=100_000)]
    over_s: Annotated[int, Field(ge=0, le=31_536_000)] = 0


class RefillStress(Model):
    """While the price stands `below_bps` under its highest of `window_s`, the refill takes `factor` times as long.

    Ten times the usual minute are the minutes that order books take in stress.
    """

    below_bps: Annotated[int, Field(gt=0, lt=10_000)] = 1_000
    window_s: Seconds = 900
    factor: Annotated[float, Field(ge=1, le=10_000)] = 10.0


class _BookDepth(Model):
    """What all books outside share.

    `permanent_share_bps` of a move (in log) stays, the rest fades with `refill_half_life_s` (order books refill in
    5-60 s in normal times, minutes in stress).
    """

    depth_usd_per_pct: Annotated[float, Field(gt=0, le=1e15)] = 5_000_000.0
    permanent_share_bps: Bps = 3_000
    refill_half_life_s: Annotated[float, Field(gt=0, le=31_536_000)] = 60.0
    stress: RefillStress | None = Field(default=None, description="None: the refill is always as fast")


class ExponentialDepth(_BookDepth):
    """The same depth at every price: `depth_usd_per_pct` sold moves the price by one percent (in log)."""

    kind: Literal["exponential"] = "exponential"


class PowerDepth(_BookDepth):
    """An order book that holds kappa * |p - m|^gamma of the asset per unit of price, on either side of its mid m.

    The first percent from the mid takes tokens worth `depth_usd_per_pct` at it, x percent take x^(1 + gamma) times
    as many. `gamma` 0 is linear impact, 1 the square-root law (latent liquidity that is linear around the price:
    Toth et al., "Anomalous price impact and the critical nature of liquidity", 2011).
    """

    kind: Literal["power"]
    gamma: Annotated[float, Field(ge=0, le=1)] = 0.5


OutsideDepth = Annotated[ExponentialDepth | PowerDepth, Field(discriminator="kind"), DefaultKind("exponential")]
"""The book of the outside market."""


class Asset(Model):
    """A token with its own decimals, its exogenous price path and the book behind it."""

    decimals: Annotated[int, Field(ge=0, le=18)]
    price: PricePath
    shocks: tuple[Shock, ...] = ()
    depth: OutsideDepth | None = Field(
        default=None, description="None: the outside price takes any amount without moving"
    )
    rate: ExchangeRate | None = Field(
        default=None, description="of a staked token: what it is worth of what is staked"
    )


class Demand(Model):
    """Everyone else's demand for block space.

    `gas_per_block` is asked for in every block, with bids lognormal around `fee_gwei` (spread `fee_sigma`).
    `fee_gwei` is a constant or closes at `interval_s`, held until the next.
    """

    gas_per_block: Annotated[int, Field(ge=0, le=1_000_000_000_000)] = 0
    fee_gwei: Annotated[tuple[Annotated[float, Field(gt=0, le=1e9)], ...], Field(min_length=1)] = (20.0,)
    interval_s: Seconds = 3_600
    fee_sigma: Annotated[float, Field(ge=0, le=10)] = 0.5


class Outage(Model):
    """Blocks from `at_s` until before `at_s + for_s` include settlements alone: the sequencer is down."""

    at_s: Annotated[int, Field(ge=0, le=31_536_000)]
    for_s: Seconds


class BlockSpace(Model):
    """How transactions compete: the block gas limit, the EIP-1559 base fee and the ordering policy."""

    gas_limit: Annotated[int, Field(gt=0, le=1_000_000_000_000)] = 30_000_000
    base_fee_gwei: Gwei = 20.0
    base_fee_moves: bool = True
    ordering: Literal["fees", "first_come"] = "fees"
    demand: Demand = Demand()
    native_asset: str | None = Field(default=None, description="the asset in which fees are paid, for USD")
    native_price_usd: PriceUsd = 2_000.0
    outages: tuple[Outage, ...] = Field(
        default=(), description="feeds, agents and upkeep stand still, the outside world moves"
    )


class Clock(Model):
    """Absolute start (Unix seconds), block time and length.

    `blocks` None: as long as the longest price series (one hour if there is none).
    A chain that is later than `start_s` (a fork) starts the run at its own time.
    """

    start_s: Annotated[int, Field(gt=0, lt=2**31)] = 1_700_000_000
    block_time_s: Annotated[int, Field(gt=0, le=86_400)] = 12
    blocks: Annotated[int, Field(gt=0, le=5_000_000)] | None = None
