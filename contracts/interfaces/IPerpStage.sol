// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IPerpMarket} from "./IPerpMarket.sol";
import {IWaterfallStage} from "./IWaterfallStage.sol";

/// @title IPerpStage
/// @notice A stage of the waterfall of one market.
interface IPerpStage is IWaterfallStage {
    /// @notice Only the market asks.
    error NotMarket(address caller);

    /// @notice The market.
    function market() external view returns (IPerpMarket);
}
