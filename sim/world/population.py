"""Who borrows: a group of the scenario becomes a list of positions in token units."""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from sim.scenario.actors import BorrowerGroup, ExplicitGroup, LadderGroup, LognormalGroup
from sim.scenario.model import Scenario
from sim.scenario.seeds import rng_for
from sim.units import BPS, quantise, value_base_down
from sim.world.opening_weights import opening_threshold_bps

MAX_REDRAWS = 1_000


@dataclass(frozen=True, slots=True)
class Borrower:
    """A position to open: role, and units per asset. `spare` stays in the wallet, for a rescue."""

    role: str
    market: str
    supplied: dict[str, int]
    debt: dict[str, int]
    spare: dict[str, int]


def realise(scenario: Scenario, prices_e8: dict[str, int]) -> list[Borrower]:
    """Draw every group's borrowers; each group has a random stream of its own."""
    borrowers: list[Borrower] = []
    for name, group in scenario.population.items():
        borrowers.extend(_realise_group(name, group, scenario, prices_e8))
    return borrowers


def _realise_group(
    name: str, group: BorrowerGroup, scenario: Scenario, prices_e8: dict[str, int]
) -> list[Borrower]:
    if isinstance(group, LognormalGroup):
        return _lognormal(name, group, scenario, prices_e8)
    if isinstance(group, LadderGroup):
        return _ladder(name, group, scenario, prices_e8)
    return _explicit(name, group, scenario)


def debt_units(
    collateral_units: int,
    collateral_decimals: int,
    debt_decimals: int,
    collateral_price_e8: int,
    debt_price_e8: int,
    threshold_bps: int | Fraction,
    health_bps: int,
) -> int:
    """Return the debt (units, rounded down) at which the collateral has the given health (bps of 1).

    health = collateral value * threshold / debt value; the threshold is an average where it depends on size.
    """
    numerator = collateral_units * collateral_price_e8 * threshold_bps * 10**debt_decimals
    return int(numerator // (10**collateral_decimals * debt_price_e8 * health_bps))


def _lognormal(name: str, group: LognormalGroup, scenario: Scenario, prices_e8: dict[str, int]) -> list[Borrower]:
    rng = rng_for(scenario.seed, f"population/{name}")
    sizes = rng.lognormal(0.0, group.collateral_sigma, group.count)
    sizes *= group.count / sizes.sum()
    healths = _truncated_healths(rng, group)
    collateral, debt = scenario.assets[group.collateral], scenario.assets[group.debt]
    borrowers = []
    for i in range(group.count):
        supplied = quantise(group.collateral_tokens * float(sizes[i]), collateral.decimals)
        worth = value_base_down(supplied, collateral.decimals, prices_e8[group.collateral])
        threshold = opening_threshold_bps(scenario.lending[group.market], name, group.collateral, worth)
        owed = debt_units(
            supplied,
            collateral.decimals,
            debt.decimals,
            prices_e8[group.collateral],
            prices_e8[group.debt],
            threshold,
            round(float(healths[i]) * BPS),
        )
        spare = {group.collateral: supplied} if group.rescue.share_bps else {}
        borrowers.append(
            Borrower(f"{name}/{i}", group.market, {group.collateral: supplied}, {group.debt: owed}, spare)
        )
    return borrowers


def _truncated_healths(rng: np.random.Generator, group: LognormalGroup) -> np.ndarray:
    """Lognormal healths, redrawn while below the minimum (and set to it after many redraws)."""
    healths = group.health_median * np.exp(group.health_sigma * rng.standard_normal(group.count))
    for _ in range(MAX_REDRAWS):
        low = healths < group.health_min
        if not low.any():
            break
        draws = rng.standard_normal(int(low.sum()))
        healths[low] = group.health_median * np.exp(group.health_sigma * draws)
    return np.maximum(healths, group.health_min)


def _ladder(name: str, group: LadderGroup, scenario: Scenario, prices_e8: dict[str, int]) -> list[Borrower]:
    """Rung k reaches health 1 at price p0 (1 - s)(1 - g)^k; where s is 0, rung 0 owes one unit more: below 1."""
    collateral, debt = scenario.assets[group.collateral], scenario.assets[group.debt]
    supplied = quantise(group.collateral_tokens, collateral.decimals)
    worth = value_base_down(supplied, collateral.decimals, prices_e8[group.collateral])
    threshold = opening_threshold_bps(scenario.lending[group.market], name, group.collateral, worth)
    prices = prices_e8[group.collateral], prices_e8[group.debt]
    at_par = debt_units(supplied, collateral.decimals, debt.decimals, *prices, threshold, BPS)
    at_start, keep = BPS - group.start_bps, BPS - group.spacing_bps
    borrowers = []
    for k in range(group.count):
        owed = at_par * at_start * keep**k // BPS ** (k + 1)
        owed += 1 if k == group.start_bps == 0 else 0
        borrowers.append(
            Borrower(f"{name}/{k}", group.market, {group.collateral: supplied}, {group.debt: owed}, {})
        )
    return borrowers


def _explicit(name: str, group: ExplicitGroup, scenario: Scenario) -> list[Borrower]:
    def units(amounts: dict[str, float]) -> dict[str, int]:
        return {asset: quantise(tokens, scenario.assets[asset].decimals) for asset, tokens in amounts.items()}

    return [
        Borrower(f"{name}/{i}", group.market, units(account.collateral_tokens), units(account.debt_tokens), {})
        for i, account in enumerate(group.accounts)
    ]
