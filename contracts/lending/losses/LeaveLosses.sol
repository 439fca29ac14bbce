// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ILossPolicy, LossBearer} from "../../interfaces/ILossPolicy.sol";

/// @title LeaveLosses
/// @notice Bad debt stays on the books of its account and accrues interest, as in Compound v2: nobody writes it
/// off, and suppliers find out when the last of them cannot withdraw.
contract LeaveLosses is ILossPolicy {
    /// @inheritdoc ILossPolicy
    function bearer(address, uint256, uint256) external pure returns (LossBearer) {
        return LossBearer.Account;
    }
}
