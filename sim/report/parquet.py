"""Parquet tables of a trace, there and back.

Figures of a row that are numbers are columns; nested records are JSON text, since their integers exceed what a
column holds (a health factor without debt is 2**256 - 1).
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, TypeVar

import pyarrow as pa
import pyarrow.parquet as pq

from sim.metrics.liquidations import Liquidation
from sim.metrics.perps.liquidations import PerpLiquidation
from sim.metrics.summary import Result
from sim.perp_trace import InstrumentRecord, PerpAccountRecord
from sim.report.account_tables import read_accounts, read_positions, write_accounts, write_positions
from sim.report.records import from_json, record_json
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

Row = TypeVar("Row")


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
    | {"health_before_wad", "health_after_wad", "value_e8", "size_before_wad", "book_wad", "stages_wad"}
    | {"closed_base", "fee_quote", "equity_quote", "maintenance_quote", "bankruptcy_e8"}
)
"""Integers written as decimal text."""


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
            columns[name] = pa.array([record_json(value) for value in values], pa.string())
        else:
            columns[name] = pa.array(values, PLAIN[kind])
    pq.write_table(pa.table(columns), path, compression="zstd")


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
        "perps": _by_market(InstrumentRecord),
        "below_maintenance": _by_market(PerpAccountRecord),
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


def write_trace(folder: Path, trace: Trace, result: Result) -> list[str]:
    """Write all tables; returns their file names. The state before block 0 is the row with block -1."""
    for name, (record_type, rows) in TABLES.items():
        write_rows(folder / f"{name}.parquet", record_type, rows(trace))
    perp_rows = result.perps.liquidations if result.perps is not None else []
    write_rows(folder / "liquidations.parquet", Liquidation, result.liquidations)
    write_rows(folder / "perp_liquidations.parquet", PerpLiquidation, perp_rows)
    write_accounts(folder / "accounts.parquet", trace)
    write_positions(folder / "positions.parquet", trace)
    names = "liquidations", "perp_liquidations", "accounts", "positions"
    return [f"{name}.parquet" for name in (*TABLES, *names)]


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
    read_accounts(folder / "accounts.parquet", trace)
    read_positions(folder / "positions.parquet", trace)
    return trace
