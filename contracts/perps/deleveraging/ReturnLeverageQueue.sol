// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Candidate} from "../../interfaces/IDeleveraging.sol";
import {DeleveragingLib} from "../../libraries/DeleveragingLib.sol";
import {RankedDeleveraging} from "./RankedDeleveraging.sol";

/// @title ReturnLeverageQueue
/// @notice BitMEX's queue: winners by return times leverage, each closed whole before the next one.
contract ReturnLeverageQueue is RankedDeleveraging {
    function _score(Candidate calldata candidate, uint256) internal pure override returns (int256) {
        return DeleveragingLib.returnLeverageWad(candidate);
    }
}
