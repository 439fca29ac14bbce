"""Batch auctions of a pool's seized collateral."""

from sim.protocols.batch_auction import BatchAuction
from sim.protocols.lending import LendingPool
from sim.scenario.lending.batch_auction import BatchAuction as BatchAuctionModel
from sim.trace import execution_role
from sim.world.contracts import deploy_contract
from sim.world.world import World


def deploy_batch_auction(world: World, market: str, model: BatchAuctionModel, pool: LendingPool) -> BatchAuction:
    """Deploy the auction; collateral that nobody wants goes to the admin."""
    window_s = model.window_for_s(world.scenario.clock.block_time_s)
    params = (window_s, model.max_bids, model.max_rounds, model.reserve_bps, model.reserve_step_bps)
    arguments = (pool.address, world.address("admin"), params)
    address = deploy_contract(world, execution_role(market), "BatchAuction", *arguments)
    return BatchAuction(world.chain, world.artifacts, address, pool.tokens, model.max_bids)
