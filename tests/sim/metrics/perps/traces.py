"""Traces of perpetual markets built by hand: a market `perp` of WETH in USDC, priced by a virtual AMM.

What a liquidation does is written step by step, in the order of the contracts' events; positions follow.
"""

from dataclasses import replace

from sim.perp_trace import InstrumentRecord, PerpAccountRecord
from sim.reference.positions import changed, value_floor
from sim.units import E8, WAD
from tests.sim.metrics.traces import USDC, TraceBuilder

NOBODY = "0x" + 40 * "0"
UNIT = 10**20
MAINTENANCE_BPS = 250
MAKER = "pricing-perp-virtual-amm"
INSTRUMENT = {
    "tiers": [{"floor_tokens": 0.0, "maintenance_bps": MAINTENANCE_BPS}],
    "pricing": {"kind": "virtual_amm", "depth_tokens": 100_000_000.0},
    "trading_fee_bps": 5,
    "maker_fee_share_bps": 5_000,
    "liquidation_fee_bps": 50,
    "fund_share_bps": 5_000,
}
WATERFALL = [
    {"kind": "backstop", "name": None},
    {"kind": "fund", "name": None, "fund": "fund"},
    {"kind": "deleverage", "name": None, "policy": {"kind": "return_leverage_queue"}, "fill_price": "bankruptcy"},
    {"kind": "socialise", "name": None},
]


def perp_market(**fields) -> dict:
    """The document of a market, with only what metrics read."""
    market = {"quote": "USDC", "instruments": {"WETH": INSTRUMENT}, "waterfall": WATERFALL}
    return {**market, **fields}


def wad(tokens: float) -> int:
    """Whole base tokens as a size."""
    return round(tokens * WAD)


def usdc(tokens: float) -> int:
    """Whole quote tokens as an amount."""
    return round(tokens * USDC)


