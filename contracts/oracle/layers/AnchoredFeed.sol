// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IAggregatorV3} from "../../interfaces/IAggregatorV3.sol";
import {IAnchoredFeed, WithoutAnchor} from "../../interfaces/IAnchoredFeed.sol";
import {FeedLib, FeedRound} from "../../libraries/FeedLib.sol";
import {QuoteLib} from "../../libraries/QuoteLib.sol";
import {RoundLib} from "../../libraries/RoundLib.sol";
import {FeedLayer} from "./FeedLayer.sol";

/// @title AnchoredFeed
/// @notice See `IAnchoredFeed`.
contract AnchoredFeed is FeedLayer, IAnchoredFeed {
    using RoundLib for FeedRound;

    uint256 private constant MAX_DECIMALS = 18;
    uint256 private constant BPS = 1e4;

    /// @inheritdoc IAnchoredFeed
    IAggregatorV3 public immutable anchor;
    /// @inheritdoc IAnchoredFeed
    uint256 public immutable bandBps;
    /// @inheritdoc IAnchoredFeed
    uint256 public immutable maxAnchorAgeS;
    /// @inheritdoc IAnchoredFeed
    WithoutAnchor public immutable withoutAnchor;

    uint256 private immutable _anchorDecimals;

    /// @param inner_ The reported price.
    /// @param anchor_ The feed that sets the band; its decimals may differ.
    /// @param bandBps_ Half the width of the band, in bps of the anchor; at most 10000.
    /// @param maxAnchorAgeS_ The oldest anchor that is used, in seconds; 0: of any age.
    /// @param withoutAnchor_ What happens without an anchor.
    constructor(
        IAggregatorV3 inner_,
        IAggregatorV3 anchor_,
        uint256 bandBps_,
        uint256 maxAnchorAgeS_,
        WithoutAnchor withoutAnchor_
    ) FeedLayer(inner_) {
        _anchorDecimals = anchor_.decimals();
        if (decimals > MAX_DECIMALS) revert ParameterOutOfRange("decimals", decimals, MAX_DECIMALS);
        if (_anchorDecimals > MAX_DECIMALS) {
            revert ParameterOutOfRange("anchorDecimals", _anchorDecimals, MAX_DECIMALS);
        }
        if (bandBps_ > BPS) revert ParameterOutOfRange("bandBps", bandBps_, BPS);
        anchor = anchor_;
        bandBps = bandBps_;
        maxAnchorAgeS = maxAnchorAgeS_;
        withoutAnchor = withoutAnchor_;
    }

    function _latest() internal view override returns (FeedRound memory round) {
        round = _inner();
        round.requireValid();
        (bool valid, FeedRound memory at) = FeedLib.tryLatest(anchor);
        uint256 price = uint256(round.answer);
        if (valid && at.isFresh(maxAnchorAgeS)) {
            price = QuoteLib.anchoredDown(price, decimals, uint256(at.answer), _anchorDecimals, bandBps);
            valid = price != 0 && price <= uint256(int256(type(int128).max));
        } else {
            valid = false;
        }
        if (!valid) {
            if (withoutAnchor == WithoutAnchor.Refuse) revert NoAnchor();
        } else if (price != uint256(round.answer)) {
            round.answer = int256(price);
            round.startedAt = Math.min(round.startedAt, at.startedAt);
            round.updatedAt = Math.min(round.updatedAt, at.updatedAt);
        }
    }

    function _what() internal pure override returns (string memory) {
        return "anchored";
    }
}
