"""What markets of one collateral and one debt asset share."""

from collections.abc import Iterator

from pydantic import Field

from sim.scenario.base import Model, Name
from sim.scenario.lending.prices import INVALID_PRICE, PairChoice


class PairMarket(Model):
    """Base of the markets with one collateral against one debt asset."""

    collateral: Name
    debt: Name
    invalid_price: PairChoice = Field(default="revert", description=INVALID_PRICE)

    def named_assets(self, where: str) -> Iterator[tuple[str, str]]:
        """Paths that name an asset, with its name; `where` is the market's path."""
        yield f"{where}.collateral", self.collateral
        yield f"{where}.debt", self.debt

    def problems(self, where: str) -> Iterator[str]:
        """What is wrong beyond single fields; `where` is the market's path."""
        if self.collateral == self.debt:
            yield f"{where}.debt is {self.debt!r}, another asset than the collateral expected"
