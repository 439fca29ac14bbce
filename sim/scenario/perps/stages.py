"""Models of a waterfall's stages: who bears what the book cannot close within a position's equity."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from sim.scenario.base import Bps, Model, Name, PositiveTokens, Seconds, Tokens
from sim.scenario.insurance import Wait
from sim.scenario.perps.policies import AnyPolicy, ReturnLeverageQueue


class Stage(Model):
    """A stage. `name` tells those of a kind apart; the kind by default."""

    kind: str
    name: Name | None = None

    @property
    def label(self) -> str:
        """Its name, or its kind."""
        return self.name or self.kind


class BackstopStage(Stage):
    """A vault that takes positions over at the bankruptcy price and gives them back in slices.

    Attributes
    ----------
    home
        Another vault of the market in whose account this one's capital is: the flaw of shared collateral. Such a
        vault takes nothing over itself.
    """

    kind: Literal["backstop"] = "backstop"
    tokens: Tokens = Field(default=0.0, description="capital at the start, in quote")
    cap_tokens: Tokens = Field(default=1e12, description="most notional of one instrument, in quote")
    total_cap_tokens: Tokens = Field(default=1e12, description="most notional of all, in quote")
    slice_tokens: PositiveTokens = Field(default=50_000.0, description="notional given back at once")
    interval_s: Seconds = Field(default=60, description="between two slices")
    slippage_bps: Bps = Field(default=200, description="of a slice against the mark, at most")
    cooldown_s: Wait = 0
    window_s: Wait = 0
    home: Name | None = None

    @model_validator(mode="after")
    def _window_belongs_to_a_cooldown(self) -> "BackstopStage":
        if (self.cooldown_s == 0) != (self.window_s == 0):
            raise ValueError(
                f"window_s is {self.window_s} with a cooldown_s of {self.cooldown_s}: both 0 or both above 0"
                " expected"
            )
        return self


class FundStage(Stage):
    """Draws on an insurance fund.

    Attributes
    ----------
    require_full
        Whether a liquidation is undone where the fund cannot pay all: an empty fund then freezes liquidations.
    """

    kind: Literal["fund"] = "fund"
    fund: Name = Field(description="one of `insurance`, in the market's quote asset")
    require_full: bool = False
    cap_tokens: Tokens | None = Field(default=None, description="draw in all; None: all of the fund")
    instrument_cap_tokens: dict[Name, PositiveTokens] = Field(default={}, description="draw by instrument")


class DeleverageStage(Stage):
    """Closes positions of the other side against the bankrupt one, as a policy says."""

    kind: Literal["deleverage"] = "deleverage"
    policy: AnyPolicy = ReturnLeverageQueue()
    fill_price: Literal["bankruptcy", "previous_mark", "index"] = "bankruptcy"


class SocialiseStage(Stage):
    """Shares what is left over all with a position in the instrument: profits first, then margins."""

    kind: Literal["socialise"] = "socialise"


def stage_role(market: str, stage: Stage) -> str:
    """Role of a stage's contract."""
    return f"stage-{market}-{stage.label}"


AnyStage = Annotated[BackstopStage | FundStage | DeleverageStage | SocialiseStage, Field(discriminator="kind")]
