// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title IIsolatedMarketCallbacks
/// @notice What a caller of an isolated market may implement; each is called only if `data` was not empty. At the
/// time of a call the books are closed, what the caller receives has been sent, and what it owes is pulled
/// afterwards by allowance.
interface IIsolatedMarketCallbacks {
    /// @notice `assets` of the loan token are due for a supply.
    function onIsolatedSupply(uint256 assets, bytes calldata data) external;

    /// @notice `assets` of the collateral token are due.
    function onIsolatedSupplyCollateral(uint256 assets, bytes calldata data) external;

    /// @notice `assets` of the loan token are due for a repayment.
    function onIsolatedRepay(uint256 assets, bytes calldata data) external;

    /// @notice `seizedAssets` of collateral have arrived; `repaidAssets` of the loan token are due.
    function onIsolatedLiquidate(uint256 repaidAssets, uint256 seizedAssets, bytes calldata data) external;

    /// @notice `assets` of `token` have arrived and are due back.
    function onIsolatedFlashLoan(address token, uint256 assets, bytes calldata data) external;
}
