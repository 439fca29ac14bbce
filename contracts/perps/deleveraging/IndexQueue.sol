// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Candidate} from "../../interfaces/IDeleveraging.sol";
import {DeleveragingLib, IndexForm} from "../../libraries/DeleveragingLib.sol";
import {RankedDeleveraging} from "./RankedDeleveraging.sol";

/// @title IndexQueue
/// @notice Hyperliquid's queue: winners by its sorting index.
contract IndexQueue is RankedDeleveraging {
    /// @notice How the index is read.
    IndexForm public immutable form;

    constructor(IndexForm form_) {
        form = form_;
    }

    function _score(Candidate calldata candidate, uint256) internal view override returns (int256) {
        return DeleveragingLib.indexWad(candidate, form);
    }
}
