"""What attackers have: a contract of their own, money, and an account that every block reads."""

from collections.abc import Mapping

from sim.protocols.spot_push import SpotPush
from sim.scenario.adversaries import MeanAttacker, SpotAttacker, WindowPicker
from sim.trace import adversary_role
from sim.units import amount_from_base_down, quantise
from sim.world.contracts import deploy_contract
from sim.world.steps import Step, approve, mint
from sim.world.world import World


def deploy_adversaries(world: World) -> None:
    """Deploy every attacker's contract, and have its accounts read with those of the borrowers."""
    for name, model in world.scenario.agents.items():
        if isinstance(model, SpotAttacker):
            owner = world.address(name)
            address = deploy_contract(world, adversary_role(name), "SpotPush", owner)
            market = world.lending[model.market].address
            lender = world.lending[model.lender or model.market].address
            venue = world.venues[model.venue]
            world.spot_pushes[name] = SpotPush(world.chain, world.artifacts, address, owner, market, lender, venue)
            world.adversaries.setdefault(model.market, []).append(adversary_role(name))
        elif isinstance(model, MeanAttacker | WindowPicker):
            world.adversaries.setdefault(model.market, []).append(name)


def adversary_steps(world: World, prices_e8: Mapping[str, int]) -> list[Step]:
    """Mint every attacker its own money, and let those take it that it deals with."""
    steps: list[Step] = []
    for name, model in world.scenario.agents.items():
        if isinstance(model, SpotAttacker):
            venue, own_usd = world.venues[model.venue], model.own_usd
            spenders = [world.spot_pushes[name].address]
        elif isinstance(model, MeanAttacker | WindowPicker):
            venue, own_usd = world.venues[model.venue], model.capital_usd
            spenders = [venue.router, world.lending[model.market].address]
        else:
            continue
        decimals = world.tokens[venue.quote].decimals
        amount = amount_from_base_down(quantise(own_usd, 8), decimals, prices_e8[venue.quote])
        if amount:
            steps.append(mint(world, venue.quote, name, amount))
        steps += [approve(world, asset, name, one) for asset in (venue.base, venue.quote) for one in spenders]
    return steps
