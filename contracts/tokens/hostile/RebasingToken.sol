// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {AssetToken} from "../AssetToken.sol";

/// @title RebasingToken
/// @notice A token whose owner takes from, or gives to, a holder outside of any transfer, as rebasing ones do to all
/// of them. For tests of markets.
contract RebasingToken is AssetToken {
    constructor(
        string memory name_,
        string memory symbol_,
        uint8 decimals_,
        address owner_
    ) AssetToken(name_, symbol_, decimals_, owner_) {}

    /// @notice Sets a holder's balance to `shareBps` of what it is.
    function rebase(address holder, uint256 shareBps) external onlyOwner {
        uint256 balance = balanceOf(holder);
        uint256 target = (balance * shareBps) / 1e4;
        if (target > balance) _mint(holder, target - balance);
        else _burn(holder, balance - target);
    }
}
