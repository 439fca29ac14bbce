"""Executions: who turns seized collateral into a repayment, and when."""

from typing import Annotated, Literal

from pydantic import Field

from sim.scenario.base import DefaultKind, Model
from sim.scenario.lending.backstop import Backstop
from sim.scenario.lending.batch_auction import BatchAuction
from sim.scenario.lending.dutch_auction import DutchAuction


class Immediate(Model):
    """Whoever repays takes the collateral in the same transaction."""

    kind: Literal["immediate"] = "immediate"


Execution = Annotated[
    Immediate | DutchAuction | BatchAuction | Backstop, Field(discriminator="kind"), DefaultKind("immediate")
]
