"""Executions: who turns seized collateral into a repayment, and when."""

from typing import Annotated, Literal

from sim.scenario.base import DefaultKind, Model


class Immediate(Model):
    """Whoever repays takes the collateral in the same transaction."""

    kind: Literal["immediate"] = "immediate"


Execution = Annotated[Immediate, DefaultKind("immediate")]
