"""What a market does while it has no valid price of an asset: none at all, or one that is too old."""

from typing import Any, Literal

PoolChoice = Literal["revert", "last_good", "freeze"]
PairChoice = Literal["revert", "last_good"]
INVALID_PRICE = (
    "while a price is invalid or too old; revert: what needs it fails; last_good: all goes on at the last good one"
)
AND_FREEZE = "; freeze: so does what lowers risk, and nothing can be borrowed of or against that asset"


def accepted_age_s(market: Any, asset: str) -> int:
    """Oldest price of an asset with which a market acts, in seconds; 0: of any age.

    Where the last good price stands in, the market takes what it is given.
    """
    return market.reserves[asset].max_price_age_s if market.invalid_price == "revert" else 0
