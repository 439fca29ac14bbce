"""Adapters of our tokens, feeds and insurance funds."""

from sim.chain.artifacts import Artifacts
from sim.chain.base import Chain
from sim.protocols.base import FeedAdapter, InsuranceAdapter, TokenAdapter
from sim.protocols.call import Call


class AssetToken(TokenAdapter):
    """`contracts/tokens/AssetToken.sol`."""

    def __init__(self, chain: Chain, artifacts: Artifacts, address: str, symbol: str, decimals: int) -> None:
        self.chain = chain
        self.contract = artifacts["AssetToken"]
        self.address = address
        self.symbol = symbol
        self.decimals = decimals

    def _call(self, function: str, *args: object) -> Call:
        return Call("AssetToken", self.address, function, args, self.contract.encode(function, *args))

    def transfer(self, to: str, amount: int) -> Call:
        """Move `amount` units from the sender to `to`."""
        return self._call("transfer", to, amount)

    def approve(self, spender: str, amount: int) -> Call:
        """Let `spender` take up to `amount` units of the sender's."""
        return self._call("approve", spender, amount)

    def mint(self, account: str, amount: int) -> Call:
        """Create `amount` units for `account`; the sender must own the token."""
        return self._call("mint", account, amount)

    def balance(self, holder: str) -> int:
        """Units held by `holder`."""
        return int.from_bytes(self.chain.call(self.address, self.contract.encode("balanceOf", holder)), "big")


class Feed(FeedAdapter):
    """Any feed that is read; `push` is for `contracts/oracle/PriceFeed.sol` alone."""

    def __init__(self, artifacts: Artifacts, address: str, asset: str, decimals: int) -> None:
        self.contract = artifacts["PriceFeed"]
        self.address = address
        self.asset = asset
        self.decimals = decimals

    def push(self, price_e8: int, observed_at_s: int) -> Call:
        """Publish a price (USD e8), observed at an absolute time."""
        shift = self.decimals - 8
        answer = price_e8 * 10**shift if shift >= 0 else price_e8 // 10**-shift
        data = self.contract.encode("pushRound", answer, observed_at_s)
        return Call("PriceFeed", self.address, "pushRound", (answer,), data)


class Fund(InsuranceAdapter):
    """`contracts/insurance/InsuranceFund.sol`, or `CooldownFund.sol` where stakers wait before they leave."""

    def __init__(
        self, chain: Chain, artifacts: Artifacts, address: str, name: str, asset: str, has_cooldown: bool = False
    ) -> None:
        self.chain = chain
        self.has_cooldown = has_cooldown
        self._kind = "CooldownFund" if has_cooldown else "InsuranceFund"
        self.contract = artifacts[self._kind]
        self.address = address
        self.name = name
        self.asset = asset

    def _call(self, function: str, *args: object) -> Call:
        return Call(self._kind, self.address, function, args, self.contract.encode(function, *args))

    def _words(self, function: str, *args: object) -> list[int]:
        out = self.chain.call(self.address, self.contract.encode(function, *args))
        return [int.from_bytes(out[at : at + 32], "big") for at in range(0, len(out), 32)]

    def deposit(self, amount: int, receiver: str) -> Call:
        """Deposit `amount` units for shares."""
        return self._call("deposit", amount, receiver)

    def request_unstake(self, shares: int) -> Call:
        """Ask to leave with so many shares of the sender's."""
        return self._call("requestUnstake", shares)

    def redeem(self, shares: int, owner: str) -> Call:
        """Take out what shares of the sender, `owner`, are worth."""
        return self._call("redeem", shares, owner, owner)

    def set_protocol(self, protocol: str, cap: int) -> Call:
        """Let `protocol` draw up to `cap` units."""
        return self._call("setProtocol", protocol, cap)

    def assets(self) -> int:
        """Units that the fund holds by its own accounting."""
        return self._words("totalAssets")[0]

    def shares(self, holder: str) -> int:
        """Shares of a holder."""
        return self._words("balanceOf", holder)[0]

    def worth(self, shares: int) -> int:
        """Units that shares are worth now."""
        return self._words("convertToAssets", shares)[0]

    def unstake_request(self, owner: str) -> tuple[int, int, int]:
        """Shares that an owner asked to leave with, and from and until when it can (absolute seconds)."""
        shares, from_s, until_s = self._words("unstakeRequest", owner)
        return shares, from_s, until_s
