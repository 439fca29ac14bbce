// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IFeedChecks} from "../interfaces/IFeedChecks.sol";
import {FeedRound} from "./FeedLib.sol";

/// @notice A valid round in two slots; empty while `updatedAt` is 0.
struct KeptRound {
    int128 answer;
    uint64 startedAt;
    uint64 updatedAt;
    uint80 roundId;
}

/// @title RoundLib
/// @notice Checks of rounds, and rounds that a layer keeps.
library RoundLib {
    /// @notice Reverts unless the answer is a price and its times are past: what `FeedLib.tryLatest` calls valid.
    function requireValid(FeedRound memory round) internal view {
        if (round.answer <= 0 || round.answer > type(int128).max) revert IFeedChecks.InvalidAnswer(round.answer);
        uint256 latestS = round.updatedAt > round.startedAt ? round.updatedAt : round.startedAt;
        if (latestS > block.timestamp) revert IFeedChecks.FutureDated(latestS, block.timestamp);
    }

    /// @notice Whether a round that is not from the future is at most `maxAgeS` old; 0: of any age.
    function isFresh(FeedRound memory round, uint256 maxAgeS) internal view returns (bool) {
        return maxAgeS == 0 || block.timestamp - round.updatedAt <= maxAgeS;
    }

    /// @notice Stores a valid round.
    function keep(KeptRound storage kept, FeedRound memory round) internal {
        kept.answer = int128(round.answer);
        kept.startedAt = uint64(round.startedAt);
        kept.updatedAt = uint64(round.updatedAt);
        kept.roundId = round.roundId;
    }

    /// @notice The round that is kept.
    function load(KeptRound storage kept) internal view returns (FeedRound memory) {
        return FeedRound(kept.roundId, kept.answer, kept.startedAt, kept.updatedAt);
    }

    /// @notice The round that is kept; reverts where there is none.
    function loadExisting(KeptRound storage kept) internal view returns (FeedRound memory) {
        if (kept.updatedAt == 0) revert IFeedChecks.NoRound();
        return load(kept);
    }

    /// @notice Whether this very round is kept.
    function holds(KeptRound storage kept, FeedRound memory round) internal view returns (bool) {
        return
            kept.answer == round.answer &&
            kept.startedAt == round.startedAt &&
            kept.updatedAt == round.updatedAt &&
            kept.roundId == round.roundId;
    }
}
