"""Candidates of deleveraging as tests speak of them, and a keeper who ranks them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from sim.reference.bankruptcy import quote_unit
from sim.reference.deleveraging import Candidate
from sim.units import BPS, E8, WAD, mul_div_up
from tests.deployed import Deployed

CROSS = 0
INSTRUMENT = "0x" + "11" * 20
QUOTE_DECIMALS = 6
UNIT = quote_unit(QUOTE_DECIMALS)
MAINTENANCE_BPS = 50

Number = int | str | Fraction


def exact(amount: Number, scale: int) -> int:
    """Return a decimal number at a scale; it must be one."""
    scaled = Fraction(amount) * scale
    assert scaled.denominator == 1, amount
    return scaled.numerator


def account(
    number: int, size: Number, entry: Number, equity: Number, mark: Number, slot: int = CROSS
) -> Candidate:
    """Return the position of account `number`: size in base (long above 0), prices in quote, equity in quote."""
    size_wad, mark_e8 = exact(size, WAD), exact(mark, E8)
    notional = mul_div_up(abs(size_wad), mark_e8, UNIT)
    return Candidate(
        number,
        slot,
        size_wad,
        -exact(Fraction(size) * Fraction(entry), 10**QUOTE_DECIMALS),
        exact(equity, 10**QUOTE_DECIMALS),
        notional,
        mul_div_up(notional, MAINTENANCE_BPS, BPS),
    )


@dataclass
class Event:
    """What is closed, and at which prices; the ranking is a list of candidates in some order."""

    size: Number
    mark: Number
    price: Number
    seed: int = 0

    def words(self, ranking: Sequence[Candidate], book_count: int | None = None) -> tuple:
        """Return the argument of a policy."""
        return (
            INSTRUMENT,
            exact(self.size, WAD),
            exact(self.mark, E8),
            exact(self.price, E8),
            len(ranking) if book_count is None else book_count,
            self.seed,
            [(_address(one.owner), _address(one.slot), *one[2:]) for one in ranking],
        )

    def ranked(self, policy: Deployed, candidates: Sequence[Candidate]) -> list[Candidate]:
        """Return the candidates in the policy's order, as a keeper finds it."""
        scores = policy.read("scores", self.words(candidates))
        order = sorted(zip(scores, candidates, strict=True), key=lambda row: (-row[0], row[1].owner, row[1].slot))
        return [one for _, one in order]

    def closed(self, policy: Deployed, candidates: Sequence[Candidate]) -> dict[int, int]:
        """Rank, allocate, and return what each account gives in base (wad), those with several slots in sum."""
        ranking = self.ranked(policy, candidates)
        sizes = policy.read("allocate", self.words(ranking))
        assert len(sizes) == len(ranking)
        found = dict.fromkeys((one.owner for one in candidates), 0)
        for one, size in zip(ranking, sizes, strict=True):
            assert 0 <= size <= abs(one.size_wad)
            found[one.owner] += size
        return found

    def refusal(self, policy: Deployed, ranking: Sequence[Candidate], book_count: int | None = None) -> str:
        """Return the error with which a ranking is refused."""
        return policy.read_error("allocate", self.words(ranking, book_count))


def _address(number: int) -> str:
    return f"0x{number:040x}"


POLICIES: dict[str, Callable[..., Deployed]] = {
    "return x leverage": lambda deploy, chain: deploy(chain, "ReturnLeverageQueue"),
    "wallet return": lambda deploy, chain: deploy(chain, "WalletReturnQueue", 10**QUOTE_DECIMALS),
    "index": lambda deploy, chain: deploy(chain, "IndexQueue", 0),
    "index by side": lambda deploy, chain: deploy(chain, "IndexQueue", 1),
    "profit x leverage": lambda deploy, chain: deploy(chain, "IndexQueue", 2),
    "pro rata of profit": lambda deploy, chain: deploy(chain, "CappedProRata", 0),
    "pro rata of size": lambda deploy, chain: deploy(chain, "CappedProRata", 1),
    "random start": lambda deploy, chain: deploy(chain, "RandomStart", 500, True),
}
"""Every policy that closes someone, for winners only: how it is deployed."""
