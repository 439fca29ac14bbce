"""Executions of pools."""

from sim.protocols.base import ExecutionAdapter
from sim.protocols.lending import LendingPool
from sim.scenario.lending.backstop import Backstop
from sim.scenario.lending.batch_auction import BatchAuction
from sim.scenario.lending.dutch_auction import DutchAuction
from sim.scenario.lending.execution import Execution, Immediate
from sim.world.markets.backstop import deploy_backstop, open_backstop
from sim.world.markets.batch_auction import deploy_batch_auction
from sim.world.markets.dutch_auction import deploy_dutch_auction, open_dutch_auction
from sim.world.steps import Step
from sim.world.world import World


def deploy_execution(world: World, market: str, model: Execution, pool: LendingPool) -> ExecutionAdapter | None:
    """Deploy the execution of a pool and return its adapter; None: immediate."""
    match model:
        case Immediate():
            return None
        case DutchAuction():
            return deploy_dutch_auction(world, market, model, pool)
        case BatchAuction():
            return deploy_batch_auction(world, market, model, pool)
        case Backstop():
            return deploy_backstop(world, market, model, pool)


def open_execution(world: World, market: str, model: Execution) -> list[Step]:
    """Configure the execution of a pool whose reserves exist."""
    adapter = world.lending[market].execution
    match model:
        case Immediate() | BatchAuction():
            return []
        case DutchAuction():
            return open_dutch_auction(world, market, model, adapter)
        case Backstop():
            return open_backstop(world, market, model, adapter)
