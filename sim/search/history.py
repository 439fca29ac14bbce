"""What an environment does, as data: the steps of a history, JSON both ways.

Steps other than `Wait` act on the next block to be built; only `Wait` builds blocks.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter

from sim.scenario.base import Bps, Model, Name, NonNegativeInt, PositiveInt


class Shock(Model):
    """The exogenous price of an asset moves by `change_bps`, for good."""

    action: Literal["shock"] = "shock"
    asset: Name
    change_bps: Annotated[int, Field(gt=-10_000, le=100_000)]


class Wait(Model):
    """Blocks pass, and agents act in them."""

    action: Literal["wait"] = "wait"
    blocks: PositiveInt


class StopFeed(Model):
    """The reporter of an asset's feed is silent for the next blocks."""

    action: Literal["stop_feed"] = "stop_feed"
    asset: Name
    blocks: PositiveInt


class Congest(Model):
    """The next blocks are full of bids of `fee_gwei`."""

    action: Literal["congest"] = "congest"
    fee_gwei: PositiveInt
    blocks: PositiveInt


class PullLiquidity(Model):
    """A share of a venue's liquidity at the start is withdrawn."""

    action: Literal["pull_liquidity"] = "pull_liquidity"
    venue: Name
    share_bps: Annotated[Bps, Field(gt=0)]


class NewBorrower(Model):
    """The empty account `environment/<account>` opens a position with the given health (bps of 1)."""

    action: Literal["new_borrower"] = "new_borrower"
    account: NonNegativeInt
    collateral_tokens: PositiveInt
    health_bps: Annotated[int, Field(ge=10_000)]


class LeverUp(Model):
    """A borrower owes more, up to the given health (bps of 1) or its limit."""

    action: Literal["lever_up"] = "lever_up"
    borrower: str
    health_bps: Annotated[int, Field(ge=10_000)]


Step = Annotated[
    Shock | Wait | StopFeed | Congest | PullLiquidity | NewBorrower | LeverUp, Field(discriminator="action")
]
History = tuple[Step, ...]

_HISTORY: TypeAdapter[History] = TypeAdapter(History)


def history_from_json(document: Sequence) -> History:
    """Read a history from plain data. Raises pydantic's ValidationError if it is not one."""
    return _HISTORY.validate_python(tuple(document))


def history_to_json(history: Sequence[Step]) -> list[dict]:
    """Write a history as plain data."""
    return [step.model_dump(mode="json") for step in history]


def line(step: Step) -> str:
    """One line of text for a step: `shock(asset=WETH, change_bps=-500)`."""
    fields = step.model_dump(mode="json", exclude={"action"})
    return f"{step.action}({', '.join(f'{name}={value}' for name, value in fields.items())})"


def describe(values: Mapping[str, Any], history: Sequence[Step]) -> str:
    """One line for an episode: the fields drawn, then the steps."""
    drawn = ", ".join(f"{path}={value}" for path, value in values.items()) or "no field changed"
    return f"{drawn}; {' '.join(line(step) for step in history) or 'no step'}"


def rules_of(history: Sequence[Step]) -> tuple[str, ...]:
    """Names of the rules in a history, sorted, each once."""
    return tuple(sorted({step.action for step in history}))
