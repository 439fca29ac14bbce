// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @notice Who bears a loss: the books of the account that made it (nobody, until someone pays), the reserve as
/// a deficit that waits for cover, or its suppliers at once.
enum LossBearer {
    Account,
    Deficit,
    Suppliers
}

/// @title ILossPolicy
/// @notice What becomes of debt with nothing left behind it.
interface ILossPolicy {
    /// @notice Who bears a loss of `lossAssets` in a reserve with claims of `suppliedAssets`.
    /// @dev Asked before debt is written off (`Account`: it is not), and again for what insurance left
    /// uncovered (`Suppliers`: claims fall now).
    function bearer(address asset, uint256 lossAssets, uint256 suppliedAssets) external view returns (LossBearer);
}
