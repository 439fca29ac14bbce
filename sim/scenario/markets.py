"""Models of feeds, venues and insurance funds."""

from typing import Annotated, Literal

from pydantic import Field

from sim.scenario.base import (
    Bps,
    Gwei,
    Model,
    Name,
    NonNegativeInt,
    PositiveTokens,
    Seconds,
    Tokens,
)


class PushFeed(Model):
    """A feed that a reporter updates when the price deviates or the heartbeat elapses.

    Defaults are Chainlink's for ETH/USD: 0.5 % and one hour, published one block later.
    """

    kind: Literal["push"] = "push"
    deviation_bps: Bps = 50
    heartbeat_s: Seconds = 3_600
    delay_blocks: NonNegativeInt = 1
    decimals: Annotated[int, Field(ge=0, le=18)] = 8
    max_fee_gwei: Gwei | None = Field(
        default=None, description="the highest fee that the reporter pays; None: always what gets it in"
    )


class PoolSpotFeed(Model):
    """The spot price of a venue, read in the same transaction: no delay, and as easy to push as the venue."""

    kind: Literal["pool_spot"]
    venue: Name
    decimals: Annotated[int, Field(ge=0, le=18)] = 8


Feed = Annotated[PushFeed | PoolSpotFeed, Field(discriminator="kind")]


class Venue(Model):
    """A constant-product pool, opened at the assets' starting prices."""

    kind: Literal["constant_product"] = "constant_product"
    base: Name
    quote: Name
    base_tokens: PositiveTokens = Field(description="reserve of the base asset at the start, in whole tokens")
    fee_bps: Annotated[int, Field(ge=0, le=1_000)] = 30


class InsuranceFund(Model):
    """An ERC-4626 fund that covers deficits of lending markets up to a cap each."""

    asset: Name
    assets_tokens: Tokens
    cap_tokens: Tokens | None = Field(default=None, description="per market; None: all of it")
