"""Models of insurance funds."""

from pydantic import Field

from sim.scenario.base import Model, Name, Tokens


class InsuranceFund(Model):
    """An ERC-4626 fund that covers deficits of lending markets up to a cap each."""

    asset: Name
    assets_tokens: Tokens
    cap_tokens: Tokens | None = Field(default=None, description="per market; None: all of it")
