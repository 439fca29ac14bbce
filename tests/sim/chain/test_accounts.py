"""Accounts are those that any BIP-44 wallet derives from the phrase."""

import pytest
from eth_account import Account

from sim.chain.accounts import ACCOUNTS, MNEMONIC, Accounts

Account.enable_unaudited_hdwallet_features()


@pytest.mark.parametrize("index", [0, 1, 77, 4_999])
def test_addresses_and_keys_equal_a_wallets(index):
    wallet = Account.from_mnemonic(MNEMONIC, account_path=f"m/44'/60'/0'/0/{index}")
    assert (ACCOUNTS.address(index), ACCOUNTS.private_key(index)) == (wallet.address, bytes(wallet.key))


def test_another_phrase_gives_other_accounts_as_published():
    # The well-known test phrase of development nodes and its first account.
    accounts = Accounts("test test test test test test test test test test test junk")
    assert accounts.address(0) == "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"


@pytest.mark.parametrize("index", [-1, 2**31])
def test_an_index_outside_the_path_is_refused(index):
    with pytest.raises(ValueError, match="outside"):
        ACCOUNTS.address(index)
