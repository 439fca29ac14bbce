// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {AssetToken} from "../AssetToken.sol";

/// @title StoppableToken
/// @notice A token whose owner can stop all transfers, or those of single accounts, as issuers of stablecoins can.
/// For tests of markets.
contract StoppableToken is AssetToken {
    bool public paused;
    mapping(address account => bool) public blocked;

    /// @notice Transfers are stopped.
    error TransfersPaused();
    /// @notice This account may neither send nor receive.
    error AccountBlocked(address account);

    constructor(
        string memory name_,
        string memory symbol_,
        uint8 decimals_,
        address owner_
    ) AssetToken(name_, symbol_, decimals_, owner_) {}

    /// @notice Stops or resumes all transfers.
    function setPaused(bool paused_) external onlyOwner {
        paused = paused_;
    }

    /// @notice Blocks or unblocks an account.
    function setBlocked(address account, bool blocked_) external onlyOwner {
        blocked[account] = blocked_;
    }

    function _update(address from, address to, uint256 amount) internal override {
        if (paused) revert TransfersPaused();
        if (blocked[from]) revert AccountBlocked(from);
        if (blocked[to]) revert AccountBlocked(to);
        super._update(from, to, amount);
    }
}
