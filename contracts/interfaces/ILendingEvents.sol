// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title ILendingEvents
/// @notice What every lending market says about balances, liquidations and losses, whatever its design.
/// @dev Amounts are smallest units of their token, prices have 8 decimals.
interface ILendingEvents {
    /// @notice `payer` supplied `amount` for `user`.
    event Supplied(address indexed asset, address indexed user, address payer, uint256 amount);

    /// @notice `user` withdrew `amount` to `to`.
    event Withdrawn(address indexed asset, address indexed user, address to, uint256 amount);

    /// @notice `user` borrowed `amount`.
    event Borrowed(address indexed asset, address indexed user, uint256 amount);

    /// @notice `payer` repaid `amount` of `user`'s debt.
    event Repaid(address indexed asset, address indexed user, address payer, uint256 amount);

    /// @notice An unhealthy account was liquidated.
    /// @param repaidAssets Debt repaid by the liquidator.
    /// @param seizedAssets Collateral that left the account, `protocolFeeAssets` included.
    /// @param protocolFeeAssets Part of it that went to the treasury.
    /// @param receiveShares Whether the liquidator took a supply balance instead of tokens.
    /// @param healthBeforeWad Health factor before.
    /// @param healthAfterWad Health factor after; the maximum of uint256 without debt.
    /// @param collateralPriceBase Price read for the collateral.
    /// @param debtPriceBase Price read for the debt.
    event Liquidation(
        address indexed user,
        address indexed collateralAsset,
        address indexed debtAsset,
        address liquidator,
        uint256 repaidAssets,
        uint256 seizedAssets,
        uint256 protocolFeeAssets,
        bool receiveShares,
        uint256 healthBeforeWad,
        uint256 healthAfterWad,
        uint256 collateralPriceBase,
        uint256 debtPriceBase
    );

    /// @notice `amount` of `user`'s debt had nothing left behind it and was booked as deficit.
    event DeficitCreated(address indexed user, address indexed asset, uint256 amount);

    /// @notice `payer` paid in `amount` against the deficit of a reserve.
    event DeficitCovered(address indexed asset, address indexed payer, uint256 amount);

    /// @notice `amount` of a loss was taken off all suppliers of a reserve.
    /// @param indexRay Assets per scaled unit of supply (or per share) after it, in ray.
    event LossSocialised(address indexed asset, uint256 amount, uint256 indexRay);
}
