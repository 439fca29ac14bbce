"""Ape's own contract calls on the Anvil that it starts: prints transactions per second."""

import sys
import time

import ape


def transactions_per_s(count: int) -> float:
    """Deploy a token and transfer it `count` times through Ape's contract object."""
    with ape.networks.parse_network_choice("ethereum:local:foundry"):
        owner, other = ape.accounts.test_accounts[0], ape.accounts.test_accounts[1]
        token = owner.deploy(ape.project.AssetToken, "Asset", "AST", 18, owner)
        token.mint(owner, 10**24, sender=owner)
        started = time.perf_counter()
        for _ in range(count):
            token.transfer(other, 10**18, sender=owner)
        return count / (time.perf_counter() - started)


if __name__ == "__main__":
    rate = transactions_per_s(int(sys.argv[1]))
    sys.stderr.flush()
    print(f"per_s {rate}")
