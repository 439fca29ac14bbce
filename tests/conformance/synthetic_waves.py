"""Our deleveraging contracts on SYNTHETIC winners of the recorded waves; prints a table that says so.

`python -m tests.conformance.synthetic_waves` runs a queue and capped pro rata, in process, on the same synthetic
populations, and prints what each takes of whom.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from sim.chain.accounts import ACCOUNTS
from sim.chain.artifacts import Artifacts, load_artifacts
from sim.chain.revm import RevmChain
from sim.units import E8, WAD, from_units
from tests.conformance.october_waves import Wave, load_waves
from tests.conformance.synthetic_winners import (
    MARK_E8,
    PRICE_E8,
    QUOTE_DECIMALS,
    SyntheticWave,
    draw,
)
from tests.deleveraging import Event
from tests.deployed import Deployed

SEED = 20251010
POLICIES = {"queue": ("ReturnLeverageQueue",), "index queue": ("IndexQueue", 0), "pro rata": ("CappedProRata", 0)}
"""Contracts that are compared, with their arguments."""


@dataclass(frozen=True)
class SyntheticOutcome:
    """What one policy takes of the synthetic winners of one wave.

    Attributes
    ----------
    taken_quote
        In sum, rounded up once.
    beyond_equal_quote
        Overshoot over the equal haircut that would have been enough; see `SyntheticWave`.
    largest_haircut
        Largest share of its profit that an account loses.
    accounts
        How many lose something.
    """

    policy: str
    synthetic: SyntheticWave
    closed_wad: int
    beyond_equal_quote: int
    largest_haircut: float
    accounts: int


def run_synthetic(
    waves: Sequence[Wave], artifacts: Artifacts, seed: int = SEED
) -> dict[int, dict[str, SyntheticOutcome]]:
    """Return the outcome of each policy by number of the wave, from contracts in process."""
    found: dict[int, dict[str, SyntheticOutcome]] = {}
    with RevmChain() as chain:
        contracts = {
            name: Deployed(
                chain,
                artifacts,
                kind,
                chain.deploy(ACCOUNTS.address(0), artifacts[kind].encode_constructor(*arguments)),
            )
            for name, (kind, *arguments) in POLICIES.items()
        }
        for wave in waves:
            synthetic = draw(wave, seed)
            found[wave.number] = {name: _outcome(name, one, synthetic) for name, one in contracts.items()}
    return found


def _outcome(name: str, policy: Deployed, synthetic: SyntheticWave) -> SyntheticOutcome:
    event = Event(Fraction(synthetic.size_wad, WAD), Fraction(MARK_E8, E8), Fraction(PRICE_E8, E8))
    closed = event.closed(policy, synthetic.winners)
    return SyntheticOutcome(
        name,
        synthetic,
        sum(closed.values()),
        synthetic.beyond_equal_quote(closed),
        synthetic.largest_haircut(closed),
        sum(size > 0 for size in closed.values()),
    )


def synthetic_table(outcomes: dict[int, dict[str, SyntheticOutcome]]) -> str:
    """Return the table; every policy takes what is needed in sum, so it shows of whom."""
    lines = [
        "SYNTHETIC winners: equity, profit and need of each wave are recorded, who has how much is made up.",
        "Per policy: overshoot beyond the equal haircut ($), largest share of a profit taken, accounts that lose.",
        f"{'wave':>4} {'needed $':>15}" + "".join(f" {name:>32}" for name in POLICIES),
    ]
    for number, by_policy in outcomes.items():
        needed = from_units(by_policy["queue"].synthetic.needed_quote, QUOTE_DECIMALS)
        cells = [
            f" {from_units(one.beyond_equal_quote, QUOTE_DECIMALS):>17,.2f}"
            f" {one.largest_haircut:>8.2%} {one.accounts:>5}"
            for one in by_policy.values()
        ]
        lines.append(f"{number:>4} {needed:>15,.2f}" + "".join(cells))
    sums = [
        f" {from_units(sum(one[name].beyond_equal_quote for one in outcomes.values()), QUOTE_DECIMALS):>17,.2f}"
        + " " * 15
        for name in POLICIES
    ]
    lines.append(f"{'sum':>4} {'':>15}" + "".join(sums))
    return "\n".join(lines)


if __name__ == "__main__":
    print(synthetic_table(run_synthetic(load_waves(), load_artifacts())))
