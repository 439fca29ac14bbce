"""What a signer of a pull feed signs: EIP-712 typed data without a chain, so that it is the same on every one."""

from __future__ import annotations

from dataclasses import dataclass

from eth_utils import keccak

_DOMAIN_TYPE = keccak(text="EIP712Domain(string name,string version,address verifyingContract)")
_REPORT_TYPE = keccak(text="PriceReport(int256 price,uint256 confidence,uint64 publishTime)")
_NAME, _VERSION = keccak(text="Tailspin pull feed"), keccak(text="1")


@dataclass(frozen=True, slots=True)
class PriceReport:
    """A price and its confidence in the feed's decimals, and when it was seen, in seconds since the epoch."""

    price: int
    confidence: int
    publish_time_s: int

    def words(self) -> tuple[int, int, int]:
        """Return the fields in the order of the contract's struct."""
        return self.price, self.confidence, self.publish_time_s

    def digest(self, feed: str) -> bytes:
        """Return the 32 bytes that a signer of the feed at this address signs."""
        domain = keccak(_DOMAIN_TYPE + _NAME + _VERSION + bytes.fromhex(feed[2:]).rjust(32, b"\0"))
        words = b"".join((word % 2**256).to_bytes(32) for word in self.words())
        return keccak(b"\x19\x01" + domain + keccak(_REPORT_TYPE + words))
