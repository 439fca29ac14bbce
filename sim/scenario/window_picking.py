"""The model of who picks prices out of the window that a pull feed leaves open."""

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from sim.scenario.base import Gwei, Model, Name, PositiveTokens
from sim.scenario.feeds import PullFeed

if TYPE_CHECKING:
    from sim.scenario.model import Scenario


class WindowPicker(Model):
    """Buys what has just become cheap, brings the highest signed price that its feed still accepts, and borrows.

    It walks away with the loan whenever that is worth more than the collateral. It never offers a report that the
    feed would refuse, and does nothing where no pick pays.
    """

    kind: Literal["window_picker"]
    market: Name
    venue: Name = Field(description="where it buys the collateral with the debt asset")
    collateral: Name = Field(description="an asset with a pull feed")
    debt: Name
    capital_tokens: PositiveTokens = Field(description="of the debt asset; loans are used again")
    min_profit_usd: float = 100.0
    max_fee_gwei: Gwei = Field(default=500.0, description="what it bids, so that it comes before the reporter")

    def problem(self, scenario: "Scenario") -> str | None:
        """What is wrong with it in a scenario, as a path below the agent and a complaint."""
        feed = scenario.feeds.get(self.collateral)
        if not isinstance(feed, PullFeed):
            return f"collateral is {self.collateral!r}, an asset with a feed of kind 'pull' expected"
        venue = scenario.venues.get(self.venue)
        if venue is not None and {venue.base, venue.quote} != {self.collateral, self.debt}:
            return f"venue is {self.venue!r}, one of {self.collateral} and {self.debt} expected"
        return None
