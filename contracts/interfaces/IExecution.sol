// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title IExecution
/// @notice What every execution that sells seized collateral over time says about its lots.
/// @dev Amounts are smallest units of their token. A lot is the collateral and the debt of one seizure.
interface IExecution {
    /// @notice `buyer` bought collateral of a lot.
    event CollateralSold(
        uint256 indexed lotId,
        address indexed user,
        address indexed collateralAsset,
        address debtAsset,
        address buyer,
        uint256 soldAssets,
        uint256 paidAssets
    );

    /// @notice Collateral of a lot went back to the account that it came from.
    event CollateralReturned(
        uint256 indexed lotId,
        address indexed user,
        address indexed collateralAsset,
        uint256 amount
    );

    /// @notice A lot is done with: what was recovered of its debt, and what was lost.
    event LotClosed(
        uint256 indexed lotId,
        address indexed user,
        address indexed debtAsset,
        uint256 recoveredAssets,
        uint256 lostAssets
    );
}
