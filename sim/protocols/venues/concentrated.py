"""Adapter of a Uniswap V3 pool: the published bytecode, with positions that are tokens of its own contract."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isqrt
from typing import Any

from sim.protocols.call import Call
from sim.protocols.lens import words
from sim.protocols.venue import Swapped, VenueState
from sim.protocols.venues.routed import DEPTH_BPS, NO_DEADLINE, RoutedVenue
from sim.reference.concentrated import (
    MAX_TICK,
    ConcentratedPool,
    amounts_to,
    inverse_price_down,
    position_amounts,
    price_down,
)
from sim.units import BPS, E8, UINT128_MAX

FEE_PER_BPS = 100
"""The pool counts its fee in hundredths of a bp."""
REACH_TICKS = 5_000
"""Ticks around the price that are read: 39 % down, 65 % up. Depth takes 202.1."""
HEAD_WORDS = 5
POSITIONS = "NonfungiblePositionManager"
_SIGN_BIT, _WORD = 1 << 255, 1 << 256


@dataclass(frozen=True, slots=True)
class Position:
    """Liquidity between two ticks, under the number of its token; `owed` is what a collect would pay at least."""

    token_id: int
    lower_tick: int
    upper_tick: int
    liquidity: int
    owed: tuple[int, int]


class ConcentratedVenue(RoutedVenue):
    """A `UniswapV3Pool` behind our router; which of its tokens is the base asset, only this class knows.

    Shares are liquidity: those of a holder are the sum over its positions. Reserves are what the pool holds, with
    fees that nobody collected yet.

    Attributes
    ----------
    positions
        Address of the contract that holds positions; a provider lets it take both tokens.
    flash_lender
        Address of the ERC-3156 lender over the pool.
    fee, spacing
        Fee in hundredths of a bp; ticks between the ends of positions.
    pool
        The pool as of the last `read`, with the initialised ticks within `REACH_TICKS`.
    """

    router_contract = "ConcentratedRouter"

    def __init__(self, *args: Any, lens: str, positions: str, flash_lender: str, spacing: int) -> None:
        super().__init__(*args)
        self.lens = lens
        self.positions = positions
        self.flash_lender = flash_lender
        self.fee = self.fee_bps * FEE_PER_BPS
        self.spacing = spacing
        self.base_is_token0 = int(self.tokens[self.base], 16) < int(self.tokens[self.quote], 16)
        self.pool: ConcentratedPool | None = None
        self._pool_type = self.artifacts["UniswapV3Pool"]
        self._positions_type = self.artifacts[POSITIONS]
        self._words = self.artifacts["ConcentratedLens"].encode("poolWords", self.address, REACH_TICKS)
        self._now_e8 = 0

    @property
    def liquidity_taker(self) -> str:
        """The contract that holds positions."""
        return self.positions

    # Reads

    def read(self) -> VenueState:
        """State after the latest block."""
        price, tick, liquidity, *balances = (found := words(self.chain.call(self.lens, self._words)))[:HEAD_WORDS]
        pairs = [_signed(word) for word in found[HEAD_WORDS:]]
        ticks = tuple(zip(pairs[::2], pairs[1::2], strict=True))
        self.pool = ConcentratedPool(self.fee, self.spacing, price, _signed(tick), liquidity, ticks)
        self._now_e8 = self.spot_e8(price)
        base, quote = self.base_and_quote(balances)
        spot_e8 = self._now_e8 if liquidity else 0
        return VenueState(base, quote, liquidity, spot_e8, self.depth(-DEPTH_BPS), self.depth(DEPTH_BPS))

    def spot_e8(self, sqrt_price_x96: int) -> int:
        """Whole quote tokens per whole base token at a root price, eight decimals, rounded down; 0 without one."""
        if not sqrt_price_x96:
            return 0
        price = price_down if self.base_is_token0 else inverse_price_down
        return price(sqrt_price_x96, 10 ** self.decimals[self.base] * E8, 10 ** self.decimals[self.quote])

    def root_after(self, change_bps: int) -> int:
        """The root price at which base costs so much more or less than at the last read, rounded down."""
        if self.base_is_token0:
            return isqrt(self.pool.sqrt_price_x96**2 * (BPS + change_bps) // BPS)
        return isqrt(self.pool.sqrt_price_x96**2 * BPS // (BPS + change_bps))

    def depth(self, change_bps: int) -> int:
        """Base units that change the price as of the last read by `change_bps`, the fee left out, rounded down.

        Within `REACH_TICKS`; walks the initialised ticks with Δx = L (1/√P' - 1/√P), Δy = L (√P' - √P).
        """
        if not self.pool.sqrt_price_x96:
            return 0
        return self.base_and_quote(amounts_to(self.pool, self.root_after(change_bps)))[0]

    def base_and_quote(self, pair: Sequence[int]) -> tuple[int, int]:
        """Of token 0 and token 1, the base asset first; and the other way round alike."""
        return (pair[0], pair[1]) if self.base_is_token0 else (pair[1], pair[0])

    def observe(self, ages_s: Sequence[int]) -> tuple[list[int], list[int]]:
        """Cumulative ticks, and seconds per liquidity (128 binary places), as of each number of seconds ago.

        Raises
        ------
        CallReverted : the pool does not keep observations as old as that.
        """
        data = self._pool_type.encode("observe", list(ages_s))
        return tuple(self._pool_type.decode("observe", self.chain.call(self.address, data)))

    def swapped(self, event: str, args: Mapping[str, Any]) -> Swapped | None:
        """Take in an event; the pool's `Swap` tells the price after it."""
        if event != "Swap":
            return None
        before_e8, self._now_e8 = self._now_e8, self.spot_e8(args["sqrtPriceX96"])
        base, quote = self.base_and_quote((args["amount0"], args["amount1"]))
        sold, came, went = (self.base, base, -quote) if base > 0 else (self.quote, quote, -base)
        return Swapped(sold, came, went, before_e8, self._now_e8)

    # Swaps

    def swap_exact_out(self, sell: str, amount_out: int, max_in: int, to: str) -> Call:
        """Buy exactly `amount_out` units for the asset `sell`."""
        return self._route("swapExactOut", self.route, self.tokens[sell], amount_out, max_in, to, NO_DEADLINE)

    def swap_to_price(self, sell: str, amount: int, limit_x96: int, to: str) -> Call:
        """Sell up to `amount` units, or buy up to minus as many if it is negative, until a root price is reached.

        `limit_x96` is the pool's own, token 1 per token 0; 0 for none. What is not sold stays with the sender.
        """
        return self._route("swapToPrice", self.address, self.tokens[sell], amount, limit_x96, to, NO_DEADLINE)

    # Positions

    @property
    def full_range(self) -> tuple[int, int]:
        """Ticks of a position over every price."""
        end = MAX_TICK // self.spacing * self.spacing
        return -end, end

    def position_amounts(self, position: tuple[int, int], liquidity: int, up: bool) -> tuple[int, int]:
        """Base and quote units of liquidity between two ticks, at the price of the last read."""
        return self.base_and_quote(position_amounts(self.pool.sqrt_price_x96, *position, liquidity, up))

    def positions_of(self, holder: str) -> list[Position]:
        """A holder's positions in this pool, in the order of its list."""
        call, kind = self.chain.call, self._positions_type
        count = int.from_bytes(call(self.positions, kind.encode("balanceOf", holder)), "big")
        asked = [(self.positions, kind.encode("tokenOfOwnerByIndex", holder, i)) for i in range(count)]
        ids = [int.from_bytes(one, "big") for one in self.chain.call_many(asked)]
        answers = self.chain.call_many([(self.positions, kind.encode("positions", one)) for one in ids])
        pair = tuple(self.base_and_quote((self.tokens[self.base], self.tokens[self.quote])))
        found = []
        for token_id, answer in zip(ids, answers, strict=True):
            one = kind.decode("positions", answer)
            if (one.token0, one.token1, one.fee) == (*pair, self.fee):
                owed = one.tokensOwed0, one.tokensOwed1
                found.append(Position(token_id, one.tickLower, one.tickUpper, one.liquidity, owed))
        return found

    def open_position(
        self,
        ticks: tuple[int, int],
        base_amount: int,
        quote_amount: int,
        to: str,
        least: tuple[int, int] = (0, 0),
    ) -> Call:
        """Mint a position with at most these amounts; what the price leaves over stays with the sender.

        It reverts where it would take fewer base or quote units than `least`: the price has moved.
        """
        token0, token1 = self.base_and_quote((self.tokens[self.base], self.tokens[self.quote]))
        amounts = *self.base_and_quote((base_amount, quote_amount)), *self.base_and_quote(least)
        return self._positions("mint", (token0, token1, self.fee, *ticks, *amounts, to, NO_DEADLINE))

    def increase_position(self, token_id: int, base_amount: int, quote_amount: int) -> Call:
        """Add liquidity to a position with at most these amounts."""
        desired = self.base_and_quote((base_amount, quote_amount))
        return self._positions("increaseLiquidity", (token_id, *desired, 0, 0, NO_DEADLINE))

    def decrease_position(self, token_id: int, liquidity: int) -> Call:
        """Burn liquidity of the sender's position; what it held is then owed to it."""
        return self._positions("decreaseLiquidity", (token_id, liquidity, 0, 0, NO_DEADLINE))

    def collect(self, token_id: int, to: str) -> Call:
        """Pay all that a position of the sender is owed, fees included."""
        return self._positions("collect", (token_id, to, UINT128_MAX, UINT128_MAX))

    def withdraw(self, burned: Mapping[int, int], to: str) -> Call:
        """Burn liquidity of several positions of the sender, by token number, and pay all they are owed."""
        calls: list[bytes] = []
        for token_id, liquidity in burned.items():
            if liquidity:
                calls.append(self.decrease_position(token_id, liquidity).data)
            calls.append(self.collect(token_id, to).data)
        return self._positions("multicall", calls)

    def close(self, held: Mapping[int, int], to: str) -> Call:
        """Withdraw whole positions of the sender, liquidity by token number, and give up their tokens."""
        calls = list(self.withdraw(held, to).args[0])
        calls += [self._positions_type.encode("burn", token_id) for token_id in held]
        return self._positions("multicall", calls)

    def grow_observations(self, count: int) -> Call:
        """Make the pool keep at least so many observations."""
        function = "increaseObservationCardinalityNext"
        return Call("UniswapV3Pool", self.address, function, (count,), self._pool_type.encode(function, count))

    def _positions(self, function: str, argument: object) -> Call:
        data = self._positions_type.encode(function, argument)
        return Call(POSITIONS, self.positions, function, (argument,), data)

    # Liquidity as on any venue

    def add_liquidity(self, base_amount: int, quote_amount: int, to: str) -> Call:
        """Add both assets over every price."""
        return self.open_position(self.full_range, base_amount, quote_amount, to)

    def remove_liquidity(self, shares: int, to: str) -> Call:
        """Burn liquidity of the sender, who is `to`: of each of its positions the same part."""
        return self.withdraw(self.parts(to, shares), to)

    def parts(self, holder: str, shares: int) -> dict[int, int]:
        """Liquidity of each of a holder's positions that makes up `shares`, by token number, rounded down."""
        held = self.positions_of(holder)
        total = sum(one.liquidity for one in held)
        return {one.token_id: one.liquidity * min(shares, total) // total for one in held if one.liquidity}

    def shares(self, holder: str) -> int:
        """Liquidity of all of a holder's positions."""
        return sum(one.liquidity for one in self.positions_of(holder))

    def transfer_shares(self, to: str, shares: int) -> Call:
        """Positions pass on whole: raises TypeError. `withdraw` and `open_position` do what it would."""
        raise TypeError(f"{self.name}: positions of a Uniswap V3 pool cannot be divided")

    def approve_shares(self, amount: int) -> Call:
        """Nothing to approve, since holders burn their positions themselves: an approval that is there already."""
        data = self._positions_type.encode("setApprovalForAll", self.positions, bool(amount))
        args = (self.positions, bool(amount))
        return Call(POSITIONS, self.positions, "setApprovalForAll", args, data)


def _signed(word: int) -> int:
    """Return a word read as two's complement."""
    return word - _WORD if word & _SIGN_BIT else word
