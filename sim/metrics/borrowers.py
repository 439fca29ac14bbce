"""What liquidations cost the borrowers whose debt they repay."""

from dataclasses import dataclass

from sim.metrics.timeline import Timeline, usd


@dataclass(frozen=True, slots=True)
class BorrowerCosts:
    """Collateral that left borrowers for good, and their debt that was repaid from it.

    Both are in USD e8 at the outside market's prices at the time. Debt that was written off is not repaid.
    """

    collateral_base: int
    repaid_base: int

    @property
    def loss_usd(self) -> float:
        """What borrowers lost: collateral beyond the debt repaid."""
        return usd(self.collateral_base - self.repaid_base)

    @property
    def loss_per_usd_repaid(self) -> float | None:
        """USD lost per USD of debt repaid; None where nothing was."""
        return (self.collateral_base - self.repaid_base) / self.repaid_base if self.repaid_base else None


def borrower_costs(timeline: Timeline) -> BorrowerCosts:
    """Costs of all liquidations of a run."""
    collateral = repaid = 0
    for event in timeline.events("Liquidation"):
        if event.emitter not in timeline.markets:
            continue
        at, args = (event.block, event.tx, event.log), event.args
        for asset, amount, sign in (
            (args["collateralAsset"], args["seizedAssets"], True),
            (args["debtAsset"], args["repaidAssets"], False),
        ):
            value = timeline.value_down(asset, amount, timeline.outside_before_e8(asset, at))
            collateral, repaid = (collateral + value, repaid) if sign else (collateral, repaid + value)
    return BorrowerCosts(collateral, repaid)
