// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Deleveraging} from "../interfaces/IDeleveraging.sol";
import {ReturnLeverageQueue} from "../perps/deleveraging/ReturnLeverageQueue.sol";

/// @title UnverifiedQueue
/// @notice Planted flaw: the ranking that a keeper brings is taken as it is, so that whoever sends it chooses who is
/// closed against a bankrupt position.
/// @dev A queue that is sorted off the chain and whose order nobody checks is how centralised venues deleverage, and
/// what dYdX v4 leaves to a daemon. Certain: that such orders are not checked there. No theft by one is known.
contract UnverifiedQueue is ReturnLeverageQueue {
    function _requireRanked(Deleveraging calldata d, uint256[] memory closableWad) internal pure override {}
}
