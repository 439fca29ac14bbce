// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IAggregatorV3} from "../../interfaces/IAggregatorV3.sol";
import {FeedLib, FeedRound} from "../FeedLib.sol";
import {QuoteLib} from "../QuoteLib.sol";

/// @title ExposedQuotes
/// @notice Formulas of layers over feeds and checked reads, for tests. No protocol calls it.
contract ExposedQuotes {
    uint256 private constant MOST = 9;

    /// @notice `QuoteLib.rescaledDown`.
    function rescaledDown(uint256 price, uint256 decimals, uint256 toDecimals) external pure returns (uint256) {
        return QuoteLib.rescaledDown(price, decimals, toDecimals);
    }

    /// @notice `QuoteLib.anchoredDown`.
    function anchoredDown(
        uint256 price,
        uint256 decimals,
        uint256 anchor,
        uint256 anchorDecimals,
        uint256 bandBps
    ) external pure returns (uint256) {
        return QuoteLib.anchoredDown(price, decimals, anchor, anchorDecimals, bandBps);
    }

    /// @notice `QuoteLib.medianDown` of the first `count` of nine rounds: answers, `startedAt`, `updatedAt`.
    function medianDown(
        uint256 count,
        int256[MOST] calldata answers,
        uint256[MOST] calldata startedAt,
        uint256[MOST] calldata updatedAt
    ) external pure returns (FeedRound memory) {
        FeedRound[] memory rounds = new FeedRound[](MOST);
        for (uint256 i = 0; i < MOST; ++i) rounds[i] = FeedRound(0, answers[i], startedAt[i], updatedAt[i]);
        return QuoteLib.medianDown(rounds, count);
    }

    /// @notice `FeedLib.tryLatest`.
    function tryLatest(IAggregatorV3 feed) external view returns (bool valid, FeedRound memory round) {
        return FeedLib.tryLatest(feed);
    }
}
