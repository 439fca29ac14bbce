"""What a scenario says of its perpetual markets: roles of their contracts, accounts in events, values at par."""

from collections.abc import Mapping
from typing import Any

from sim.metrics.timeline import Timeline
from sim.perp_trace import account_name
from sim.reference.bankruptcy import quote_unit
from sim.reference.positions import value_floor
from sim.trace import Event
from sim.units import E8, WAD


def instruments(timeline: Timeline, market: str) -> Mapping[str, Mapping[str, Any]]:
    """Models of a market's instruments, by symbol."""
    return timeline.perps[market].get("instruments", {})


def stages(timeline: Timeline, market: str) -> dict[str, Mapping[str, Any]]:
    """Models of a market's stages after the book, by role and in order."""
    return {
        f"stage-{market}-{model.get('name') or model['kind']}": model
        for model in timeline.perps[market].get("waterfall", ())
    }


def stage_kinds(timeline: Timeline) -> dict[str, str]:
    """Kinds of all stages, by role."""
    return {role: model["kind"] for market in timeline.perps for role, model in stages(timeline, market).items()}


def pricing_role(timeline: Timeline, market: str, instrument: str) -> str:
    """Role of the pricing of an instrument; also the owner of the maker's account."""
    kind = instruments(timeline, market)[instrument].get("pricing", {}).get("kind", "virtual_amm")
    return f"pricing-{market}-{kind.replace('_', '-')}"


def emitters(timeline: Timeline) -> dict[str, str]:
    """Market by role: of the markets themselves, their stages and their pricings."""
    found = {}
    for market in timeline.perps:
        pricings = (pricing_role(timeline, market, instrument) for instrument in instruments(timeline, market))
        found |= dict.fromkeys((market, *stages(timeline, market), *pricings), market)
    return found


def account_in(timeline: Timeline, market: str, event: Event, owner: str = "owner", slot: str = "slot") -> str:
    """The account that an event of a market or its stages names; a slot that is no instrument is the cross one."""
    isolated = event.args[slot] in instruments(timeline, market)
    return account_name(event.args[owner], event.args[slot] if isolated else None)


def value_quote(timeline: Timeline, market: str, size_wad: int, price_e8: int) -> int:
    """Value of a size in units of quote, below 0 for a short, rounded down as the market does."""
    return value_floor(size_wad, price_e8, quote_unit(timeline.decimals[timeline.perps[market]["quote"]]))


def notional_base(size_wad: int, price_e8: int) -> int:
    """Value of a size of either sign at par (USD e8), rounded down."""
    return abs(size_wad) * price_e8 // WAD


def quote_base(timeline: Timeline, market: str, amount: int) -> int:
    """An amount of quote at par (USD e8), rounded down."""
    return amount * E8 // 10 ** timeline.decimals[timeline.perps[market]["quote"]]


def quote_usd(timeline: Timeline, market: str, amount: int) -> float:
    """An amount of quote at par, in USD."""
    return amount / 10 ** timeline.decimals[timeline.perps[market]["quote"]]
