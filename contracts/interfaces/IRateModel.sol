// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @notice What a reserve knows about itself when it asks for its rates. Amounts are smallest units.
/// @param asset Token of the reserve.
/// @param cash Tokens that it holds.
/// @param debtUpAssets All debt, rounded up: what borrowers are charged on.
/// @param debtDownAssets All debt, rounded down: what suppliers may count on.
/// @param unbackedAssets Deficit, and claims on an execution that bear no interest.
/// @param suppliedAssets Claims of suppliers, without the treasury's, rounded up.
/// @param reserveFactorBps Share of borrowers' interest that goes to the treasury, in bps.
struct RateContext {
    address asset;
    uint256 cash;
    uint256 debtUpAssets;
    uint256 debtDownAssets;
    uint256 unbackedAssets;
    uint256 suppliedAssets;
    uint256 reserveFactorBps;
}

/// @title IRateModel
/// @notice Interest rates of a reserve.
interface IRateModel {
    /// @notice A constructor parameter lies outside of its bounds.
    error RateOutOfRange(bytes32 parameter, uint256 given, uint256 limit);

    /// @notice Rates from now on, in ray a year: those of debt rounded up, those of supply down.
    /// @dev A lending pool asks at the end of every action on a reserve. A model that adapts keeps its state
    /// by caller and asset.
    function rates(RateContext calldata context) external returns (uint256 borrowRateRay, uint256 supplyRateRay);
}
