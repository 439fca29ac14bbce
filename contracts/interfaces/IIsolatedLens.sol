// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IIsolatedMarket} from "./IIsolatedMarket.sol";

/// @title IIsolatedLens
/// @notice Batched reads of isolated markets, word by word as `ITestbedLens` gives those of pools. The reserves
/// of a market are its collateral and its loan asset, in this order.
interface IIsolatedLens {
    /// @notice Per account: health factor (wad), collateral and debt in base units (US dollars, 8 decimals),
    /// then supplied and owed amounts per reserve. Where the oracle refuses its prices, the last ones are used.
    function accountWords(
        IIsolatedMarket market,
        address[] calldata users
    ) external view returns (uint256[] memory);

    /// @notice `ReserveState` of the collateral and of the loan asset. All collateral held is cash of its
    /// reserve; what is not lent is cash of the other.
    function reserveWords(IIsolatedMarket market) external view returns (uint256[] memory);
}
