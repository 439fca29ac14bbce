"""Executions of pools."""

from typing import Any

from sim.protocols.lending import LendingPool
from sim.scenario.lending.execution import Execution, Immediate
from sim.world.world import World

NOWHERE = "0x0000000000000000000000000000000000000000"


def deploy_execution(world: World, market: str, model: Execution, pool: LendingPool) -> tuple[str, Any]:
    """Deploy the execution of a pool; return its address (zero: immediate) and its adapter, if it has one."""
    match model:
        case Immediate():
            return NOWHERE, None
