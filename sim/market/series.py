"""Recorded price series: reading, checking, and walking their bars.

A row's `timestamp_utc` is the start of its bar and `price_usd` the close. The bar lasts until the next row; the
last one, and one before a gap, lasts the median interval. The close holds at the bar's end. Where a row also has
open, low and high, the bar is walked open, low, high, close at its first, second, third and fourth quarter, so
that the close before it still holds at its start. In between, prices are log-linear (`sim.market.paths`).
"""

import csv
import hashlib
import io
import math
import statistics
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sim.errors import BadInput

REQUIRED_COLUMNS = ("timestamp_utc", "price_usd")
BAR_COLUMNS = ("open_usd", "low_usd", "high_usd")
GAP_FACTOR = 1.5
"""An interval longer than this many medians is a gap."""
MAX_PRICE_USD = 1e12


@dataclass(frozen=True, slots=True)
class Row:
    """One row: start in Unix seconds, and prices in the order in which they are walked, the close last."""

    line: int
    start_s: float
    prices_usd: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Series:
    """Points of (seconds since the first row's timestamp, USD), and the gaps as (start, length) in seconds."""

    points: tuple[tuple[float, float], ...]
    gaps: tuple[tuple[float, float], ...]


def read_series(file: str | Path, sha256: str | None = None, allow_gaps: bool = False) -> Series:
    """Return the points of a CSV file.

    Parameters
    ----------
    file
        Path of a CSV file with a header row and at least two rows.
    sha256
        Expected digest of its content; None: not checked.
    allow_gaps
        Whether a gap is walked log-linearly; otherwise it is refused.

    Raises
    ------
    BadInput
        If the file is missing, differs from `sha256`, lacks a column, or holds a time or a price that cannot be
        used (not a number, not positive, unsorted, duplicated), or a gap that is not allowed.
    """
    content = _content(file)
    digest = hashlib.sha256(content).hexdigest()
    if sha256 is not None and digest != sha256:
        raise BadInput(f"{file}: content has sha256 {digest}, the scenario was made with {sha256}")
    rows = _rows(str(file), content)
    starts = [row.start_s for row in rows]
    intervals = [later - start for start, later in zip(starts, starts[1:], strict=False)]
    median_s = statistics.median(intervals)
    gaps = tuple((s, i) for s, i in zip(starts, intervals, strict=False) if i > GAP_FACTOR * median_s)
    if gaps and not allow_gaps:
        start_s, length_s = gaps[0]
        raise BadInput(
            f"{file}: gap of {length_s:g} s after {datetime.fromtimestamp(start_s, UTC):%Y-%m-%dT%H:%M:%SZ},"
            f" at most {GAP_FACTOR} times the median interval of {median_s:g} s (or allow_gaps: true)"
        )
    points = _points(rows, [min(i, median_s) if i > GAP_FACTOR * median_s else i for i in intervals] + [median_s])
    return Series(points, tuple((start_s - starts[0], length_s) for start_s, length_s in gaps))


def _content(file: str | Path) -> bytes:
    try:
        return Path(file).read_bytes()
    except OSError as error:
        raise BadInput(f"{file}: {error.strerror or 'cannot be read'}, a readable CSV file expected") from None


def _rows(file: str, content: bytes) -> list[Row]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadInput(f"{file}: not UTF-8 text, a CSV file expected") from None
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    try:
        columns = [name.strip() for name in reader.fieldnames or ()]
        reader.fieldnames = columns
        missing = [name for name in REQUIRED_COLUMNS if name not in columns]
        if missing:
            raise BadInput(f"{file}: column {missing[0]} is missing, found {', '.join(columns) or 'no header'}")
        names = (*(BAR_COLUMNS if set(BAR_COLUMNS) <= set(columns) else ()), "price_usd")
        rows = list(_checked(file, reader, names))
    except csv.Error as error:
        raise BadInput(f"{file}, line {reader.line_num}: {error}, comma-separated values expected") from None
    if len(rows) < 2:
        raise BadInput(f"{file}: {len(rows)} rows, at least 2 expected")
    return rows


def _checked(file: str, reader: csv.DictReader, names: tuple[str, ...]) -> Iterator[Row]:
    before_s = -math.inf
    for record in reader:
        where = f"{file}, line {reader.line_num}"
        start_s = _time(where, record["timestamp_utc"])
        if start_s <= before_s:
            what = "duplicates" if start_s == before_s else "is earlier than"
            raise BadInput(
                f"{where}: timestamp_utc {record['timestamp_utc']} {what} the row before, ascending expected"
            )
        before_s = start_s
        prices = tuple(_price(where, name, record[name]) for name in names)
        if len(prices) > 1:
            opened, low, high, close = prices
            if low > min(opened, close) or high < max(opened, close):
                raise BadInput(
                    f"{where}: low_usd {low:g} and high_usd {high:g} must enclose"
                    f" open_usd {opened:g} and price_usd {close:g}"
                )
        yield Row(reader.line_num, start_s, prices)


def _time(where: str, text: str | None) -> float:
    try:
        moment = datetime.fromisoformat((text or "").strip())
    except ValueError:
        raise BadInput(
            f"{where}: timestamp_utc is {text!r}, ISO 8601 such as 2020-03-12T00:00:00Z expected"
        ) from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _price(where: str, name: str, text: str | None) -> float:
    try:
        price = float(text or "")
    except ValueError:
        price = math.nan
    if not 0 < price <= MAX_PRICE_USD:
        raise BadInput(f"{where}: {name} is {text!r}, a price above 0 and at most {MAX_PRICE_USD:g} USD expected")
    return price


def _points(rows: list[Row], lengths_s: list[float]) -> tuple[tuple[float, float], ...]:
    origin_s = rows[0].start_s
    return tuple(
        (row.start_s - origin_s + length_s * (k + 1) / len(row.prices_usd), price)
        for row, length_s in zip(rows, lengths_s, strict=True)
        for k, price in enumerate(row.prices_usd)
    )
