"""Loss policies: what becomes of debt with nothing left behind it. Where there is a fund, it pays first."""

from typing import Annotated, Literal

from pydantic import Field

from sim.scenario.base import DefaultKind, Model


class DeficitLosses(Model):
    """Written off and booked as a deficit that waits for cover (Aave V3.3 and later)."""

    kind: Literal["deficit"] = "deficit"


class LeftLosses(Model):
    """Left on the books of the account, where it accrues interest (Compound V2)."""

    kind: Literal["left"] = "left"


class SocialisedLosses(Model):
    """Taken off all suppliers of the reserve at once (Morpho Blue)."""

    kind: Literal["socialised"] = "socialised"


Losses = Annotated[
    DeficitLosses | LeftLosses | SocialisedLosses, Field(discriminator="kind"), DefaultKind("deficit")
]
