"""Accounts of markets as tables: at the start, before their liquidations, and at the end.

Of every account there are figures to read and the exact record as JSON text.
"""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from sim.metrics.timeline import usd
from sim.perp_trace import PerpAccountRecord
from sim.report.records import from_json, record_json
from sim.trace import AccountRecord, Trace
from sim.units import UINT256_MAX, WAD

AccountKey = tuple[str, int, str, str]
KEYS = [("moment", pa.string()), ("block", pa.int64()), ("market", pa.string()), ("account", pa.string())]
"""Columns that name an account and when."""

ACCOUNT_SCHEMA = pa.schema(
    [
        *KEYS,
        ("health", pa.float64()),
        ("collateral_usd", pa.float64()),
        ("debt_usd", pa.float64()),
        ("record", pa.string()),
    ]
)


def write_accounts(path: Path, trace: Trace) -> None:
    """Accounts of lending markets."""
    rows = _rows(trace, trace.accounts_before, trace.initial_accounts, trace.final_accounts)
    columns = [list(column) for column in zip(*(key for key, _ in rows), strict=True)] or [[], [], [], []]
    records = [account for _, account in rows]
    columns.append([math.inf if a.health_wad == UINT256_MAX else a.health_wad / WAD for a in records])
    columns.append([usd(a.collateral_base) for a in records])
    columns.append([usd(a.debt_base) for a in records])
    columns.append([record_json(account) for account in records])
    pq.write_table(pa.table(columns, schema=ACCOUNT_SCHEMA), path, compression="zstd")


def read_accounts(path: Path, trace: Trace) -> None:
    """The inverse of `write_accounts`."""
    for row in pq.read_table(path).to_pylist():
        account = AccountRecord(**from_json(row["record"]))
        if row["moment"] == "before":
            trace.accounts_before[row["block"], row["market"], row["account"]] = account
        else:
            accounts = trace.initial_accounts if row["moment"] == "initial" else trace.final_accounts
            accounts.setdefault(row["market"], {})[row["account"]] = account


POSITION_SCHEMA = pa.schema([*KEYS, ("margin_ratio", pa.float64()), ("record", pa.string())])


def write_positions(path: Path, trace: Trace) -> None:
    """Accounts of perpetual markets, with equity over maintenance margin (infinite without a position)."""
    rows = _rows(trace, trace.positions_before, trace.initial_positions, trace.final_positions)
    columns = [list(column) for column in zip(*(key for key, _ in rows), strict=True)] or [[], [], [], []]
    records: list[PerpAccountRecord] = [account for _, account in rows]
    columns.append([a.equity_quote / a.maintenance_quote if a.maintenance_quote else math.inf for a in records])
    columns.append([record_json(account) for account in records])
    pq.write_table(pa.table(columns, schema=POSITION_SCHEMA), path, compression="zstd")


def read_positions(path: Path, trace: Trace) -> None:
    """The inverse of `write_positions`."""
    for row in pq.read_table(path).to_pylist():
        account = PerpAccountRecord(**from_json(row["record"]))
        if row["moment"] == "before":
            trace.positions_before[row["block"], row["market"], row["account"]] = account
        else:
            accounts = trace.initial_positions if row["moment"] == "initial" else trace.final_positions
            accounts.setdefault(row["market"], {})[row["account"]] = account


def _rows(
    trace: Trace, before: Mapping[tuple[int, str, str], Any], initial: Mapping, final: Mapping
) -> list[tuple[AccountKey, Any]]:
    last = trace.blocks[-1].block if trace.blocks else -1
    rows: list[tuple[AccountKey, Any]] = [(("before", *key), account) for key, account in before.items()]
    for moment, block, markets in (("initial", -1, initial), ("final", last, final)):
        for market, accounts in markets.items():
            rows += [((moment, block, market, role), account) for role, account in accounts.items()]
    return rows
