// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ILossPolicy, LossBearer} from "../../interfaces/ILossPolicy.sol";

/// @title SocialiseLosses
/// @notice What insurance does not cover is taken off all suppliers of the reserve at once, in proportion, as in
/// Morpho Blue. There is no deficit to run from, but who withdraws just before escapes.
contract SocialiseLosses is ILossPolicy {
    /// @inheritdoc ILossPolicy
    function bearer(address, uint256, uint256) external pure returns (LossBearer) {
        return LossBearer.Suppliers;
    }
}
