// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title IMarkPrice
/// @notice Index and mark price of the instruments of a perpetual market. Margin and liquidation look at the mark,
/// funding is paid on the index.
/// @dev Prices are quote per base with 8 decimals. A view either returns a price above 0 that may be relied on, or
/// reverts.
interface IMarkPrice {
    /// @notice The instrument is not priced here.
    error UnpricedInstrument(address instrument);

    /// @notice The index gives no usable price: its feed reverted, or its answer is not above 0.
    error InvalidIndex(address instrument, int256 answer);

    /// @notice The index is older than allowed.
    error StaleIndex(address instrument, uint256 ageS, uint256 maxAgeS);

    /// @notice Mark price. Reverts where the index is invalid.
    function markE8(address instrument) external view returns (uint256);

    /// @notice Index price. Reverts where it is invalid.
    function indexE8(address instrument) external view returns (uint256);

    /// @notice Whether `poke` would record anything now. Never reverts.
    function due(address instrument) external view returns (bool);

    /// @notice Records what averages need. Reverts where there is nothing to record.
    function poke(address instrument) external;
}
