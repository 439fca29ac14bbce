"""Waves of liquidations, and whether they were a cascade."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from sim.metrics.timeline import usd

LiquidationClass = Literal["cascade", "clustered", "isolated"]
CASCADE_INDUCED_SHARE = (1, 5)
"""Induced liquidations are at least this share (numerator, denominator) of the liquidated value."""
CLUSTER_BLOCKS = 5


class Row(Protocol):
    """What waves need of a liquidation; its value is that of the collateral seized or of the position closed."""

    @property
    def block(self) -> int:
        """Block."""

    @property
    def generation(self) -> int:
        """0, or its cause's plus 1."""

    @property
    def direct(self) -> bool:
        """Whether the exogenous price alone would have done."""

    @property
    def liquidated_base(self) -> int:
        """Its value, USD e8."""


@dataclass(frozen=True, slots=True)
class Wave:
    """All liquidations of one generation: their number, first and last block, and value (USD)."""

    generation: int
    liquidations: int
    first_block: int
    last_block: int
    liquidated_usd: float


def waves(table: Sequence[Row]) -> list[Wave]:
    """Waves in order of generation."""
    by_generation: dict[int, list[Row]] = {}
    for row in table:
        by_generation.setdefault(row.generation, []).append(row)
    return [
        Wave(
            generation,
            len(rows),
            rows[0].block,
            rows[-1].block,
            usd(sum(row.liquidated_base for row in rows)),
        )
        for generation, rows in sorted(by_generation.items())
    ]


def induced_base(table: Sequence[Row]) -> int:
    """Value of the induced liquidations (USD e8)."""
    return sum(row.liquidated_base for row in table if not row.direct)


def liquidation_class(table: Sequence[Row]) -> LiquidationClass | None:
    """`cascade`, `clustered` or `isolated`; None without liquidations.

    A cascade has at least two waves, and induced liquidations are at least 20 % of the liquidated value.
    Clustered: two liquidations at most five blocks apart.
    """
    if not table:
        return None
    share, whole = CASCADE_INDUCED_SHARE
    total = sum(row.liquidated_base for row in table)
    if len({row.generation for row in table}) >= 2 and induced_base(table) * whole >= total * share:
        return "cascade"
    if any(b.block - a.block <= CLUSTER_BLOCKS for a, b in zip(table, table[1:], strict=False)):
        return "clustered"
    return "isolated"
