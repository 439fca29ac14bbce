"""Loss policies of pools."""

from sim.scenario.lending.losses import DeficitLosses, LeftLosses, Losses, SocialisedLosses
from sim.world.contracts import deploy_contract
from sim.world.world import World

NOWHERE = "0x0000000000000000000000000000000000000000"


def deploy_losses(world: World, market: str, model: Losses) -> str:
    """Deploy the loss policy of a market and return its address; the zero address books losses as deficit."""
    match model:
        case DeficitLosses():
            return NOWHERE
        case LeftLosses():
            return deploy_contract(world, f"losses-{market}", "LeaveLosses")
        case SocialisedLosses():
            return deploy_contract(world, f"losses-{market}", "SocialiseLosses")
