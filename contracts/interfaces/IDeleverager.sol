// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IDeleverageStage} from "./IDeleverageStage.sol";
import {IRanker} from "./IRanker.sol";

/// @title IDeleverager
/// @notice Keeper's hand for liquidations that may end in deleveraging: it ranks in the same transaction, for any policy
/// and fill price, so that no trade before it makes the ranking stale.
/// @dev Shared by all keepers and all stages: it holds and owes nothing. Gas grows with the book, as that of any ranking
/// does.
interface IDeleverager is IRanker {
    /// @notice Liquidates through a stage. Nothing is ranked where the liquidation ends before it comes to the stage.
    /// @return closedWad What was closed, with the sign of the position.
    /// @return feeQuote Paid by the stage to the caller, or owed to it there.
    function liquidate(
        IDeleverageStage stage,
        address owner,
        address slot,
        address instrument
    ) external returns (int256 closedWad, uint256 feeQuote);
}
