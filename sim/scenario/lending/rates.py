"""Interest rates of a reserve."""

from typing import Annotated, Literal

from pydantic import Field

from sim.scenario.base import DefaultKind, Model


class KinkedRates(Model):
    """Two slopes, per year (Aave V3); fields of the struct `RateParams`."""

    kind: Literal["kinked"] = "kinked"
    optimal_utilisation_bps: Annotated[int, Field(ge=100, le=9_900)] = 9_000
    base_rate_bps: Annotated[int, Field(ge=0, le=100_000)] = 0
    slope1_bps: Annotated[int, Field(ge=0, le=100_000)] = 550
    slope2_bps: Annotated[int, Field(ge=0, le=100_000)] = 6_000


Rates = Annotated[KinkedRates, DefaultKind("kinked")]
