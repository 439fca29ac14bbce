// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Candidate} from "../../interfaces/IDeleveraging.sol";
import {DeleveragingLib} from "../../libraries/DeleveragingLib.sol";
import {RankedDeleveraging} from "./RankedDeleveraging.sol";

/// @title WalletReturnQueue
/// @notice Binance's queue: winners by profit over wallet balance times maintenance margin over equity.
contract WalletReturnQueue is RankedDeleveraging {
    /// @notice Balance that a smaller wallet counts as: one whole quote token.
    uint256 public immutable leastWalletQuote;

    constructor(uint256 leastWalletQuote_) {
        uint256 limit = type(uint96).max;
        if (leastWalletQuote_ == 0 || leastWalletQuote_ > limit) {
            revert DeleveragingOutOfRange("leastWalletQuote", leastWalletQuote_, limit);
        }
        leastWalletQuote = leastWalletQuote_;
    }

    function _score(Candidate calldata candidate, uint256) internal view override returns (int256) {
        return DeleveragingLib.walletReturnWad(candidate, leastWalletQuote);
    }
}
