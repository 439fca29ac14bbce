"""Gas of every call by outcome, from one table.

Both chains execute with a free, unbounded gas supply; what a call uses of a block and costs its sender is read
here, so that the ledger is the same on either. `gas_table.json` is measured on Anvil by
`benchmarks/measure_gas.py`.
"""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from sim.protocols.call import Call
from sim.world.action import Action

GAS_TABLE_FILE = Path(__file__).with_name("gas_table.json")
INTRINSIC_GAS = 21_000
USUAL_ROUTER = "SwapRouter"
GROWS_WITH_BOOK = (
    "Deleverager.liquidate",
    "PerpMarket.liquidate",
    "PerpMarket.resolveBadDebt",
    "PerpMarket.resolveDeficit",
)
"""Calls that ask the stages of a waterfall: their gas is that of a usual book only, and bounds nobody's bid."""


class UnknownGas(LookupError):
    """A call that the gas table does not list."""


class GasTable:
    """Gas by `Contract.function` and outcome.

    Parameters
    ----------
    entries
        `{"Contract.function": {"ok": gas, "revert": gas}}`.

    Attributes
    ----------
    largest
        Gas of the largest call, those that grow with a book left out.

    Raises
    ------
    ValueError
        If an entry lacks an outcome or is below the intrinsic gas of a transaction.
    """

    def __init__(self, entries: Mapping[str, Mapping[str, int]]) -> None:
        for name, entry in entries.items():
            if set(entry) != {"ok", "revert"} or min(entry.values()) < INTRINSIC_GAS:
                raise ValueError(
                    f"{name} is {dict(entry)}, ok and revert of at least {INTRINSIC_GAS} gas expected"
                )
        self._entries = {name: (entry["ok"], entry["revert"]) for name, entry in entries.items()}
        fixed = [max(pair) for name, pair in self._entries.items() if name not in GROWS_WITH_BOOK]
        self.largest = max(fixed, default=INTRINSIC_GAS)

    def gas(self, contract: str, function: str, ok: bool) -> int:
        """Gas of a call that succeeded or reverted; raises `UnknownGas` if the table does not list it."""
        try:
            return self._entries[f"{contract}.{function}"][0 if ok else 1]
        except KeyError:
            raise UnknownGas(f"{contract}.{function} is not in the gas table ({GAS_TABLE_FILE.name})") from None

    def used(self, call: Call, ok: bool) -> int:
        """Gas of a call by its outcome.

        Where it goes on to sell, the table has it with a sale on one constant-product pool; a sale through another
        router makes the difference, if the call succeeds.
        """
        gas = self.gas(call.contract, call.function, ok)
        if not ok or call.through is None:
            return gas
        return gas + self.gas(call.through, "swapExactIn", True) - self.gas(USUAL_ROUTER, "swapExactIn", True)

    def reserved(self, action: Action) -> int:
        """Gas that a block sets aside for `action` before its outcome is known: the larger of the two."""
        return max(self.used(action.call, True), self.used(action.call, False))


@cache
def load_gas_table(file: Path = GAS_TABLE_FILE) -> GasTable:
    """Return the table in `file`, by default the measured one."""
    return GasTable(json.loads(file.read_text()))
