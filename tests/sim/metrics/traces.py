"""Traces built by hand: a market `main` of WETH against USDC, a pool `pool`, a fund `fund`."""

from dataclasses import replace

from sim.protocols.venues.constant_product import spot_e8
from sim.trace import (
    AccountRecord,
    BlockRecord,
    Event,
    FeedRecord,
    FirstBid,
    OutsideTrade,
    ReserveRecord,
    ReserveRule,
    Trace,
    TransactionRecord,
    VenueRecord,
    VenueTrade,
)
from sim.units import E8, RAY, WAD

BLOCK_TIME_S = 12
WETH, USDC = 10**18, 10**6
LT_BPS = 8_000
RULES = {"main": dict.fromkeys(("WETH", "USDC"), ReserveRule(LT_BPS, 500, 0))}


def scenario(pool_spot: bool = False, **parts) -> dict:
    """The scenario document, with only what metrics read."""
    push = {"kind": "push", "decimals": 8}
    weth_feed = {"kind": "pool_spot", "venue": "pool", "decimals": 8} if pool_spot else push
    return {
        "name": "by-hand",
        "scenario_id": "0123456789abcdef",
        "assets": {"WETH": {"decimals": 18, "depth": None}, "USDC": {"decimals": 6, "depth": None}},
        "feeds": {"WETH": weth_feed, "USDC": push},
        "venues": {"pool": {"base": "WETH", "quote": "USDC", "fee_bps": 0}},
        "lending": {"main": {}},
        "insurance": {"fund": {"asset": "USDC"}},
        "agents": {"keeper-1": {"kind": "keeper"}, "arb": {"kind": "arbitrageur", "venue": "pool"}},
        "block_space": {"native_asset": None, "native_price_usd": 2_000.0},
        "outcomes": {"stall_blocks": 25},
        **parts,
    }


