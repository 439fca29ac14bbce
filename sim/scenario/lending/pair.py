"""What markets of one collateral and one debt asset share."""

from collections.abc import Iterator

from sim.scenario.base import Model, Name


class PairMarket(Model):
    """Base of the markets with one collateral against one debt asset."""

    collateral: Name
    debt: Name

    def named_assets(self, where: str) -> Iterator[tuple[str, str]]:
        """Paths that name an asset, with its name; `where` is the market's path."""
        yield f"{where}.collateral", self.collateral
        yield f"{where}.debt", self.debt

    def problems(self, where: str) -> Iterator[str]:
        """What is wrong beyond single fields; `where` is the market's path."""
        if self.collateral == self.debt:
            yield f"{where}.debt is {self.debt!r}, another asset than the collateral expected"
