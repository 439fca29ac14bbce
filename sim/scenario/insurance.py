"""Models of insurance funds."""

from typing import Annotated

from pydantic import Field, model_validator

from sim.scenario.base import Model, Name, Tokens

Wait = Annotated[int, Field(ge=0, le=31_536_000)]
"""A wait in seconds, at most a year; 0: none."""


class InsuranceFund(Model):
    """An ERC-4626 fund that covers deficits of lending markets up to a cap each.

    Attributes
    ----------
    cooldown_s, window_s
        Who leaves requests it, waits, and has a window to redeem (Umbrella: 20 days and 2 days); with zeros,
        stakers leave at any time. One without the other is refused.
    """

    asset: Name
    assets_tokens: Tokens
    cap_tokens: Tokens | None = Field(default=None, description="per market; None: all of it")
    cooldown_s: Wait = Field(default=0, description="wait between a request and redeeming; 0: none")
    window_s: Wait = Field(default=0, description="time to redeem after the wait")

    @model_validator(mode="after")
    def _window_belongs_to_a_cooldown(self) -> "InsuranceFund":
        if (self.cooldown_s == 0) != (self.window_s == 0):
            raise ValueError(
                f"window_s is {self.window_s} with a cooldown_s of {self.cooldown_s}: both 0 or both above 0"
                " expected"
            )
        return self
