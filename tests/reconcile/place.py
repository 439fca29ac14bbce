"""A small world of one design: deployed, with full wallets, and read as balances and claims."""

from __future__ import annotations

from pathlib import Path

from sim.chain.accounts import ACCOUNTS
from sim.chain.artifacts import Artifacts
from sim.chain.base import Block, Chain, Receipt, Transaction
from sim.market.paths import build_paths
from sim.scenario.loading import load_scenario
from sim.units import UINT256_MAX
from sim.world.deploy import deploy_world
from tests.hostile import CALLBACK
from tests.reconcile.flows import Site
from tests.reconcile.moves import MARKET

BASE = Path(__file__).with_name("base.yaml")
WALLET_USD = 2_000_000


class Place:
    """The base scenario with a design on it.

    Attributes
    ----------
    users
        Addresses of everyone who acts: borrowers, the supplier and the keepers.
    borrower
        Of a pool, a contract that borrows by flash loans and acts on the pool meanwhile.
    """

    def __init__(self, design: str | None, chain: Chain, artifacts: Artifacts) -> None:
        self.chain, self.artifacts = chain, artifacts
        scenario = load_scenario(str(BASE) if design is None else f"{BASE}+{design}")
        prices = {asset: path.price_e8(0) for asset, path in build_paths(scenario).items()}
        world = self.world = deploy_world(scenario, chain, artifacts, prices, scenario.clock.start_s)
        self.market = world.lending[MARKET]
        self.symbols = {adapter.address: asset for asset, adapter in world.tokens.items()}
        venue = world.venues["pool"]
        self.site = Site(
            kinds={one.address: one.contract for one in world.deployments},
            market=self.market,
            fund_assets={fund.address: world.tokens[fund.asset].address for fund in world.insurance.values()},
            tokens=frozenset(self.symbols),
            pair=(world.tokens[venue.base].address, world.tokens[venue.quote].address),
        )
        self.users = [world.address(role) for role in (*world.borrowers[MARKET], "supplier", "keeper", "rival")]
        self._fill_wallets(prices)
        self.borrower = self._deploy_borrower() if self._is_pool else None

    @property
    def _is_pool(self) -> bool:
        return self.site.kinds[self.market.address] == "LendingPool"

    @property
    def _is_pair(self) -> bool:
        return self.site.kinds[self.market.address] == "IsolatedMarket"

    def _fill_wallets(self, prices: dict[str, int]) -> None:
        """Give everyone tokens, and let every contract that anyone pays take them."""
        admin = self.world.address("admin")
        spenders = {
            *self.market.spenders,
            *self.market.voices,
            self.market.address,
            self.world.router,
            *self._funds(),
        }
        spenders |= {address for address, kind in self.site.kinds.items() if kind in self._passer_kinds()}
        for asset, token in self.world.tokens.items():
            amount = WALLET_USD * 10 ** (8 + token.decimals) // prices[asset]
            for user in self.users:
                steps = [(admin, token.mint(user, amount))]
                steps += [(user, token.approve(spender, UINT256_MAX)) for spender in sorted(spenders)]
                for sender, call in steps:
                    assert self._execute(sender, call.target, call.data).ok

    def _deploy_borrower(self) -> str:
        """A contract that borrows by flash loans and acts on the pool meanwhile."""
        admin, actor = self.world.address("admin"), self.artifacts["ReentrantActor"]
        address = self.chain.deploy(ACCOUNTS.address(0), actor.encode_constructor(admin))
        setup = [actor.encode("setAnswer", CALLBACK.selector, CALLBACK.success)]
        for token in self.world.tokens.values():
            assert self._execute(admin, token.address, token.mint(address, 10**24).data).ok
            data = token.approve(self.market.address, UINT256_MAX).data
            setup.append(actor.encode("act", token.address, data))
        for data in setup:
            assert self._execute(admin, address, data).ok
        return address

    def _funds(self) -> list[str]:
        return [fund.address for fund in self.world.insurance.values()]

    def _passer_kinds(self) -> set[str]:
        """Types of the contracts that pass tokens on."""
        return {self.site.kinds[address] for address in self.site.passers}

    def _holders(self) -> list[str]:
        borrower = [] if self.borrower is None else [self.borrower]
        return list(dict.fromkeys([*self.world.roles.all().values(), *self.users, *borrower]))

    def _execute(self, sender: str, target: str, data: bytes) -> Receipt:
        return self.chain.execute(Block(self.chain.timestamp_s, [Transaction(sender, target, data)]))[0]

    def _balances(self) -> dict[tuple[str, str], int]:
        return {
            (token, holder): self._word(token, "balanceOf", holder)
            for token in self.symbols
            for holder in self._holders()
        }

    def _word(self, token: str, function: str, *args: object) -> int:
        data = self.artifacts["AssetToken"].encode(function, *args)
        return int.from_bytes(self.chain.call(token, data))

    def _scaled(self) -> dict[tuple[str, str], tuple[int, int]]:
        """Scaled supply and debt of everyone, the contracts included, by token and account."""
        kind, holders = self.artifacts["LendingPool"], self._holders()
        out = self.chain.call(self.market.address, kind.encode("scaledBalances", holders))
        words, names = kind.decode("scaledBalances", out), self.market.reserve_list
        count = len(names)
        return {
            (self.world.tokens[asset].address, holder): (
                words[2 * count * k + i],
                words[2 * count * k + count + i],
            )
            for i, asset in enumerate(names)
            for k, holder in enumerate(holders)
        }
