// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title IAuctionCallee
/// @notice A contract that gets the collateral of a Dutch auction before it is paid for.
interface IAuctionCallee {
    /// @notice Called after the collateral has arrived and before the payment is taken from `buyer`.
    /// @param buyer Who called `take` and owes the payment.
    /// @param lotId The lot.
    /// @param collateralAsset What was sent to this contract.
    /// @param debtAsset What is owed.
    /// @param soldAssets Collateral sent, in smallest units.
    /// @param owedAssets Payment owed, in smallest units of `debtAsset`.
    /// @param data As given to `take`.
    function onAuctionTake(
        address buyer,
        uint256 lotId,
        address collateralAsset,
        address debtAsset,
        uint256 soldAssets,
        uint256 owedAssets,
        bytes calldata data
    ) external;
}
