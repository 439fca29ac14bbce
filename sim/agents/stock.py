"""What a keeper has seized and not yet sold, in the order it came."""

from collections import deque
from collections.abc import Mapping


class SeizedStock:
    """Lots of seized collateral by asset, read off the owner's balances.

    A change of balance counts where the owner's last actions seized or sold that asset; so money spent and
    received on the other side of a trade is not mistaken for stock. Where one block both seizes and repays the
    same asset, the net change counts.
    """

    def __init__(self) -> None:
        self._lots: dict[str, deque[tuple[int, int]]] = {}
        self._balances: dict[str, int] = {}
        self._touched: dict[str, int] = {}

    def touch(self, asset: str, until_block: int) -> None:
        """Note that an action that may run up to `until_block` seizes or sells `asset`."""
        self._touched[asset] = max(until_block, self._touched.get(asset, until_block))

    def observe(self, block: int, balances: Mapping[str, int]) -> None:
        """Take in the balances before `block`: gains become a lot, losses leave the oldest lots first."""
        for asset, until_block in list(self._touched.items()):
            change = balances.get(asset, 0) - self._balances.get(asset, 0)
            lots = self._lots.setdefault(asset, deque())
            if change > 0:
                lots.append((block, change))
            self._take(lots, max(-change, self.held(asset) - balances.get(asset, 0)))
            if until_block < block:
                del self._touched[asset]
        self._balances = dict(balances)

    def held(self, asset: str) -> int:
        """Units in stock."""
        return sum(amount for _, amount in self._lots.get(asset, ()))

    def held_since(self, asset: str, block: int) -> int:
        """Units in stock that came in `block` or before."""
        return sum(amount for since, amount in self._lots.get(asset, ()) if since <= block)

    @staticmethod
    def _take(lots: deque[tuple[int, int]], amount: int) -> None:
        while amount > 0 and lots:
            since, first = lots.popleft()
            if first > amount:
                lots.appendleft((since, first - amount))
            amount -= first
