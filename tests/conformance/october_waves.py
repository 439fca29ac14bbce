"""The sixteen waves of auto-deleveraging of 10 October 2025, recomputed from the recorded files.

The files are a study's output (github.com/pluriholonomic/autodeleveraging-analysis, MIT): needed is the sum over
a wave's fills of |mark − execution price| · quantity, production is by how much equity of the winners fell against
the same prices without deleveraging, overshoot the difference. `python -m tests.conformance.october_waves` prints
the table with what is to be known about it.
"""

from __future__ import annotations

import csv
import os
from dataclasses import dataclass
from math import fsum
from pathlib import Path

FOLDER = Path(os.environ.get("TAILSPIN_DATA") or Path(__file__).resolve().parents[2].parent / "shared" / "data")
WAVES_FILE = FOLDER / "oct_2025_adl_waves.csv"
GAPS_FILE = FOLDER / "oct_2025_adl_wave_coin_gap.csv"
HORIZONS_FILE = FOLDER / "oct_2025_adl_horizon_sweep.csv"
SHOCKS_FILE = FOLDER / "oct_2025_adl_shocks_queue.csv"
PRESENT = all(file.is_file() for file in (WAVES_FILE, GAPS_FILE, HORIZONS_FILE, SHOCKS_FILE))


@dataclass(frozen=True)
class Wave:
    """One wave; all amounts in US dollars.

    Attributes
    ----------
    needed_usd
        Recomputed from the fills: sum of gap · quantity.
    stated_needed_usd, stated_overshoot_usd
        What the file says, to be compared with.
    largest_loss_usd
        Greatest deficit of one account, by which the repeated one is known.
    """

    number: int
    begins_utc: str
    needed_usd: float
    stated_needed_usd: float
    production_usd: float
    stated_overshoot_usd: float
    deficit_usd: float
    largest_loss_usd: float
    winners_equity_usd: float
    winners_profit_usd: float

    @property
    def overshoot_usd(self) -> float:
        """Return what production took beyond what was needed; below 0 where it took less."""
        return self.production_usd - self.needed_usd


@dataclass(frozen=True)
class Totals:
    """Sums over all waves, in US dollars."""

    needed_usd: float
    production_usd: float
    overshoot_usd: float
    positive_overshoot_usd: float
    negative_waves: int
    deficit_usd: float
    repeats: int
    deficit_counted_once_usd: float


def _rows(file: Path) -> list[dict[str, str]]:
    with file.open(newline="") as lines:
        return list(csv.DictReader(lines))


def load_waves() -> list[Wave]:
    """Return the waves in order of time; raises OSError without the files."""
    gaps: dict[str, list[float]] = {}
    for row in _rows(GAPS_FILE):
        gap_usd = float(row["gap_per_contract_usd"]) * float(row["qty_contracts"])
        gaps.setdefault(row["wave"], []).append(gap_usd)
    return [
        Wave(
            int(row["wave"]),
            row["timestamp_utc"],
            fsum(gaps[row["wave"]]),
            float(row["budget_needed_usd"]),
            float(row["budget_prod_usd"]),
            float(row["overshoot_prod_minus_needed_usd"]),
            float(row["deficit_usd"]),
            float(row["max_loss_usd"]),
            float(row["winners_equity_start_usd"]),
            float(row["winners_pnl_start_usd"]),
        )
        for row in _rows(WAVES_FILE)
    ]


def totals(waves: list[Wave]) -> Totals:
    """Return the sums, with the account whose deficit is repeated counted once as well."""
    repeated = max(wave.largest_loss_usd for wave in waves)
    repeats = sum(wave.largest_loss_usd == repeated for wave in waves)
    deficit = fsum(wave.deficit_usd for wave in waves)
    overshoots = [wave.overshoot_usd for wave in waves]
    return Totals(
        fsum(wave.needed_usd for wave in waves),
        fsum(wave.production_usd for wave in waves),
        fsum(overshoots),
        fsum(one for one in overshoots if one > 0),
        sum(one < 0 for one in overshoots),
        deficit,
        repeats,
        deficit - (repeats - 1) * repeated,
    )


def overshoots_by_horizon_usd() -> dict[int, float]:
    """Return the overshoot by how many milliseconds after a wave's end winners are valued."""
    return {
        int(row["eval_horizon_ms"]): float(row["total_overshoot_prod_minus_needed_usd"])
        for row in _rows(HORIZONS_FILE)
    }


def queue_overshoot_usd() -> float:
    """Return the overshoot of the study's queue in equity: a diagnosis, not what traders lost."""
    return fsum(float(row["overshoot_queue_usd"]) for row in _rows(SHOCKS_FILE))


def table(waves: list[Wave]) -> str:
    """Return the table, its totals and the caveats."""
    lines = [f"{'wave':>4} {'begins (UTC)':<24} {'needed $':>15} {'production $':>15} {'overshoot $':>15}"]
    lines += [
        f"{wave.number:>4} {wave.begins_utc:<24} {wave.needed_usd:>15,.2f} {wave.production_usd:>15,.2f} "
        f"{wave.overshoot_usd:>15,.2f}"
        for wave in waves
    ]
    summed, horizons = totals(waves), overshoots_by_horizon_usd()
    lines += [
        f"{'sum':>4} {'':<24} {summed.needed_usd:>15,.2f} {summed.production_usd:>15,.2f} "
        f"{summed.overshoot_usd:>15,.2f}",
        "",
        f"The overshoot is a signed sum: {summed.negative_waves} waves are below 0, the others alone come to "
        f"{summed.positive_overshoot_usd:,.2f}.",
        f"It depends on when winners are valued: {min(horizons.values()):,.2f} to {max(horizons.values()):,.2f} "
        f"up to {max(horizons) / 1_000:.0f} s after a wave.",
        f"The deficits of {summed.deficit_usd:,.2f} hold one account in {summed.repeats} waves; counted once they "
        f"are {summed.deficit_counted_once_usd:,.2f}.",
        f"{queue_overshoot_usd():,.2f}, also called an overshoot, is equity that a queue reaches: a diagnosis, in "
        "another unit.",
        "Needed is a proxy, the transfer at the fills; production includes what winners missed by being out.",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    print(table(load_waves()))
