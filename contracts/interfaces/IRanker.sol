// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Deleveraging} from "./IDeleveraging.sol";

/// @title IRanker
/// @notice Ranks candidates in the middle of a liquidation, when a `DeleverageStage` asks for it.
interface IRanker {
    /// @notice Order of the policy of the stage that asks, highest score first.
    /// @param d What is to be closed, with all open positions of the other side in no order.
    /// @return numbers Of these positions, from 0.
    function order(Deleveraging calldata d) external view returns (uint256[] memory numbers);
}
