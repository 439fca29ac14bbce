// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {AssetToken} from "../AssetToken.sol";

/// @title ITransferHooks
/// @notice What a holder that asked for it is told, as ERC-777 tells it.
interface ITransferHooks {
    /// @notice `amount` is about to leave the holder.
    function tokensToSend(address from, address to, uint256 amount) external;

    /// @notice `amount` has reached the holder.
    function tokensReceived(address from, address to, uint256 amount) external;
}

/// @title CallbackToken
/// @notice A token that calls the holders who asked for it, before they send and after they receive, as ERC-777
/// does. For tests of markets.
contract CallbackToken is AssetToken {
    mapping(address holder => bool) public hooked;

    constructor(
        string memory name_,
        string memory symbol_,
        uint8 decimals_,
        address owner_
    ) AssetToken(name_, symbol_, decimals_, owner_) {}

    /// @notice Calls a holder from now on, or no longer.
    function setHooked(address holder, bool hooked_) external onlyOwner {
        hooked[holder] = hooked_;
    }

    function _update(address from, address to, uint256 amount) internal override {
        if (hooked[from]) ITransferHooks(from).tokensToSend(from, to, amount);
        super._update(from, to, amount);
        if (hooked[to]) ITransferHooks(to).tokensReceived(from, to, amount);
    }
}
