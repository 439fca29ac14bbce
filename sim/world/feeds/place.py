"""Where in a stack of feeds a contract goes."""

from dataclasses import dataclass

from sim.world.contracts import deploy_contract
from sim.world.world import World


@dataclass(frozen=True, slots=True)
class Place:
    """The contract of one source or layer: its role, the stack that it is in, and the asset that it prices.

    `inner` is the address of the feed below, empty for a source; `nested` holds the addresses of feeds inside, by
    name; `reporter` is the role of who reports to the stack's source; `decimals` are those of every contract of
    the stack.
    """

    role: str
    path: str
    asset: str
    inner: str
    nested: dict[str, str]
    reporter: str
    decimals: int

    def deploy(self, world: World, contract: str, *arguments: object, upkeep: bool = False) -> str:
        """Deploy the contract; with `upkeep` it is called whenever it is due."""
        address = deploy_contract(world, self.role, contract, *arguments)
        if upkeep:
            world.upkeep.setdefault(self.path, []).append(world.deployments[-1])
        return address
