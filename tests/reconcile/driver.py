"""Runs random steps on a design and reconciles everybody's balances from events and transfers alone."""

from __future__ import annotations

from collections import Counter, defaultdict
from random import Random

from sim.chain.artifacts import Artifacts
from sim.chain.base import Chain
from sim.units import UINT256_MAX, ray_mul_down, ray_mul_up
from tests.reconcile.flows import seen, told
from tests.reconcile.moves import Moves
from tests.reconcile.place import Place
from tests.reconcile.pool_books import PoolBooks

WAITS_S = [0] * 20 + [12] * 24 + [300] * 2 + [3_600, 43_200]


class Reconciliation(Place):
    """A small world of one design, everyone's tokens by transfers, and, of a pool, its books by events."""

    def __init__(self, design: str | None, chain: Chain, artifacts: Artifacts, seed: int, moving: bool) -> None:
        super().__init__(design, chain, artifacts)
        self.random = Random(f"{design} {seed} {moving}")
        self.moves = Moves(self.world, self.random, self.users, moving)
        self.done: Counter[str] = Counter()
        self.failed: Counter[str] = Counter()
        self.events: Counter[str] = Counter()
        self.donated: Counter[tuple[str, str]] = Counter()
        self.balances = self._balances()
        self.minted = {token: self._word(token, "totalSupply") for token in self.symbols}
        self.books = self._open_books() if self._is_pool else None
        self.check()

    def _open_books(self) -> PoolBooks:
        """The opening took no time, so that balances are scaled ones as they are."""
        reserves = self.market.read_reserves()
        factors = {
            self.world.tokens[asset].address: self.market.model.reserves[asset].reserve_factor_bps
            for asset in reserves
        }
        books = PoolBooks(factors, self.site.execution)
        scaled = self._scaled()
        for asset, state in reserves.items():
            reserve = books.reserves[self.world.tokens[asset].address]
            assert state.liquidity_index_ray == state.borrow_index_ray == 10**27
            assert state.treasury_accrued == state.deficit == state.claims == 0
            reserve.cash = state.cash
        for (token, user), (supply, debt) in scaled.items():
            books.reserves[token].add_supply(user, supply)
            books.reserves[token].debt[user] = debt
            books.reserves[token].total_debt += debt
        return books

    # Steps

    def run(self, steps: int, check_every: int) -> None:
        """Do `steps` steps, reconciling every transaction, and everything every `check_every` of them."""
        for step in range(1, steps + 1):
            self.chain.begin(self.chain.timestamp_s + self.random.choice(WAITS_S))
            choice = self.random.random()
            if choice < 0.05:
                self._donate()
            elif choice < 0.1 and self.borrower is not None:
                self._flash_loan()
            else:
                drawn = self.moves.draw()
                if drawn is None:
                    self.failed["nothing to do"] += 1
                else:
                    sender, call = drawn
                    self._step(sender, call.target, call.data, f"{call.contract}.{call.function}")
            if step % check_every == 0:
                self.check()
        self.check()

    def _step(self, sender: str, target: str, data: bytes, name: str, given: dict | None = None) -> None:
        receipt = self._execute(sender, target, data)
        if not receipt.ok:
            error = self.artifacts.decoder.error_parts(receipt.revert_data)[0] if receipt.revert_data else "none"
            self.failed[f"{name}: {error}"] += 1
            return
        self.done[name] += 1
        events = [(log.address, *self.artifacts.decoder.decode(log)) for log in receipt.logs]
        self.events.update(event[1] for event in events)
        moved = seen(self.site, events, sender)
        expected = defaultdict(int, told(self.site, events, sender))
        for key, amount in (given or {}).items():
            expected[key] += amount
        self._credit_use(events, moved, expected)
        assert moved == {key: amount for key, amount in expected.items() if amount}, name
        for key, amount in moved.items():
            self.balances[key] = self.balances.get(key, 0) + amount
            assert self.balances[key] >= 0
        if self.books is not None:
            self.books.book([event[1:] for event in events if event[0] == self.market.address])

    def _credit_use(self, events: list, moved: dict, expected: dict) -> None:
        """A bidder's credit pays first, so that a bid moves at most what is put down for it."""
        for emitter, name, args in events:
            if name == "BidPlaced":
                for token in self.symbols:
                    paid = moved.get((token, emitter), 0)
                    if paid:
                        assert paid <= args["paidInAssets"]
                        expected[token, args["bidder"]] -= paid
                        expected[token, emitter] += paid

    def _donate(self) -> None:
        """Send tokens to a contract that did not ask for them."""
        user, asset = self.random.choice(self.users), self.random.choice(list(self.world.tokens))
        receivers = [self.market.address, *self.market.voices, *self._funds()]
        receivers = [one for one in receivers if one not in self.site.passers]
        receivers += [self.site.execution] if self.site.execution is not None else []
        token, receiver = self.world.tokens[asset], self.random.choice(receivers)
        amount = self.moves.share(token.balance(user) // 10_000)
        call = token.transfer(receiver, amount)
        given = {(token.address, user): -amount, (token.address, receiver): amount}
        self._step(user, call.target, call.data, "donation", given)
        self.donated[token.address, receiver] += amount

    def _flash_loan(self) -> None:
        """Borrow within a transaction, and supply, withdraw, repay or liquidate with it before it is paid back."""
        random, admin = self.random, self.world.address("admin")
        actor, pool = self.artifacts["ReentrantActor"], self.artifacts["LendingPool"]
        token = random.choice(list(self.symbols))
        amount = self.moves.share(self.market.read_reserves()[self.symbols[token]].cash)
        other, user = random.choice(list(self.symbols)), random.choice(self.users)
        inner = random.choice(
            [
                pool.encode("supply", other, random.randint(1, 10**9), self.borrower),
                pool.encode("withdraw", other, UINT256_MAX, self.borrower),
                pool.encode("repay", other, random.randint(1, 10**9), user),
                pool.encode("borrow", other, random.randint(1, 10**6)),
                pool.encode("liquidate", other, token, user, UINT256_MAX, random.random() < 0.5),
            ]
        )
        arm = actor.encode("arm", self.market.address, inner)
        assert self._execute(admin, self.borrower, arm).ok
        loan = pool.encode("flashLoan", self.borrower, token, amount, b"")
        self._step(admin, self.borrower, actor.encode("act", self.market.address, loan), "LendingPool.flashLoan")

    # Checks

    def check(self) -> None:
        """Reconcile tokens, the market's cash, everyone's claims, the fund, and of a pool every book."""
        self._accrue_all()
        assert self._balances() == {key: self.balances.get(key, 0) for key in self._balances()}
        for token, supply in self.minted.items():
            held = sum(amount for (one, _), amount in self.balances.items() if one == token)
            assert held == supply == self._word(token, "totalSupply")
        for passer in self.site.passers:
            assert all(self.balances.get((token, passer), 0) == 0 for token in self.symbols)
        if self.site.kinds[self.market.address] == "SoftLiquidationMarket":
            self._check_bands()
        else:
            self._check_claims()
        for fund in self.world.insurance.values():
            token = self.world.tokens[fund.asset].address
            held = self.balances[token, fund.address] - self.donated[token, fund.address]
            assert held == fund.assets()

    def _check_bands(self) -> None:
        """A soft market: lenders' claims are backed, and the bands hold what their borrowers own of them."""
        market, owner = self.market, self.world.address("admin")
        state = market.read_reserves()[market.model.debt]
        collateral, debt = (market.tokens[asset] for asset in market.reserve_list)
        lent = sum(self.moves.read(market.address, "supplyOf", user) for user in [*self.users, owner])
        assert lent <= state.cash + state.total_debt + state.deficit
        accounts = market.read_accounts(self.users)
        owed = sum(account.debt[1] for account in accounts)
        assert state.total_debt <= owed + 1 and owed <= state.total_debt + len(accounts)
        for token, cash, holdings in (
            (collateral, 0, sum(account.supplied[0] for account in accounts)),
            (debt, state.cash, sum(account.supplied[1] for account in accounts)),
        ):
            assert self.balances.get((token, market.address), 0) - self.donated[token, market.address] == cash
            bands = self.balances.get((token, market.exchange.address), 0)
            assert holdings <= bands - self.donated[token, market.exchange.address]

    def _check_claims(self) -> None:
        """A pool or an isolated market: cash is what it holds, everyone's claims are backed, debts add up."""
        reserves = self.market.read_reserves()
        accounts = self.market.read_accounts(self._claimants())
        for i, asset in enumerate(self.market.reserve_list):
            state, token = reserves[asset], self.world.tokens[asset].address
            backing = state.cash + state.total_debt + state.deficit + state.claims
            assert state.total_supplied <= backing
            supplied = sum(account.supplied[i] for account in accounts)
            owed = sum(account.debt[i] for account in accounts)
            assert supplied + state.treasury_accrued <= state.total_supplied
            assert state.total_debt <= owed + 1 and owed <= state.total_debt + len(accounts)
            held = self.balances[token, self.market.address] - self.donated[token, self.market.address]
            # An isolated market counts collateral by account alone.
            booked = supplied if self._is_pair and asset == self.market.model.collateral else state.cash
            assert held == booked, f"{asset}: {held} of {booked}"
        if self.books is not None:
            self._check_books(reserves)

    def _claimants(self) -> list[str]:
        return [*self.users, self.world.address("admin"), *self._contracts()]

    def _contracts(self) -> list[str]:
        return [one for one in (self.site.execution, self.borrower) if one is not None]

    def _accrue_all(self) -> None:
        """Write a pool's interest up to now, as any action does."""
        if self.books is None:
            return
        admin, kind = self.world.address("admin"), self.artifacts["LendingPool"]
        for asset in self.market.reserve_list:
            data = kind.encode("withdrawTreasury", self.world.tokens[asset].address, 0, admin)
            self._step(admin, self.market.address, data, "accrual")

    def _check_books(self, reserves: dict) -> None:
        """Every scaled balance, and every total, equal to what events alone say."""
        for (token, holder), (supply, debt) in self._scaled().items():
            book = self.books.reserves[token]
            assert (book.supply.get(holder, 0), book.debt.get(holder, 0)) == (supply, debt), holder
        for asset, state in reserves.items():
            book = self.books.reserves[self.world.tokens[asset].address]
            assert sum(book.supply.values()) + book.treasury == book.total_supply
            assert sum(book.debt.values()) == book.total_debt
            assert (state.liquidity_index_ray, state.borrow_index_ray) == (book.liquidity_index, book.borrow_index)
            assert (state.cash, state.deficit, state.claims) == (book.cash, book.deficit, book.claims)
            assert state.total_supplied == ray_mul_down(book.total_supply, book.liquidity_index)
            assert state.total_debt == ray_mul_up(book.total_debt, book.borrow_index)
            assert state.treasury_accrued == ray_mul_down(book.treasury, book.liquidity_index)
