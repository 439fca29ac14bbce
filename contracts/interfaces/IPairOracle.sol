// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IAggregatorV3} from "./IAggregatorV3.sol";

/// @title IPairOracle
/// @notice Price of one asset in another, and of both in US dollars.
interface IPairOracle {
    /// @notice The feed's answer, or what becomes of it at the scale asked for, is not above 0.
    error InvalidPrice(address feed, int256 answer);
    /// @notice The price is older than accepted, in seconds.
    error StalePrice(uint256 age, uint256 maxAge);
    /// @notice The decimals of tokens and feeds leave no scale for the price: it must lie in [0, 77].
    error ScaleOutOfRange(int256 exponent);

    /// @notice Feed of the collateral in US dollars.
    function collateralFeed() external view returns (IAggregatorV3);

    /// @notice Feed of the loan asset in US dollars.
    function loanFeed() external view returns (IAggregatorV3);

    /// @notice Oldest collateral price that is accepted, in seconds since the feed's `updatedAt`; 0: unchecked.
    function maxCollateralAgeS() external view returns (uint256);

    /// @notice Oldest price of the loan asset that is accepted; 0: unchecked.
    function maxLoanAgeS() external view returns (uint256);

    /// @notice Smallest units of the loan asset per smallest unit of collateral, times 1e36, rounded down.
    /// @dev Reverts with `InvalidPrice` or `StalePrice`.
    function price() external view returns (uint256);

    /// @notice Both prices of a whole token in US dollars with 8 decimals, rounded down: what observers read.
    /// They are of any age, and 0 where a feed gives none or it is too small for 8 decimals.
    /// @return collateralBase Price of the collateral.
    /// @return collateralUpdatedAt When it was reported, in seconds since the epoch.
    /// @return loanBase Price of the loan asset.
    /// @return loanUpdatedAt When it was reported.
    function basePrices()
        external
        view
        returns (uint256 collateralBase, uint256 collateralUpdatedAt, uint256 loanBase, uint256 loanUpdatedAt);
}
