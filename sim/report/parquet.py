"""Parquet tables of a trace, there and back.

Figures of a row that are numbers are columns; nested records are JSON text, since their integers exceed what a
column holds (a health factor without debt is 2**256 - 1).
"""

import json
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any, TypeVar

import pyarrow as pa
import pyarrow.parquet as pq

from sim.metrics.liquidations import Liquidation
from sim.metrics.timeline import usd
from sim.trace import (
    AccountRecord,
    BlockRecord,
    Event,
    FeedRecord,
    FirstBid,
    OutsideTrade,
    ReserveRecord,
    Trace,
    TransactionRecord,
    VenueRecord,
    VenueTrade,
)
from sim.units import UINT256_MAX, WAD

Row = TypeVar("Row")
BYTES_KEY = "$bytes"
AccountKey = tuple[str, int, str, str]


def to_json(value: Any) -> str:
    """JSON text of what a trace holds; bytes become an object with their hexadecimal form."""
    return json.dumps(value, default=_encode, separators=(",", ":"))


def _encode(value: Any) -> Any:
    if isinstance(value, bytes):
        return {BYTES_KEY: value.hex()}
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"a trace cannot hold {type(value).__name__}")


def _decode(value: dict) -> Any:
    return bytes.fromhex(value[BYTES_KEY]) if value.keys() == {BYTES_KEY} else value


def from_json(text: str) -> Any:
    """The inverse of `to_json`, with lists for tuples."""
    return json.loads(text, object_hook=_decode)


def _tuples(value: Any) -> Any:
    return tuple(_tuples(item) for item in value) if isinstance(value, list) else value


PLAIN: dict[str, pa.DataType] = {
    "int": pa.int64(),
    "str": pa.string(),
    "bool": pa.bool_(),
    "float": pa.float64(),
    "str | None": pa.string(),
    "int | None": pa.int64(),
    "float | None": pa.float64(),
}
"""Column types by annotation; integers that may not fit are listed in `WIDE`."""

WIDE = frozenset(
    {"amount_in", "amount_out", "base_amount", "seized", "protocol_fee", "repaid", "collateral_base", "debt_base"}
    | {"health_before_wad", "health_after_wad", "value_e8"}
)
"""Integers written as decimal text."""


NESTED = (FeedRecord, VenueRecord, ReserveRecord, AccountRecord)
"""Records inside of others."""


def _annotation(field: Any) -> str:
    return field.type if isinstance(field.type, str) else getattr(field.type, "__name__", str(field.type))


def _columns(record_type: type) -> dict[str, str]:
    """Kind of each field: the name of a plain type, `wide` or `json`."""
    kinds = {}
    for field in fields(record_type):
        annotation = _annotation(field)
        kinds[field.name] = "wide" if field.name in WIDE else annotation if annotation in PLAIN else "json"
    return kinds


def write_rows(path: Path, record_type: type, rows: Iterable[Any]) -> None:
    """Write records of one dataclass as a table."""
    rows = list(rows)
    columns = {}
    for name, kind in _columns(record_type).items():
        values = [getattr(row, name) for row in rows]
        if kind == "wide":
            columns[name] = pa.array([str(value) for value in values], pa.string())
        elif kind == "json":
            columns[name] = pa.array([_record_json(value) for value in values], pa.string())
        else:
            columns[name] = pa.array(values, PLAIN[kind])
    pq.write_table(pa.table(columns), path, compression="zstd")


def _record_json(value: Any) -> str:
    return json.dumps(value, default=_encode_record, separators=(",", ":"))


def _encode_record(value: Any) -> Any:
    if isinstance(value, NESTED):
        return asdict(value)
    return _encode(value)


def read_rows(path: Path, record_type: type[Row], revive: Mapping[str, Callable[[Any], Any]]) -> list[Row]:
    """Read records back; `revive` restores nested records by field."""
    table = pq.read_table(path)
    columns = []
    for name, kind in _columns(record_type).items():
        values = table.column(name).to_pylist()
        if kind == "wide":
            values = [int(value) for value in values]
        elif kind == "json":
            restore = revive.get(name, _identity)
            values = [restore(from_json(value)) for value in values]
        columns.append(values)
    return [record_type(*values) for values in zip(*columns, strict=True)]


def _identity(value: Any) -> Any:
    return value


def _by_name(record_type: Callable[..., Any]) -> Callable[[Mapping], dict]:
    return lambda records: {name: record_type(**fields) for name, fields in records.items()}


