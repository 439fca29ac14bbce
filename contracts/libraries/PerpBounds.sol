// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title PerpBounds
/// @notice Largest sizes and prices that perpetuals are priced for: with these, values in quote tokens of up to 18
/// decimals do not overflow, nor do squares of values with 8.
library PerpBounds {
    /// @notice A million billion whole units of base, 18 decimals.
    uint256 internal constant MAX_SIZE_WAD = 1e33;
    /// @notice A thousand billion units of quote per base, 8 decimals.
    uint256 internal constant MAX_PRICE_E8 = 1e20;
    /// @notice Decimals of a size times a price.
    uint256 internal constant VALUE_DECIMALS = 26;
}
