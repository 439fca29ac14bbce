"""The hands of the environment: steps of a history become calls on the engine and transactions of its accounts."""

from sim.engine import Engine
from sim.protocols.call import Call
from sim.search.budget import Budget, OutOfEnvelope
from sim.search.history import (
    Congest,
    Drift,
    LagFeed,
    LeverTrader,
    LeverUp,
    NewBorrower,
    NewTrader,
    PullDepth,
    PullLiquidity,
    Shock,
    Step,
    StopFeed,
    StopKeepers,
    Wait,
)
from sim.search.perp_environment import PerpEnvironment
from sim.units import BPS, UINT256_MAX, WAD, amount_from_base_down, from_units, value_base_down
from sim.world.action import Action

NAME = "environment"
KEEPERS = ("keeper", "perp_keeper", "deleverager")
"""Kinds of agents whose silence is a keeper outage."""


class Environment:
    """Acts on one engine in the name of the environment.

    Parameters
    ----------
    engine
        Freshly launched; its scenario declares a space.
    """

    def __init__(self, engine: Engine) -> None:
        world = engine.world
        self.engine = engine
        self.world = world
        self.envelope = world.scenario.space.envelope
        self.market = next(iter(world.lending), None)
        self._pool_shares = {
            name: world.venues[name].shares(world.address(NAME))
            for name, model in world.scenario.venues.items()
            if model.has_liquidity
        }
        self._perps = PerpEnvironment(world) if world.perps else None
        self._count = 0

    def budget(self) -> Budget:
        """The whole envelope, over the venues, feeds and accounts of this world."""
        world, scenario = self.world, self.world.scenario
        roles = world.borrowers.get(self.market, []) if self.market else []
        empty = [role for role in roles if role.startswith(f"{NAME}/")]
        token = world.tokens[self.envelope.shock_asset]
        spare = token.balance(world.address(empty[0])) if empty else 0
        return Budget(
            self.envelope,
            [name for name, shares in self._pool_shares.items() if shares],
            list(dict.fromkeys(stack.asset for stack in scenario.feed_stacks if stack.model.reported)),
            [role for role in roles if role not in empty],
            int(from_units(spare, token.decimals)),
            [kind for kind in KEEPERS if any(agent.kind == kind for agent in scenario.agents.values())],
            self._perps.room() if self._perps else None,
        )

    def act(self, step: Step) -> None:
        """Carry out a step. Raises OutOfEnvelope if the state that it meets leaves nothing to do."""
        engine = self.engine
        match step:
            case Wait():
                for _ in range(step.blocks):
                    engine.step()
            case Shock():
                engine.outside.shock(step.asset, step.change_bps)
            case Drift():
                over_s = step.blocks * self.world.scenario.clock.block_time_s
                engine.outside.drift(step.asset, step.change_bps, over_s)
            case StopFeed():
                engine.interruptions.stop_feed(step.asset, engine.block + step.blocks)
            case LagFeed():
                engine.interruptions.lag_feed(step.asset, step.lag_blocks, engine.block + step.blocks)
            case StopKeepers():
                engine.interruptions.silence(step.kind, engine.block + step.blocks)
            case Congest():
                until_block = engine.block + step.blocks
                until_s = until_block * self.world.scenario.clock.block_time_s + 1
                engine.block_space.congest(float(step.fee_gwei), until_s)
            case PullLiquidity():
                self._pull_liquidity(step)
            case NewBorrower():
                self._new_borrower(step)
            case LeverUp():
                self._lever_up(step)
            case PullDepth() | NewTrader() | LeverTrader():
                for sender, call in self._perps.calls(step):
                    self._submit(sender, call)

    def _submit(self, sender: str, call: Call) -> None:
        key = f"{NAME}/{self._count}"
        self._count += 1
        self.engine.submit(Action(NAME, self.world.address(sender), call, NAME, None, key))

    def _pull_liquidity(self, step: PullLiquidity) -> None:
        venue = self.world.venues[step.venue]
        shares = self._pool_shares[step.venue] * step.share_bps // self.envelope.max_liquidity_pull_bps
        self._submit(NAME, venue.remove_liquidity(shares, self.world.address(NAME)))

    def _new_borrower(self, step: NewBorrower) -> None:
        """Supply the shocked asset and borrow the market's first other borrowable one."""
        role, asset = f"{NAME}/{step.account}", self.envelope.shock_asset
        lending = self.world.lending[self.market]
        reserves = self.world.scenario.lending[self.market].reserves
        if asset not in reserves:
            raise OutOfEnvelope(f"new_borrower: market {self.market} takes no {asset} as collateral")
        units = step.collateral_tokens * 10 ** self.world.tokens[asset].decimals
        value_base = value_base_down(units, self.world.tokens[asset].decimals, self._price_e8(asset))
        weighted_base = value_base * reserves[asset].liquidation_threshold_bps // BPS
        limit_base = value_base * reserves[asset].ltv_bps // BPS
        debt = next((name for name, r in reserves.items() if r.borrowable and name != asset), None)
        amount = self._borrowable(debt, min(weighted_base * BPS // step.health_bps, limit_base))
        self._submit(role, lending.supply(asset, units, self.world.address(role)))
        self._submit(role, lending.borrow(debt, amount, self.world.address(role)))

    def _lever_up(self, step: LeverUp) -> None:
        """Borrow more of what the borrower owes most of."""
        lending = self.world.lending[self.market]
        reserves = self.world.scenario.lending[self.market].reserves
        account = lending.read_accounts([self.world.address(step.borrower)])[0]
        if account.health_wad == UINT256_MAX:
            raise OutOfEnvelope(f"lever_up: {step.borrower} owes nothing")
        weighted_base = account.health_wad * account.debt_base // WAD
        limit_base = sum(
            value_base_down(units, self.world.tokens[asset].decimals, self._price_e8(asset))
            * reserves[asset].ltv_bps
            // BPS
            for asset, units in zip(lending.reserve_list, account.supplied, strict=True)
        )
        owed = max(range(len(account.debt)), key=account.debt.__getitem__)
        more_base = min(weighted_base * BPS // step.health_bps, limit_base) - account.debt_base
        debt = lending.reserve_list[owed]
        borrower, amount = self.world.address(step.borrower), self._borrowable(debt, more_base)
        self._submit(step.borrower, lending.borrow(debt, amount, borrower))

    def _borrowable(self, asset: str | None, value_base: int) -> int:
        """Units of `asset` worth `value_base`, bounded by what the market holds."""
        if asset is None:
            raise OutOfEnvelope(f"market {self.market} lends nothing else")
        units = 0
        if value_base > 0:
            decimals = self.world.tokens[asset].decimals
            units = amount_from_base_down(value_base, decimals, self._price_e8(asset))
            units = min(units, self.world.lending[self.market].read_reserves()[asset].cash)
        if units <= 0:
            raise OutOfEnvelope(f"no {asset} can be borrowed: the health asked for is not above the account's")
        return units

    def _price_e8(self, asset: str) -> int:
        """Price that the market reads now."""
        return self.world.lending[self.market].read_reserves()[asset].price_e8
