"""What a trace holds as JSON text, there and back."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from sim.perp_trace import InstrumentRecord, PerpAccountRecord
from sim.trace import AccountRecord, FeedRecord, ReserveRecord, VenueRecord

NESTED = (FeedRecord, VenueRecord, ReserveRecord, AccountRecord, InstrumentRecord, PerpAccountRecord)
"""Records inside of others."""

BYTES_KEY = "$bytes"


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


def record_json(value: Any) -> str:
    """JSON text of records inside of others."""
    return json.dumps(value, default=_encode_record, separators=(",", ":"))


def _encode_record(value: Any) -> Any:
    if isinstance(value, NESTED):
        return asdict(value)
    return _encode(value)
