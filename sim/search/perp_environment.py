"""The environment's hands on a perpetual market: positions that are opened or enlarged, depth that leaves."""

from sim.protocols.call import Call
from sim.protocols.perp_states import PerpAccountState, PerpKey
from sim.search.budget import OutOfEnvelope, PerpRoom
from sim.search.history import LeverTrader, NewTrader, PullDepth
from sim.units import BPS, E8_DECIMALS, WAD_DECIMALS, amount_from_base_down, mul_div_up
from sim.world.perps.traders import Trader
from sim.world.world import World

ROOM_BPS = 10
"""Left between what a position takes and what its account has, of its notional: prices round."""
HALVINGS = 20


class PerpEnvironment:
    """Acts on the first perpetual market of a world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.market = next(iter(world.perps.values()))
        traders = world.traders.get(self.market.name, ())
        self._traders: dict[str, Trader] = {one.role: one for one in traders if any(one.positions.values())}
        self._kept_bps = dict.fromkeys(self.market.instruments, BPS)

    def room(self) -> PerpRoom:
        """What there is to act on."""
        instruments = self.market.model.instruments
        curves = tuple(name for name, one in instruments.items() if one.pricing.kind == "virtual_amm")
        return PerpRoom(self.market.instruments, curves, tuple(self._traders))

    def calls(self, step: PullDepth | NewTrader | LeverTrader) -> list[tuple[str, Call]]:
        """Who calls what. Raises OutOfEnvelope if there is nothing to do in the state that the step meets."""
        match step:
            case PullDepth():
                return [("admin", self._pull_depth(step))]
            case NewTrader():
                role = f"environment/trader-{step.account}"
                return [(role, call) for call in self._open(step, role)]
            case LeverTrader():
                return [(step.trader, self._lever(step))]

    def _pull_depth(self, step: PullDepth) -> Call:
        """Of the present depth, so much that the shares pulled so far are missing of what it would be."""
        kept = self._kept_bps[step.instrument]
        left = kept - step.share_bps
        if left <= 0:
            raise OutOfEnvelope(f"pull_depth.share_bps is {step.share_bps}, less than {kept} expected")
        depth_wad = self.market.depth_wad(step.instrument) * left // kept
        self._kept_bps[step.instrument] = left
        return self.market.set_depth(step.instrument, depth_wad)

    def _open(self, step: NewTrader, role: str) -> list[Call]:
        """Pay in what the leverage asks for, and at least what initial margin, fee and impact do; then trade."""
        market, symbol = self.market, step.instrument
        notional = step.notional_tokens * 10**market.quote_decimals
        size = self._size_wad(symbol, notional) * (1 if step.side == "long" else -1)
        needed = market.requirement(symbol, abs(size))[1] + self._cost(symbol, size)
        owner = self.world.address(role)
        margin = max(notional // step.leverage, needed + notional * ROOM_BPS // BPS)
        held = self.world.tokens[market.quote].balance(owner)
        if margin > held:
            raise OutOfEnvelope(f"new_trader: {role} has {held} units, {margin} needed")
        return [market.deposit(margin, owner), market.trade(symbol, size)]

    def _lever(self, step: LeverTrader) -> Call:
        trader = self._traders[step.trader]
        key = PerpKey(self.world.address(step.trader), trader.slot)
        state = self.market.read_accounts([key])[0]
        booked = self.market.read_book().get(key)
        if state is None or booked is None or not booked.positions:
            raise OutOfEnvelope(f"lever_trader: {step.trader} has no position, or one without a price")
        if step.how == "withdraw":
            return self._withdraw(step, key, state)
        symbol = max(booked.positions, key=lambda name: abs(booked.positions[name][0]))
        return self._enlarge(step, key, state, symbol, booked.positions[symbol][0])

    def _withdraw(self, step: LeverTrader, key: PerpKey, state: PerpAccountState) -> Call:
        kept = mul_div_up(state.initial_quote, step.margin_bps, BPS)
        own = state.opening_quote - state.collateral_quote
        amount = min(state.opening_quote - kept, own, state.cash_quote)
        if amount <= 0:
            raise OutOfEnvelope(f"lever_trader: {step.trader} has nothing to take out")
        return self.market.withdraw(amount, key.owner, key.instrument)

    def _enlarge(self, step: LeverTrader, key: PerpKey, state: PerpAccountState, symbol: str, size: int) -> Call:
        """The largest trade after which the margin is still the one asked for, as near as halving comes."""
        market = self.market
        others = state.initial_quote - market.requirement(symbol, abs(size))[1]

        def fits(delta: int) -> bool:
            initial = others + market.requirement(symbol, abs(size + delta))[1]
            return (state.opening_quote - self._cost(symbol, delta)) * BPS >= initial * step.margin_bps

        low, high = 0, abs(size) * max(state.opening_quote, 0) // max(state.initial_quote, 1)
        for _ in range(HALVINGS):
            middle = (low + high) // 2
            if fits(middle if size > 0 else -middle):
                low = middle
            else:
                high = middle
        delta = low if size > 0 else -low
        least = market.model.instruments[symbol].min_notional_tokens
        if market.requirement(symbol, abs(delta))[0] < max(least, 1) * 10**market.quote_decimals:
            raise OutOfEnvelope(f"lever_trader: {step.trader} has no margin for a larger position")
        return market.trade(symbol, delta, isolated=key.instrument is not None)

    def _cost(self, symbol: str, delta_wad: int) -> int:
        """What a trade costs in fee and against the mark, units of quote."""
        market = self.market
        if delta_wad == 0:
            return 0
        brought = market.quote_trade(symbol, delta_wad)
        if brought is None:
            raise OutOfEnvelope(f"there is no price for {symbol} in market {market.name}")
        fee = mul_div_up(abs(brought), market.model.instruments[symbol].trading_fee_bps, BPS)
        at_mark = delta_wad * self._mark_e8(symbol) // self._unit
        return fee + max(-brought - at_mark, 0)

    @property
    def _unit(self) -> int:
        return 10 ** (WAD_DECIMALS + E8_DECIMALS - self.market.quote_decimals)

    def _mark_e8(self, symbol: str) -> int:
        return self.market.read_instruments()[symbol].mark_e8

    def _size_wad(self, symbol: str, notional_quote: int) -> int:
        mark_e8 = self._mark_e8(symbol)
        if not mark_e8:
            raise OutOfEnvelope(f"there is no price for {symbol} in market {self.market.name}")
        value_e8 = notional_quote * 10**E8_DECIMALS // 10**self.market.quote_decimals
        return amount_from_base_down(value_e8, WAD_DECIMALS, mark_e8)
