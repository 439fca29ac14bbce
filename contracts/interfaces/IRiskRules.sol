// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title IRiskRules
/// @notice What an account's collateral counts for, where that depends on more than the reserve: on who holds it,
/// on how much of it, on time, or on a measured volatility. A rule may stand on another and change its result.
/// @dev Values are US dollars with 8 decimals; weighted values are these times bps.
interface IRiskRules {
    /// @notice A parameter lies outside of its bounds.
    error RuleOutOfRange(bytes32 parameter, uint256 given, uint256 limit);

    /// @notice What collateral of value `base` counts for.
    /// @param ltvBps LTV of its reserve.
    /// @param thresholdBps Liquidation threshold of its reserve.
    /// @return ltvWeighted Its value times LTV: at most base * 10000.
    /// @return thresholdWeighted Its value times liquidation threshold: at least `ltvWeighted`, at most
    /// base * 10000.
    function weights(
        address user,
        address asset,
        uint256 base,
        uint256 ltvBps,
        uint256 thresholdBps
    ) external view returns (uint256 ltvWeighted, uint256 thresholdWeighted);

    /// @notice Liquidation bonus for collateral of `user`, in bps above par.
    function bonusBps(address user, address asset, uint256 configuredBps) external view returns (uint256);

    /// @notice Changes whenever collateral may weigh differently than before, unless the reason is an event that
    /// names the account. Whoever keeps health factors reads them all again when it does.
    function stateKey() external view returns (bytes32);

    /// @notice Called by the pool when `user` has borrowed `asset`; reverts where that is not allowed.
    function afterBorrow(address user, address asset) external;

    /// @notice Called by the pool when debt of `user` in `asset` fell; never reverts.
    function afterRepay(address user, address asset) external;
}
