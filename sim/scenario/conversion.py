"""Pools as markets of another kind: what a design derives from the pool's reserves and its borrowers."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from sim.errors import BadInput
from sim.scenario.lending.soft import LEAST_BANDS, MOST_BANDS, SoftLiquidationMarket

POOL = "pool"
Document = Mapping[str, Any]
OPTIONAL = ("pre_liquidation",)
PRE_LLTV_PERCENT = 97
"""Share of the LLTV from which borrowers are liquidated early, unless a design says otherwise."""


def converted(document: Document, name: str, patch: Document) -> dict[str, Any]:
    """Return the fields of a market of another kind that stands where a pool stands in a scenario's plain data.

    Collateral, debt asset, threshold, supply and the age that prices may have are the pool's, and what else the
    kind shares with it.

    Parameters
    ----------
    patch
        What a design says about the market: its `kind`, and the optional parts that it wants, which start from
        what follows from the threshold.

    Raises
    ------
    BadInput
        If the market is no pool, no such kind can be derived from one, or its borrowers hold more than one
        collateral against one debt asset.
    """
    market = document["lending"][name]
    if market["kind"] != POOL:
        raise BadInput(f"lending.{name} is of kind {market['kind']!r}, {POOL!r} expected")
    kind = patch["kind"]
    if kind not in _DERIVED:
        raise BadInput(f"market.kind is {kind!r}, one of {', '.join([POOL, *_DERIVED])} expected")
    collateral, debt = pair_of(document, name)
    derived = _DERIVED[kind](market, collateral, debt, patch)
    wanted = {field: value for field, value in derived.items() if field not in OPTIONAL or field in patch}
    return {"kind": kind, "collateral": collateral, "debt": debt, **wanted}


def _isolated(market: Document, collateral: str, debt: str, patch: Document) -> dict[str, Any]:
    reserves = market["reserves"]
    return {
        "lltv_bps": reserves[collateral]["liquidation_threshold_bps"],
        "pre_liquidation": {
            "pre_lltv_bps": reserves[collateral]["liquidation_threshold_bps"] * PRE_LLTV_PERCENT // 100
        },
        "supply_tokens": reserves[debt]["supply_tokens"],
        "invalid_price": _without_freeze(market),
        "max_collateral_age_s": reserves[collateral]["max_price_age_s"],
        "max_debt_age_s": reserves[debt]["max_price_age_s"],
    }


def _soft(market: Document, collateral: str, debt: str, patch: Document) -> dict[str, Any]:
    """Debts are the pool's, and the highest of a loan's bands begins where the pool would liquidate, or below.

    For that, a loan takes as many bands as still carry the pool's threshold; discounts are the kind's own.
    """
    reserves = market["reserves"]
    threshold_bps = reserves[collateral]["liquidation_threshold_bps"]
    given = {field: patch[field] for field in ("amplification", "loan_discount_bps") if field in patch}
    for bands in range(MOST_BANDS, LEAST_BANDS - 1, -1):
        plain = SoftLiquidationMarket(
            kind="soft_liquidation", collateral=collateral, debt=debt, bands=bands, **given
        )
        if plain.reserves[collateral].ltv_bps >= threshold_bps:
            break
    else:
        raise BadInput(
            f"reserves.{collateral}.liquidation_threshold_bps is {threshold_bps}, at most"
            f" {plain.reserves[collateral].ltv_bps} expected, what {LEAST_BANDS} bands carry"
        )
    return {
        "bands": bands,
        "health_threshold_bps": threshold_bps,
        "insurance": market["insurance"],
        "losses": market["losses"],
        "supply_tokens": reserves[debt]["supply_tokens"],
        "reserve_factor_bps": reserves[debt]["reserve_factor_bps"],
        "rates": reserves[debt]["rates"],
        "invalid_price": _without_freeze(market),
        "max_price_age_s": max(reserves[asset]["max_price_age_s"] for asset in (collateral, debt)),
    }


def _without_freeze(market: Document) -> str:
    """Only pools can stop new loans while liquidations go on."""
    return "last_good" if market["invalid_price"] == "freeze" else market["invalid_price"]


_DERIVED: dict[str, Callable[[Document, str, str, Document], dict[str, Any]]] = {
    "isolated": _isolated,
    "soft_liquidation": _soft,
}


def pair_of(document: Document, name: str) -> tuple[str, str]:
    """Return the one collateral and the one debt asset of all borrowers of a market; raises BadInput."""
    first: tuple[str, str] | None = None
    for path, collateral, debt in _positions(document, name):
        if len(collateral) != 1 or len(debt) != 1:
            held = f"{', '.join(sorted(collateral)) or 'nothing'} against {', '.join(sorted(debt)) or 'nothing'}"
            raise BadInput(f"{path} holds {held}, one collateral against one debt asset expected")
        (pair,) = zip(collateral, debt, strict=True)
        if first is not None and pair != first:
            raise BadInput(f"{path} holds {pair[0]} against {pair[1]}, {first[0]} against {first[1]} expected")
        first = pair
    if first is None:
        raise BadInput(f"lending.{name} has no borrowers, at least one expected")
    return first


def _positions(document: Document, name: str) -> Iterator[tuple[str, list[str], list[str]]]:
    """What every borrower of a market holds: path, collateral and debt assets."""
    for group_name, group in document["population"].items():
        path = f"population.{group_name}"
        if group["market"] != name:
            continue
        if group["kind"] != "explicit":
            yield path, [group["collateral"]], [group["debt"]]
            continue
        for i, account in enumerate(group["accounts"]):
            yield f"{path}.accounts.{i}", list(account["collateral_tokens"]), list(account["debt_tokens"])
