"""What all scenario models share: frozen, strict, and with ranges that name their unit."""

from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema


class Model(BaseModel):
    """A frozen part of a scenario; an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


@dataclass(frozen=True, slots=True)
class DefaultKind:
    """Marks a union whose variant, where a document does not name one, is `kind`."""

    kind: str

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Name the kind before the union looks for it."""
        return core_schema.no_info_before_validator_function(self._named, handler(source))

    def _named(self, given: Any) -> Any:
        return {"kind": self.kind, **_with_tuples(given)} if isinstance(given, dict) else given


def _with_tuples(value: Any) -> Any:
    """Lists as tuples: behind a validator, pydantic no longer knows that they came from JSON."""
    if isinstance(value, list):
        return tuple(_with_tuples(item) for item in value)
    return {key: _with_tuples(item) for key, item in value.items()} if isinstance(value, dict) else value


Bps = Annotated[int, Field(ge=0, le=10_000)]
"""A share of a whole, in hundredths of a percent."""

PriceUsd = Annotated[float, Field(gt=0, le=1e9)]
Tokens = Annotated[float, Field(ge=0, le=1e15)]
"""Whole tokens: with 18 decimals, still within the 112 bits of a pool's reserve."""
PositiveTokens = Annotated[float, Field(gt=0, le=1e15)]
Gwei = Annotated[float, Field(ge=0, le=1e9)]
Seconds = Annotated[int, Field(gt=0, le=31_536_000)]
"""A duration of at most a year."""
Health = Annotated[float, Field(gt=0, le=1_000)]
PositiveFloat = Annotated[float, Field(gt=0)]
NonNegativeFloat = Annotated[float, Field(ge=0)]
PositiveInt = Annotated[int, Field(gt=0)]
NonNegativeInt = Annotated[int, Field(ge=0)]

Name = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,39}$")]
"""The name of an asset, market or agent; it becomes a role in the trace and a part of a dotted path."""

ScenarioName = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,39}(\+[A-Za-z][A-Za-z0-9_-]{0,39})*$")]
"""The name of a scenario, with `+` and a name for each design that was put on it."""
