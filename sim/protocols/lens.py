"""Lending markets as a lens shows them: what every lens of a market answers has the same words."""

from collections.abc import Sequence

from sim.chain.base import Chain
from sim.chain.codec import ContractType
from sim.protocols.base import AccountState, LendingAdapter, ReserveState

ACCOUNTS_PER_PAGE = 250
RESERVE_FIELDS = 12


def words(data: bytes) -> list[int]:
    """Split the ABI encoding of one `uint256[]` into its items."""
    count = int.from_bytes(data[32:64], "big")
    return [int.from_bytes(data[at : at + 32], "big") for at in range(64, 64 + 32 * count, 32)]


class LensedMarket(LendingAdapter):
    """A lending market that is read through a lens; its constructor ends with `_look_through`."""

    chain: Chain
    lens: str
    lens_type: ContractType

    def _look_through(self) -> None:
        """Encode once what is read in every block."""
        self._reserve_words = self.lens_type.encode("reserveWords", self.address)

    def read_accounts(self, accounts: Sequence[str]) -> list[AccountState]:
        """States of `accounts`, read in pages."""
        count = len(self.reserve_list)
        stride = 3 + 2 * count
        states = []
        for at in range(0, len(accounts), ACCOUNTS_PER_PAGE):
            page = list(accounts[at : at + ACCOUNTS_PER_PAGE])
            data = self.lens_type.encode("accountWords", self.address, page)
            flat = words(self.chain.call(self.lens, data))
            for i in range(0, len(flat), stride):
                states.append(
                    AccountState(
                        flat[i],
                        flat[i + 1],
                        flat[i + 2],
                        tuple(flat[i + 3 : i + 3 + count]),
                        tuple(flat[i + 3 + count : i + stride]),
                    )
                )
        return states

    def read_reserves(self) -> dict[str, ReserveState]:
        """States of all reserves, by asset."""
        flat = words(self.chain.call(self.lens, self._reserve_words))
        return {
            asset: ReserveState(*flat[i * RESERVE_FIELDS : (i + 1) * RESERVE_FIELDS])
            for i, asset in enumerate(self.reserve_list)
        }