class TraceBuilder:
    """Grows a trace block by block; prices in USD, amounts in whole tokens unless the name says units.

    Reserves of the pool follow `swap`; what a block does not set stays as it was.
    """

    def __init__(self, price: float = 100.0, pool: tuple[int, int] = (1_000, 100_000), **scenario_options) -> None:
        self.trace = Trace(
            scenario(**scenario_options),
            "revm",
            0,
            {"WETH": 18, "USDC": 6},
            RULES,
        )
        self.pool = (pool[0] * WETH, pool[1] * USDC)
        feed = FeedRecord(round(price * E8), 0, 0, True)
        usdc = FeedRecord(E8, 0, 0, True)
        prices = {"WETH": round(price * E8), "USDC": E8}
        self.trace.initial = BlockRecord(
            block=-1,
            time_s=0,
            base_fee_gwei=20.0,
            inclusion_fee_gwei=20.0,
            pending=0,
            exogenous_e8=prices,
            outside_e8=prices,
            feeds={"WETH": feed, "USDC": usdc},
            venues={"pool": venue_record(self.pool)},
            reserves={"main": {"USDC": ReserveRecord(0, 0, 100_000 * USDC, 0, RAY, RAY)}},
            funds={"fund": 10_000 * USDC},
            balances={"keeper-1": {"WETH": 0, "USDC": 0}},
            below_one={"main": {}},
            histogram={"main": (0,) * 60},
        )
        self.last = self.trace.initial
        self.transactions = 0
        self.logs = 0

    @property
    def block_number(self) -> int:
        return self.last.block

    def block(self, exogenous: float | None = None, outside: float | None = None, **fields) -> "TraceBuilder":
        """Open a block; without prices the last ones hold, and `outside` follows `exogenous`."""
        number = self.last.block + 1
        record = replace(self.last, block=number, time_s=number * BLOCK_TIME_S, below_one={"main": {}})
        if exogenous is not None:
            record = replace(record, exogenous_e8={**record.exogenous_e8, "WETH": round(exogenous * E8)})
            outside = exogenous if outside is None else outside
        if outside is not None:
            record = replace(record, outside_e8={**record.outside_e8, "WETH": round(outside * E8)})
        self._set(replace(record, **fields), new=True)
        self.transactions = 0
        return self

    def _set(self, record: BlockRecord, new: bool = False) -> None:
        if new:
            self.trace.blocks.append(record)
        else:
            self.trace.blocks[-1] = record
        self.last = record

    def set(self, **fields) -> "TraceBuilder":
        """Overwrite fields of the open block's record."""
        self._set(replace(self.last, **fields))
        return self

    def transaction(self, intent: str, agent: str = "keeper-1", ok: bool = True, **fields) -> "TraceBuilder":
        """Open a transaction; its events follow."""
        values = {"sender": agent, "target": "main", "function": intent, "args": (), "revert": None}
        values |= {"fee_gwei": 0.0, "gas": 0, "meta": {}} | fields
        item = TransactionRecord(
            block=self.last.block, index=self.transactions, agent=agent, intent=intent, ok=ok, **values
        )
        self.trace.transactions.append(item)
        bid = FirstBid(item.block, intent, agent)
        if all((known.intent, known.sender) != (intent, agent) for known in self.trace.first_bids):
            self.trace.first_bids.append(bid)
        self.transactions += 1
        self.logs = 0
        return self

    def event(self, emitter: str, name: str, **args) -> "TraceBuilder":
        """Append an event to the open transaction."""
        self.trace.events.append(Event(self.last.block, self.transactions - 1, self.logs, emitter, name, args))
        self.logs += 1
        return self

    def push(self, price: float, observed_block: int, asset: str = "WETH") -> "TraceBuilder":
        """Report a price that was observed at the start of a block."""
        observed_at_s = observed_block * BLOCK_TIME_S
        self.transaction("report", agent=f"reporter-{asset}")
        self.event(f"feed-{asset}", "RoundPushed", answer=round(price * E8), observedAt=1_000_000 + observed_at_s)
        feed = FeedRecord(round(price * E8), observed_at_s, self.last.time_s, True)
        return self.set(feeds={**self.last.feeds, asset: feed})

    def swap(self, base_in: int = 0, quote_in: int = 0) -> "TraceBuilder":
        """Trade on the pool without a fee (units), with Sync and Swap as the pool emits them."""
        base, quote = self.pool
        before = venue_record(self.pool)
        if base_in:
            out = quote * base_in // (base + base_in)
            amounts = (base_in, 0, 0, out)
            self.pool = (base + base_in, quote - out)
        else:
            out = base * quote_in // (quote + quote_in)
            amounts = (0, quote_in, out, 0)
            self.pool = (base - out, quote + quote_in)
        self.event("pool", "Sync", reserve0=self.pool[0], reserve1=self.pool[1])
        names = ("amount0In", "amount1In", "amount0Out", "amount1Out")
        self.event("pool", "Swap", sender="router", to="keeper-1", **dict(zip(names, amounts, strict=True)))
        sold, came, went = ("WETH", base_in, out) if base_in else ("USDC", quote_in, out)
        at = self.last.block, self.transactions - 1, self.logs - 1
        after = venue_record(self.pool)
        self.trace.trades.append(VenueTrade(*at, "pool", sold, came, went, before.spot_e8, after.spot_e8))
        return self.set(venues={"pool": after})

    def outside_trade(self, before: float, after: float, venue: str = "pool") -> "TraceBuilder":
        """Sell WETH outside after the open transaction."""
        trade = OutsideTrade(
            block=self.last.block,
            tx=self.transactions - 1,
            agent="arb",
            asset="WETH",
            venue=venue,
            base_amount=WETH,
            value_e8=round(before * E8),
            price_before_e8=round(before * E8),
            price_after_e8=round(after * E8),
        )
        self.trace.outside_trades.append(trade)
        return self

    def account(self, role: str, collateral: float, debt: float) -> "TraceBuilder":
        """A borrower at the start of the open block: WETH supplied, USDC owed."""
        self.trace.accounts_before[self.last.block, "main", role] = account(collateral, debt)
        return self

    def liquidation(
        self,
        role: str,
        price: float,
        collateral: float = 10.0,
        debt: float | None = None,
        seized: float | None = None,
        repaid: float | None = None,
        health_after_wad: int = 2**256 - 1,
        liquidator: str = "keeper-1",
    ) -> "TraceBuilder":
        """Liquidate: by default all of an account whose health is 0.99 at `price`."""
        debt = collateral * price * LT_BPS / 10_000 / 0.99 if debt is None else debt
        if (self.last.block, "main", role) not in self.trace.accounts_before:
            self.account(role, collateral, debt)
        health = collateral * price * LT_BPS / 10_000 / debt
        return self.event(
            "main",
            "Liquidation",
            user=role,
            collateralAsset="WETH",
            debtAsset="USDC",
            liquidator=liquidator,
            repaidAssets=round((debt if repaid is None else repaid) * USDC),
            seizedAssets=round((collateral if seized is None else seized) * WETH),
            protocolFeeAssets=0,
            receiveShares=False,
            healthBeforeWad=round(health * WAD),
            healthAfterWad=health_after_wad,
            collateralPriceBase=round(price * E8),
            debtPriceBase=E8,
        )


def venue_record(reserves: tuple[int, int]) -> VenueRecord:
    """The pool with these reserves (units of WETH and USDC)."""
    return VenueRecord(*reserves, spot_e8(*reserves, 18, 6))


def account(collateral: float, debt: float, health: float = 0.9) -> AccountRecord:
    """An account with WETH supplied and USDC owed, in whole tokens."""
    return AccountRecord(
        round(health * WAD),
        0,
        round(debt * E8),
        {"WETH": round(collateral * WETH)},
        {"USDC": round(debt * USDC)},
    )