def _by_market(record_type: Callable[..., Any]) -> Callable[[Mapping], dict]:
    inner = _by_name(record_type)
    return lambda markets: {market: inner(records) for market, records in markets.items()}


def _tuple_values(values: Mapping) -> dict:
    return {name: tuple(value) for name, value in values.items()}


REVIVE: dict[type, dict[str, Callable[[Any], Any]]] = {
    BlockRecord: {
        "feeds": _by_name(FeedRecord),
        "reserves": _by_market(ReserveRecord),
        "below_one": _by_market(AccountRecord),
        "venues": _by_name(VenueRecord),
        "histogram": _tuple_values,
        "outside_depth": _tuple_values,
    },
    TransactionRecord: {"args": _tuples},
    Event: {},
    VenueTrade: {},
    OutsideTrade: {},
    FirstBid: {},
}

TABLES: dict[str, tuple[type, Callable[[Trace], list]]] = {
    "blocks": (BlockRecord, lambda trace: [*([trace.initial] if trace.initial else []), *trace.blocks]),
    "transactions": (TransactionRecord, lambda trace: trace.transactions),
    "events": (Event, lambda trace: trace.events),
    "trades": (VenueTrade, lambda trace: trace.trades),
    "outside_trades": (OutsideTrade, lambda trace: trace.outside_trades),
    "first_bids": (FirstBid, lambda trace: trace.first_bids),
}


def write_trace(folder: Path, trace: Trace, liquidations: list[Liquidation]) -> list[str]:
    """Write all tables; returns their file names. The state before block 0 is the row with block -1."""
    for name, (record_type, rows) in TABLES.items():
        write_rows(folder / f"{name}.parquet", record_type, rows(trace))
    write_rows(folder / "liquidations.parquet", Liquidation, liquidations)
    _write_accounts(folder / "accounts.parquet", trace)
    return [f"{name}.parquet" for name in (*TABLES, "liquidations", "accounts")]


def read_trace(folder: Path, trace: Trace) -> Trace:
    """Fill an empty trace from the tables of a folder."""
    loaded = {
        name: read_rows(folder / f"{name}.parquet", record_type, REVIVE[record_type])
        for name, (record_type, _) in TABLES.items()
    }
    blocks = loaded["blocks"]
    trace.initial = blocks[0] if blocks and blocks[0].block < 0 else None
    trace.blocks = [record for record in blocks if record.block >= 0]
    trace.transactions = loaded["transactions"]
    trace.events = loaded["events"]
    trace.trades = loaded["trades"]
    trace.outside_trades = loaded["outside_trades"]
    trace.first_bids = loaded["first_bids"]
    _read_accounts(folder / "accounts.parquet", trace)
    return trace


ACCOUNT_SCHEMA = pa.schema(
    [
        ("moment", pa.string()),
        ("block", pa.int64()),
        ("market", pa.string()),
        ("account", pa.string()),
        ("health", pa.float64()),
        ("collateral_usd", pa.float64()),
        ("debt_usd", pa.float64()),
        ("record", pa.string()),
    ]
)


def _write_accounts(path: Path, trace: Trace) -> None:
    """Accounts at the start, before their liquidations and at the end: readable figures and the exact record."""
    last = trace.blocks[-1].block if trace.blocks else -1
    rows: list[tuple[AccountKey, AccountRecord]] = [
        (("before", *key), account) for key, account in trace.accounts_before.items()
    ]
    for moment, block, markets in (("initial", -1, trace.initial_accounts), ("final", last, trace.final_accounts)):
        for market, accounts in markets.items():
            rows += [((moment, block, market, role), account) for role, account in accounts.items()]
    columns = [list(column) for column in zip(*(key for key, _ in rows), strict=True)] or [[], [], [], []]
    records = [account for _, account in rows]
    columns.append([math.inf if a.health_wad == UINT256_MAX else a.health_wad / WAD for a in records])
    columns.append([usd(a.collateral_base) for a in records])
    columns.append([usd(a.debt_base) for a in records])
    columns.append([_record_json(account) for account in records])
    pq.write_table(pa.table(columns, schema=ACCOUNT_SCHEMA), path, compression="zstd")


def _read_accounts(path: Path, trace: Trace) -> None:
    for row in pq.read_table(path).to_pylist():
        account = AccountRecord(**from_json(row["record"]))
        if row["moment"] == "before":
            trace.accounts_before[row["block"], row["market"], row["account"]] = account
        else:
            accounts = trace.initial_accounts if row["moment"] == "initial" else trace.final_accounts
            accounts.setdefault(row["market"], {})[row["account"]] = account
