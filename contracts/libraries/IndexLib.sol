// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IAggregatorV3} from "../interfaces/IAggregatorV3.sol";
import {IIndexed} from "../interfaces/IIndexed.sol";
import {IMarkPrice} from "../interfaces/IMarkPrice.sol";
import {FeedLib, FeedRound} from "./FeedLib.sol";
import {PerpBounds} from "./PerpBounds.sol";
import {QuoteLib} from "./QuoteLib.sol";

/// @notice Where an instrument's index comes from.
/// @param feed Quote per base; the zero address: none.
/// @param decimals Decimals of its answers.
/// @param maxAgeS Oldest price that counts, in seconds since its `updatedAt`; 0: of any age.
struct IndexSource {
    IAggregatorV3 feed;
    uint8 decimals;
    uint32 maxAgeS;
}

/// @title IndexLib
/// @notice The index of an instrument: its feed's newest answer with 8 decimals, or the error that says why not.
library IndexLib {
    uint256 private constant DECIMALS = 8;
    uint8 private constant MAX_DECIMALS = 18;

    /// @notice A source over a feed; reverts with `IndexDecimals` where it has more than 18 decimals.
    function sourceOf(IAggregatorV3 feed, uint32 maxAgeS) internal view returns (IndexSource memory) {
        uint8 decimals = feed.decimals();
        if (decimals > MAX_DECIMALS) revert IIndexed.IndexDecimals(decimals, MAX_DECIMALS);
        return IndexSource(feed, decimals, maxAgeS);
    }

    /// @notice The index, above 0 and at most `PerpBounds.MAX_PRICE_E8`. Reverts with `UnpricedInstrument`,
    /// `InvalidIndex` or `StaleIndex`.
    function priceE8(IndexSource memory source, address instrument) internal view returns (uint256 price) {
        if (address(source.feed) == address(0)) revert IMarkPrice.UnpricedInstrument(instrument);
        (bool valid, FeedRound memory round) = FeedLib.tryLatest(source.feed);
        if (!valid) revert IMarkPrice.InvalidIndex(instrument, round.answer);
        uint256 ageS = block.timestamp - round.updatedAt;
        if (source.maxAgeS != 0 && ageS > source.maxAgeS) {
            revert IMarkPrice.StaleIndex(instrument, ageS, source.maxAgeS);
        }
        price = QuoteLib.rescaledDown(uint256(round.answer), source.decimals, DECIMALS);
        if (price == 0 || price > PerpBounds.MAX_PRICE_E8) {
            revert IMarkPrice.InvalidIndex(instrument, round.answer);
        }
    }
}
