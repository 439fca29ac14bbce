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


class Drift(Model):
    """The exogenous price of an asset moves by `change_bps` within the next blocks, evenly in log, for good."""

    action: Literal["drift"] = "drift"
    asset: Name
    change_bps: Annotated[int, Field(gt=-10_000, le=100_000)]
    blocks: PositiveInt


class LagFeed(Model):
    """Reports of an asset that are made in the next `blocks` come in `lag_blocks` later."""

    action: Literal["lag_feed"] = "lag_feed"
    asset: Name
    lag_blocks: PositiveInt
    blocks: PositiveInt


class StopKeepers(Model):
    """All agents of a kind (`perp_keeper`, `deleverager`, `keeper`) are silent for the next blocks."""

    action: Literal["stop_keepers"] = "stop_keepers"
    kind: Name
    blocks: PositiveInt


class PullDepth(Model):
    """A share of a virtual AMM's depth leaves: of what it would have, had none left before."""

    action: Literal["pull_depth"] = "pull_depth"
    instrument: Name
    share_bps: Annotated[Bps, Field(gt=0)]


class NewTrader(Model):
    """The empty account `environment/trader-<account>` opens a position.

    Of the given leverage, or the highest that initial margin allows.
    """

    action: Literal["new_trader"] = "new_trader"
    account: NonNegativeInt
    instrument: Name
    side: Literal["long", "short"]
    notional_tokens: PositiveInt
    leverage: PositiveInt


class LeverTrader(Model):
    """A trader takes out cash or enlarges its largest position, down to a margin (bps of initial margin)."""

    action: Literal["lever_trader"] = "lever_trader"
    trader: str
    how: Literal["withdraw", "add"]
    margin_bps: Annotated[int, Field(ge=10_000)]


Step = Annotated[
    Shock
    | Wait
    | StopFeed
    | Congest
    | PullLiquidity
    | NewBorrower
    | LeverUp
    | Drift
    | LagFeed
    | StopKeepers
    | PullDepth
    | NewTrader
    | LeverTrader,
    Field(discriminator="action"),
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