class PerpTraceBuilder(TraceBuilder):
    """Grows a trace block by block; prices in USD, sizes and amounts in whole tokens."""

    def __init__(self, price: float = 100.0, waterfall: list | None = None, **options) -> None:
        market = perp_market() if waterfall is None else perp_market(waterfall=waterfall)
        super().__init__(price=price, perps={"perp": market}, **options)
        e8 = round(price * E8)
        state = InstrumentRecord(e8, e8, e8, 0, 0, 0, 0, 0, 0)
        first = replace(
            self.trace.initial,
            perps={"perp": {"WETH": state}},
            below_maintenance={"perp": {}},
            histogram={**self.trace.initial.histogram, "perp": (0,) * 60},
        )
        self.trace.initial = self.last = first
        self.cash: dict[str, int] = {}
        self.positions: dict[str, tuple[int, int]] = {}
        self.trace.initial_positions = {"perp": {}}

    # --- states

    def trader(self, name: str, size: float, entry: float, cash: float) -> "PerpTraceBuilder":
        """An account at the start: a position that was opened at `entry`, and cash."""
        size_wad = wad(size)
        self.positions[name] = (size_wad, -value_floor(size_wad, round(entry * E8), UNIT))
        self.cash[name] = usdc(cash)
        mark_e8 = self.trace.initial.perps["perp"]["WETH"].mark_e8
        self.trace.initial_positions["perp"][name] = self.account_at(name, mark_e8)
        return self

    def account_at(self, name: str, mark_e8: int) -> PerpAccountRecord:
        """The account's record at a mark."""
        size, entry = self.positions.get(name, (0, 0))
        value, cash = value_floor(size, mark_e8, UNIT), self.cash.get(name, 0)
        maintenance = abs(value) * MAINTENANCE_BPS // 10_000
        sizes, entries = ({"WETH": size}, {"WETH": entry}) if size else ({}, {})
        return PerpAccountRecord(cash, 0, cash + value + entry, 2 * maintenance, maintenance, sizes, entries)

    def block(self, exogenous: float | None = None, outside: float | None = None, **fields) -> "PerpTraceBuilder":
        """Open a block; nobody is below maintenance margin until `below` says so."""
        super().block(exogenous, outside, **{"below_maintenance": {"perp": {}}, **fields})
        return self

    def prices(self, **fields) -> "PerpTraceBuilder":
        """Set `mark`, `index`, `mid` (USD) and `long`, `short` (tokens) at the end of the open block."""
        scales = {
            "mark": "mark_e8",
            "index": "index_e8",
            "mid": "mid_e8",
            "long": "long_wad",
            "short": "short_wad",
        }
        units = {name: round(fields[name] * (E8 if scales[name].endswith("e8") else WAD)) for name in fields}
        state = replace(self.last.perps["perp"]["WETH"], **{scales[name]: value for name, value in units.items()})
        self.set(perps={"perp": {"WETH": state}})
        return self

    def below(self, *names: str) -> "PerpTraceBuilder":
        """Say who is below maintenance margin at the start of the open block, at the last block's mark."""
        before = self.trace.blocks[-2] if len(self.trace.blocks) > 1 else self.trace.initial
        mark_e8 = before.perps["perp"]["WETH"].mark_e8
        self.set(below_maintenance={"perp": {name: self.account_at(name, mark_e8) for name in names}})
        return self

    def finish(self, mark: float | None = None) -> "PerpTraceBuilder":
        """Write all accounts as they are at the end."""
        mark_e8 = self.last.perps["perp"]["WETH"].mark_e8 if mark is None else round(mark * E8)
        names = dict.fromkeys((*self.cash, *self.positions))
        self.trace.final_positions = {"perp": {name: self.account_at(name, mark_e8) for name in names}}
        return self

    # --- events

    def change(self, name: str, size: float, quote: int) -> None:
        """A position changes by a size for an amount of quote (units)."""
        before = self.positions.get(name, (0, 0))
        after = changed(*before, wad(size), quote)
        self.positions[name] = (after.size_wad, after.entry_quote)
        self.cash[name] = self.cash.get(name, 0) + after.realised_quote
        owner, _, slot = name.partition(":")
        self.event(
            "perp",
            "PositionChanged",
            owner=owner,
            slot=slot or NOBODY,
            instrument="WETH",
            sizeDeltaWad=wad(size),
            quoteDelta=quote,
            realisedQuote=after.realised_quote,
            sizeWad=after.size_wad,
            entryQuote=after.entry_quote,
        )

    def book(self, name: str, size: float, price: float, mid: float | None = None) -> "PerpTraceBuilder":
        """Trade `size` against the maker at a price; `mid` is where that leaves the mid."""
        quote = -value_floor(wad(size), round(price * E8), UNIT)
        after = round((price if mid is None else mid) * E8)
        names = {"instrument": "WETH", "sizeDeltaWad": wad(size), "quoteDelta": quote}
        self.event(MAKER, "Priced", **names, reserveWad=0, priceE8=after)
        self.change(name, size, quote)
        self.change(MAKER, -size, -quote)
        return self

    def trade(self, name: str, size: float, price: float, fee: float = 0.0, mid: float | None = None):
        """A trade of somebody's own."""
        self.transaction("perp_trade", agent=name.partition("/")[0])
        self.book(name, size, price, mid)
        self.cash[name] -= usdc(fee)
        self.cash[MAKER] += usdc(fee) // 2
        quote = -value_floor(wad(size), round(price * E8), UNIT)
        return self.event(
            "perp",
            "Traded",
            owner=name,
            slot=NOBODY,
            instrument="WETH",
            sizeDeltaWad=wad(size),
            quoteDelta=quote,
            feeQuote=usdc(fee),
            markE8=round(price * E8),
        )

    def transfer(self, bankrupt: str, to: str, size: float, price: float, mark: float) -> None:
        """Part of a position goes to another account."""
        quote = -value_floor(-wad(size), round(price * E8), UNIT)
        self.change(bankrupt, -size, quote)
        self.change(to, size, -quote)
        (owner, _, slot), (to_owner, _, to_slot) = bankrupt.partition(":"), to.partition(":")
        self.event(
            "perp",
            "PositionTransferred",
            owner=owner,
            instrument="WETH",
            toOwner=to_owner,
            slot=slot or NOBODY,
            toSlot=to_slot or NOBODY,
            sizeWad=wad(size),
            priceE8=round(price * E8),
            markE8=round(mark * E8),
        )

    def deleverage(
        self, bankrupt: str, to: str, size: float, fill: float, mark: float, stage: str = "stage-perp-deleverage"
    ) -> "PerpTraceBuilder":
        """Close part of a bankrupt position against another account."""
        self.transfer(bankrupt, to, size, fill, mark)
        prices = round(fill * E8), round(mark * E8)
        at_fill, at_mark = (value_floor(wad(size), price, UNIT) for price in prices)
        owner, _, slot = to.partition(":")
        self.event(
            stage,
            "Deleveraged",
            instrument="WETH",
            bankruptOwner=bankrupt.partition(":")[0],
            owner=owner,
            slot=slot or NOBODY,
            sizeWad=wad(size),
            fillE8=prices[0],
            markE8=prices[1],
            haircutQuote=at_fill - at_mark,
        )
        return self

    def back(self, bankrupt: str, size: float, price: float, mark: float) -> "PerpTraceBuilder":
        """The vault takes over part of a position."""
        self.transfer(bankrupt, "stage-perp-backstop", size, price, mark)
        names = {"instrument": "WETH", "owner": bankrupt, "askedWad": wad(size), "takenWad": wad(size)}
        prices = {"priceE8": round(price * E8), "markE8": round(mark * E8)}
        self.event("stage-perp-backstop", "PositionTaken", **names, **prices)
        return self

    def pay(self, name: str, amount: float, slot: str = NOBODY) -> "PerpTraceBuilder":
        """The fund pays for an account; for nobody: covers booked bad debt of the instrument in `slot`."""
        units = usdc(amount)
        if name != NOBODY:
            self.cash[name] += units
        args = {"payer": "stage-perp-fund", "owner": name, "slot": slot, "amountQuote": units}
        self.event("perp", "DeficitPaid", **args)
        return self

    def share(self, name: str, payer: str, amount: float) -> "PerpTraceBuilder":
        """Another account pays for one."""
        self.cash[payer] -= usdc(amount)
        if name != NOBODY:
            self.cash[name] += usdc(amount)
        args = {"fromOwner": payer, "fromSlot": NOBODY, "owner": name, "slot": NOBODY, "amountQuote": usdc(amount)}
        self.event("perp", "LossSocialised", **args)
        return self

    def book_bad_debt(self, name: str, amount: float) -> "PerpTraceBuilder":
        """A loss that nobody bears."""
        self.cash[name] += usdc(amount)
        args = {"owner": name, "slot": NOBODY, "instrument": "WETH", "amountQuote": usdc(amount)}
        self.event("perp", "BadDebtBooked", **args)
        return self

    def asked(self, kind: str, name: str, size: float, deficit: float, closed: float = 0.0, paid: float = 0.0):
        """A stage has been asked."""
        amounts = {"sizeWad": wad(size), "deficitQuote": usdc(deficit)}
        answer = {"closedWad": wad(closed), "paidQuote": usdc(paid)}
        names = {"stage": f"stage-perp-{kind}", "owner": name, "instrument": "WETH"}
        return self.event("perp", "StageAsked", **names, **amounts, **answer)

    def liquidated(
        self,
        name: str,
        before: float,
        mark: float,
        book: float = 0.0,
        stages: float = 0.0,
        equity: float = 0.0,
        maintenance: float = 1.0,
        bankruptcy: float = 0.0,
        fee: float = 0.0,
    ) -> "PerpTraceBuilder":
        """The end of a liquidation."""
        owner, _, slot = name.partition(":")
        self.cash[name] = self.cash.get(name, 0) - usdc(fee)
        self.cash["keeper-1"] = self.cash.get("keeper-1", 0) + usdc(fee) - usdc(fee) // 2
        self.event(
            "perp",
            "Liquidated",
            owner=owner,
            slot=slot or NOBODY,
            instrument="WETH",
            liquidator="keeper-1",
            sizeBeforeWad=wad(before),
            bookWad=wad(book),
            stagesWad=wad(stages),
            feeQuote=usdc(fee),
            equityQuote=usdc(equity),
            maintenanceQuote=usdc(maintenance),
            bankruptcyE8=round(bankruptcy * E8),
            markE8=round(mark * E8),
        )
        return self

    def closed(
        self, name: str, size: float, mark: float, mid: float | None = None, **fields
    ) -> "PerpTraceBuilder":
        """A liquidation that closes `size` (with the position's sign) in the book, in a transaction of its own."""
        self.transaction("liquidate")
        self.book(name, -size, mark, mid)
        return self.liquidated(name, size, mark, book=size, **fields)

    def deposited(self, name: str, amount: float, event: str = "Deposited") -> "PerpTraceBuilder":
        """Somebody pays in, or takes out with `Withdrawn`."""
        self.cash[name] = self.cash.get(name, 0) + usdc(amount) * (1 if event == "Deposited" else -1)
        other = {"payer": name} if event == "Deposited" else {"to": name}
        self.event("perp", event, owner=name, slot=NOBODY, **other, amountQuote=usdc(amount))
        return self
