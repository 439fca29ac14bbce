// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ISoftLiquidationMarket} from "./ISoftLiquidationMarket.sol";

/// @title ISoftLens
/// @notice Batched reads of markets of soft liquidation, word by word as `ITestbedLens` gives those of pools. The
/// reserves of a market are its collateral and its borrowed asset, in this order.
interface ISoftLens {
    /// @notice Per account: 1 + health (wad, 0 at the least; see `healthAboveBandsWad`), collateral and debt in base
    /// units (US dollars, 8 decimals), then supplied and owed amounts per reserve. What is converted counts as
    /// supplied of the borrowed asset. Without a usable price the health is the maximum and both values are 0.
    function accountWords(
        ISoftLiquidationMarket market,
        address[] calldata users
    ) external view returns (uint256[] memory);

    /// @notice The words of `ReserveState` of the collateral and of the borrowed asset. The market holds no collateral
    /// and owes none: it lies in the exchange. Its price is the exchange's, bound in its steps.
    function reserveWords(ISoftLiquidationMarket market) external view returns (uint256[] memory);
}
