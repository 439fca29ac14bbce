// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @notice What a lending pool knows about an unhealthy account and the pair that a liquidator chose.
/// @dev "Base" amounts are US dollars with 8 decimals: collateral rounded down, debt rounded up.
/// @param pool Pool that asks.
/// @param user Account to be liquidated.
/// @param collateralAsset Reserve to be seized.
/// @param debtAsset Reserve to be repaid.
/// @param healthFactorWad Health factor, below 1e18.
/// @param totalCollateralBase Value of all collateral of the account.
/// @param totalDebtBase Value of all debt of the account.
/// @param reserveCollateralBase Value of its collateral in `collateralAsset`.
/// @param reserveDebtBase Value of its debt in `debtAsset`.
/// @param reserveDebtAssets The same debt in smallest units of `debtAsset`.
/// @param debtUnit One whole token of `debtAsset` in smallest units (10 ** decimals).
/// @param debtPriceBase Price of one whole token of `debtAsset`.
/// @param liquidationThresholdBps Threshold of `collateralAsset`, in bps: 8000 means 80 %.
/// @param configuredBonusBps Bonus of `collateralAsset` above par, in bps: 500 means 5 %.
struct LiquidationContext {
    address pool;
    address user;
    address collateralAsset;
    address debtAsset;
    uint256 healthFactorWad;
    uint256 totalCollateralBase;
    uint256 totalDebtBase;
    uint256 reserveCollateralBase;
    uint256 reserveDebtBase;
    uint256 reserveDebtAssets;
    uint256 debtUnit;
    uint256 debtPriceBase;
    uint256 liquidationThresholdBps;
    uint256 configuredBonusBps;
}

/// @notice What the terms allow.
/// @param maxDebtAssets Most that one call may repay, in smallest units of the debt asset; may exceed the debt,
/// which also bounds it.
/// @param bonusBps Collateral seized above par, in bps.
/// @param feeOnSeized Whether the reserve's protocol fee is a share of everything seized (Compound v2) instead
/// of a share of the bonus (Aave).
struct LiquidationOffer {
    uint256 maxDebtAssets;
    uint256 bonusBps;
    bool feeOnSeized;
}

/// @notice What a liquidation would leave in the chosen pair. Base values are rounded down.
struct LiquidationRemainder {
    uint256 debtAssets;
    uint256 debtBase;
    uint256 collateralAssets;
    uint256 collateralBase;
}

/// @title ILiquidationTerms
/// @notice How much of a debt may be repaid at once, at what bonus, and what may be left over.
/// @dev Eligibility (health below 1), execution and loss policy belong to the pool. Terms are read-only;
/// any that only need a `LiquidationContext` fit a pool without changing it.
interface ILiquidationTerms {
    /// @notice A partial liquidation would leave an amount too small for anyone to clear.
    /// @param leftDebtBase Debt left in the pair, in base units.
    /// @param leftCollateralBase Collateral left in the pair, in base units.
    /// @param minBase Least of each that may be left.
    error MustNotLeaveDust(uint256 leftDebtBase, uint256 leftCollateralBase, uint256 minBase);

    /// @notice A constructor parameter lies outside of its bounds.
    error TermsOutOfRange(bytes32 parameter, uint256 given, uint256 limit);

    /// @notice How much one call may repay, at what bonus, and what the protocol's fee is a share of.
    function offer(LiquidationContext calldata context) external view returns (LiquidationOffer memory);

    /// @notice Reverts if `left` may not remain after a liquidation.
    function checkRemainder(LiquidationContext calldata context, LiquidationRemainder calldata left) external view;

    /// @notice Most that `offer` can ever pay above par for a reserve with this configured bonus, in bps.
    function bonusBoundBps(uint256 configuredBonusBps) external view returns (uint256);
}
