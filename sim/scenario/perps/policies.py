"""Models of deleveraging policies: who is closed against a bankrupt position (contracts/perps/deleveraging)."""

from typing import Annotated, Literal

from pydantic import Field

from sim.scenario.base import DefaultKind, Model, Tokens


class ReturnLeverageQueue(Model):
    """The highest return times leverage first, each closed whole before the next (BitMEX)."""

    kind: Literal["return_leverage_queue"] = "return_leverage_queue"


class WalletReturnQueue(Model):
    """The highest profit over wallet, times margin ratio, first (Binance)."""

    kind: Literal["wallet_return_queue"]
    least_wallet_tokens: Tokens = Field(default=1.0, description="wallets below count as this much quote")


class IndexQueue(Model):
    """An index of profit and leverage, highest first (Hyperliquid); of the forms that are told of it.

    `documented`: mark over entry times notional over equity; `by_side`: the same with entry over mark for shorts;
    `profit_leverage`: leverage times profit over entry notional.
    """

    kind: Literal["index_queue"]
    form: Literal["documented", "by_side", "profit_leverage"] = "documented"


class CappedProRata(Model):
    """All winners in proportion, none beyond what its account can bear."""

    kind: Literal["capped_pro_rata"]
    share_of: Literal["profit", "size"] = "profit"


class RandomStart(Model):
    """In the order of accounts from a random one on (dYdX v4 has the daemon start at a random subaccount)."""

    kind: Literal["random_start"]
    most_accounts: Annotated[int, Field(gt=0, le=100_000)] = 500
    winners_only: bool = False


class NoDeleveraging(Model):
    """Nobody is closed."""

    kind: Literal["none"]


AnyPolicy = Annotated[
    ReturnLeverageQueue | WalletReturnQueue | IndexQueue | CappedProRata | RandomStart | NoDeleveraging,
    Field(discriminator="kind"),
    DefaultKind("return_leverage_queue"),
]
