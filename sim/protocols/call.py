"""What an adapter offers to be sent."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Call:
    """A transaction before it has a sender: `function` of the contract type `contract` at `target`.

    `args` are kept beside the encoded `data` for the trace. `through` is the contract type of the router, if the
    call goes on to sell through one.
    """

    contract: str
    target: str
    function: str
    args: tuple
    data: bytes
    through: str | None = None
