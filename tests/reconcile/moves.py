"""Random actions on a market of any design, through its adapter; what executions add is by contract type."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from random import Random

from sim.protocols.call import Call
from sim.units import BPS, UINT256_MAX, amount_from_base_down
from sim.world.steps import Step
from sim.world.upkeep import is_due, poke_call
from sim.world.world import World

MARKET = "main"


class Moves:
    """Draws one step (sender and call) at a time; None where there is nothing to do."""

    def __init__(self, world: World, random: Random, users: list[str], moving: bool) -> None:
        self.world, self.random, self.moving = world, random, moving
        self.market = world.lending[MARKET]
        self.users = users
        self.contracts = {one.address: one for one in world.deployments}
        self.start_prices = {asset: feed.price_e8 for asset, feed in self.market.read_reserves().items()}
        self.prices = dict(self.start_prices)
        kinds = [self.supply, self.withdraw, self.borrow, self.borrow, self.repay, self.liquidate, self.liquidate]
        kinds += [self.cover_deficit, self.pay_treasury, self.deposit, self.redeem] * self._is_pool
        kinds += [
            partial(UPKEEP[one.contract], self, one.address) for one in world.deployments if one.contract in UPKEEP
        ]
        if self.kind(self.market.address) == "SoftLiquidationMarket":
            kinds += [partial(soft_liquidation, self)] * 4
        if self.market.execution is not None:
            kinds += [partial(EXECUTIONS[self.kind(self.market.execution.address)], self)] * 4
        kinds += [self.keep_feeds] * 2 * bool(world.upkeep)
        if moving:
            kinds += [self.move_price] * 2
            kinds += [self.report_again] * 2 * any(feed.through for feed in world.scenario.feeds.values())
        self.kinds: list[Callable[[], Step | None]] = kinds

    @property
    def _is_pool(self) -> bool:
        return self.kind(self.market.address) == "LendingPool"

    def kind(self, address: str) -> str:
        """Contract type at an address."""
        return self.contracts[address].contract

    def draw(self) -> Step | None:
        """Return the next step."""
        return self.random.choice(self.kinds)()

    def call(self, address: str, function: str, *args: object) -> Call:
        """A call of a deployed contract."""
        kind = self.kind(address)
        return Call(kind, address, function, args, self.world.artifacts[kind].encode(function, *args))

    def read(self, address: str, function: str, *args: object) -> object:
        """A view of a deployed contract."""
        kind = self.world.artifacts[self.kind(address)]
        return kind.decode(function, self.world.chain.call(address, kind.encode(function, *args)))

    def share(self, amount: int) -> int:
        """All of an amount, or any part of it, of any size."""
        if self.random.random() < 0.2:
            return amount
        return amount * self.random.randint(1, 10 ** self.random.choice([2, 4, 9])) // 10**9

    def user(self) -> str:
        """Anyone."""
        return self.random.choice(self.users)

    def asset(self) -> str:
        """Any asset of the market."""
        return self.random.choice(self.market.reserve_list)

    def token(self, asset: str) -> str:
        """Address of an asset's token."""
        return self.world.tokens[asset].address

    # Everyday

    def supply(self) -> Step | None:
        """Supply for oneself, or as a present."""
        user, asset = self.user(), self.asset()
        amount = self.share(self.world.tokens[asset].balance(user) // 10)
        onto = self.user() if self.random.random() < 0.1 else user
        return (user, self.market.supply(asset, amount, onto)) if amount else None

    def withdraw(self) -> Step | None:
        """Withdraw a part, all, or what cash there is."""
        user = self.user()
        state = self.market.read_accounts([user])[0]
        held = [i for i, amount in enumerate(state.supplied) if amount]
        if not held:
            return None
        i = self.random.choice(held)
        asset = self.market.reserve_list[i]
        amount = min(self.share(state.supplied[i]), self.market.read_reserves()[asset].cash)
        return (user, self.market.withdraw(asset, amount, user)) if amount else None

    def borrow(self) -> Step | None:
        """Borrow up to what the collateral allows by the first reserve's LTV, more often than not close to it."""
        user, asset = self.user(), self.asset()
        state, reserve = self.market.read_accounts([user])[0], self.market.read_reserves()[asset]
        ltv_bps = max(one.ltv_bps for one in self.market.model.reserves.values())
        free_base = state.collateral_base * ltv_bps // BPS - state.debt_base
        if free_base <= 0 or reserve.price_e8 == 0:
            return None
        decimals = self.world.tokens[asset].decimals
        most = min(amount_from_base_down(free_base, decimals, reserve.price_e8), reserve.cash)
        amount = most * self.random.choice([999, 995, self.random.randint(1, 999)]) // 1_000
        return (user, self.market.borrow(asset, amount, user)) if amount else None

    def repay(self) -> Step | None:
        """Repay a part or all of someone's debt."""
        user = self.user()
        state = self.market.read_accounts([user])[0]
        owed = [i for i, amount in enumerate(state.debt) if amount]
        if not owed:
            return None
        i = self.random.choice(owed)
        asset = self.market.reserve_list[i]
        payer = user if self.random.random() < 0.8 else self.user()
        amount = min(self.share(state.debt[i]), self.world.tokens[asset].balance(payer))
        return (payer, self.market.repay(asset, amount, user)) if amount else None

    # Liquidation

    def unhealthy(self) -> Iterator[tuple[str, str, str, int]]:
        """Accounts below the limit: account, collateral, debt asset, debt; in random order."""
        accounts = self.random.sample(self.users, len(self.users))
        names = self.market.reserve_list
        for account, state in zip(accounts, self.market.read_accounts(accounts), strict=True):
            if state.health_wad < self.market.health_limit_wad:
                for i in [i for i, amount in enumerate(state.supplied) if amount]:
                    for k in [k for k, amount in enumerate(state.debt) if amount]:
                        yield account, names[i], names[k], state.debt[k]

    def liquidate(self) -> Step | None:
        """Liquidate with one's own tokens, for shares, or in one transaction on the venue."""
        found = next(self.unhealthy(), None)
        if found is None:
            return None
        account, collateral, debt, owed = found
        keeper = self.world.address(self.random.choice(["keeper", "rival"]))
        amount = UINT256_MAX if self.random.random() < 0.6 else self.share(owed)
        if self.random.random() < 0.3:
            venue = self.world.venues["pool"]
            amount = min(amount, owed)
            return keeper, self.market.flash_liquidate(collateral, debt, account, amount, venue, 0)
        shares = self._is_pool and self.random.random() < 0.3
        return keeper, self.market.liquidate(collateral, debt, account, amount, shares)

    # Owner, fund and world

    def cover_deficit(self) -> Step | None:
        """Pay in a part of a deficit."""
        asset = self.asset()
        amount = self.share(self.market.read_reserves()[asset].deficit)
        if not amount:
            return None
        return self.user(), self.call(self.market.address, "coverDeficit", self.token(asset), amount)

    def pay_treasury(self) -> Step | None:
        """Withdraw a part of the treasury's claims."""
        asset, admin = self.asset(), self.world.address("admin")
        amount = self.share(self.market.read_reserves()[asset].treasury_accrued)
        return admin, self.call(self.market.address, "withdrawTreasury", self.token(asset), amount, admin)

    def deposit(self) -> Step | None:
        """Put tokens into a fund."""
        fund = self.random.choice(list(self.world.insurance.values()))
        user = self.user()
        amount = self.share(self.world.tokens[fund.asset].balance(user) // 100)
        return (user, self.call(fund.address, "deposit", amount, user)) if amount else None

    def redeem(self) -> Step | None:
        """Take a part of one's shares out of a fund."""
        fund = self.random.choice(list(self.world.insurance.values()))
        user = self.user()
        shares = self.share(self.read(fund.address, "balanceOf", user))
        return (user, self.call(fund.address, "redeem", shares, user, user)) if shares else None

    def move_price(self) -> Step | None:
        """Another price of the first asset: a report between half and twice the first one, or a trade."""
        asset = self.market.reserve_list[0]
        paths = [path for path, source in self.world.sources.items() if source.asset == asset]
        if not paths:
            return self._trade()
        percent = self.random.choice([80, 90, 95, 97, 99, 101, 103, 105, 110, 125])
        start = self.start_prices[asset]
        price = min(max(self.prices[asset] * percent // 100, start // 2), 2 * start)
        self.prices[asset] = price
        return self._report(paths[0] if len(paths) == 1 else self.random.choice(paths))

    def report_again(self) -> Step:
        """Report a price that did not change, so that it does not age."""
        return self._report(self.random.choice(list(self.world.sources)))

    def _report(self, path: str) -> Step:
        source = self.world.sources[path]
        now_s = self.world.chain.timestamp_s
        return self.world.address(f"reporter-{path}"), source.push(self.prices[source.asset], now_s)

    def _trade(self) -> Step:
        """Move the price of the pool by a few percent."""
        venue = self.world.venues["pool"]
        sell = self.random.choice([venue.base, venue.quote])
        state = venue.read()
        reserve = state.base_reserve if sell == venue.base else state.quote_reserve
        user = self.user()
        return user, venue.swap_exact_in(sell, reserve * self.random.randint(1, 5) // 100, 0, user)

    def keep_feeds(self) -> Step | None:
        """Bring one of the feeds that are due up to date."""
        due = [one for contracts in self.world.upkeep.values() for one in contracts if is_due(self.world, one)]
        return (self.user(), poke_call(self.world, self.random.choice(due))) if due else None


def dutch_auction(moves: Moves) -> Step | None:
    """Start, take from, or reset an auction; fund rewards, or fetch what could not be given back."""
    random, auction = moves.random, moves.market.execution
    choice = random.random()
    lots = auction.active_lots()
    if choice < 0.4 or not lots:
        found = next(moves.unhealthy(), None)
        return None if found is None else (moves.user(), auction.start(*found[:3], moves.user()))
    if choice < 0.5:
        asset = moves.asset()
        amount = moves.share(moves.world.tokens[asset].balance(moves.users[0]) // 1_000)
        return (moves.users[0], auction.fund_incentives(asset, amount)) if amount else None
    lot, user = random.choice(lots), moves.user()
    if auction.needs_reset(lot, moves.world.chain.timestamp_s):
        return user, auction.reset(lot, user)
    amount = UINT256_MAX if random.random() < 0.5 else moves.share(lot.lot_assets)
    if random.random() < 0.3:
        return user, auction.flash_take(lot, amount, UINT256_MAX, moves.world.venues["pool"], 0)
    return user, auction.take(lot, amount, UINT256_MAX, user)


def batch_auction(moves: Moves) -> Step | None:
    """Open a lot, bid, clear, or withdraw a credit."""
    random, address = moves.random, moves.market.execution.address
    lots, choice, user = moves.read(address, "activeLots"), random.random(), moves.user()
    if choice < 0.25 or not lots:
        found = next(moves.unhealthy(), None)
        if found is None:
            return None
        account, collateral, debt, _ = found
        return user, moves.call(address, "open", account, moves.token(collateral), moves.token(debt))
    status = random.choice(lots)
    if status.lot.endsAtS <= moves.world.chain.timestamp_s:
        return user, moves.call(address, "clear", status.lotId)
    if choice < 0.85:
        quantity = max(moves.share(status.lot.lotAssets), 1)
        price = status.lot.reserveRay * random.randint(90, 140) // 100
        return user, moves.call(address, "bid", status.lotId, quantity, price)
    return user, moves.call(address, "withdraw", moves.token(moves.asset()), user)


def absorbing_backstop(moves: Moves) -> Step | None:
    """Absorb accounts, buy what was absorbed, fund or settle."""
    random, address, user = moves.random, moves.market.execution.address, moves.user()
    choice = random.random()
    if choice < 0.4:
        found = next(moves.unhealthy(), None)
        return None if found is None else (user, moves.call(address, "absorb", moves.token(found[2]), [found[0]]))
    stocks = moves.read(address, "stocks")
    if choice < 0.8 and stocks:
        stock = random.choice(stocks)
        amount = UINT256_MAX if random.random() < 0.3 else random.randint(1, 10**12)
        arguments = (stock.debtAsset, stock.collateralAsset, 0, amount, user)
        return user, moves.call(address, "buyCollateral", *arguments)
    asset = moves.asset()
    if choice < 0.9:
        amount = moves.share(moves.world.tokens[asset].balance(user) // 1_000)
        return (user, moves.call(address, "fundCapital", moves.token(asset), amount)) if amount else None
    return user, moves.call(address, "settle", moves.token(asset))


def soft_liquidation(moves: Moves) -> Step | None:
    """Open a loan, trade with the bands, lend or take back what was lent, or collect the owner's fees."""
    random, market, user = moves.random, moves.market, moves.user()
    collateral, debt = market.reserve_list
    choice = random.random()
    if choice < 0.3:
        amount, bands = moves.share(moves.world.tokens[collateral].balance(user) // 20), random.randint(4, 20)
        most = market.max_debt(amount, bands) if amount else 0
        debt_units = most * random.randint(800, 999) // 1_000
        return (user, market.create_loan(amount, debt_units, bands)) if debt_units else None
    if choice < 0.7:
        sells = random.random() < 0.5
        amount = moves.share(moves.world.tokens[collateral if sells else debt].balance(user) // 10)
        return (user, market.exchange.exchange(sells, amount, 0, user)) if amount else None
    if choice < 0.95:
        amount = moves.share(moves.read(market.address, "supplyOf", user))
        return (user, market.withdraw(debt, amount, user)) if amount else None
    return user, moves.call(market.exchange.address, "collectAdminFees")


def mark(moves: Moves, address: str) -> Step | None:
    """Let the bonus on an account ferment."""
    found = next(moves.unhealthy(), None)
    return None if found is None else (moves.user(), moves.call(address, "mark", moves.market.address, found[0]))


def sample(moves: Moves, address: str) -> Step | None:
    """Let an estimator, or requirements that follow one, take in the latest price."""
    function = "poke" if moves.kind(address) == "VolatilityEstimator" else "update"
    return moves.user(), moves.call(address, function, moves.token(moves.asset()))


UPKEEP: dict[str, Callable[[Moves, str], Step | None]] = {
    "FermentedBonus": mark,
    "VolatilityEstimator": sample,
    "MovingRequirements": sample,
}
"""What anyone may call on a contract that moves by itself, by its type."""

EXECUTIONS: dict[str, Callable[[Moves], Step | None]] = {
    "DutchAuction": dutch_auction,
    "BatchAuction": batch_auction,
    "AbsorbingBackstop": absorbing_backstop,
}
"""What anyone may do with an execution, by its type; one that is not here has to be added."""
