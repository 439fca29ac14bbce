// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IAggregatorV3} from "../../interfaces/IAggregatorV3.sol";
import {IExchangeRate} from "../../interfaces/IExchangeRate.sol";
import {IRatioFeed} from "../../interfaces/IRatioFeed.sol";
import {FeedRound} from "../../libraries/FeedLib.sol";
import {RoundLib} from "../../libraries/RoundLib.sol";
import {WadMath} from "../../libraries/WadMath.sol";
import {FeedLayer} from "../layers/FeedLayer.sol";

/// @title RatioFeed
/// @notice See `IRatioFeed`.
contract RatioFeed is FeedLayer, IRatioFeed {
    uint256 private constant MAX_ANSWER = uint256(uint128(type(int128).max));

    /// @inheritdoc IRatioFeed
    IExchangeRate public immutable rate;

    /// @param underlying Feed of the underlying.
    /// @param rate_ Underlying per claim.
    constructor(IAggregatorV3 underlying, IExchangeRate rate_) FeedLayer(underlying) {
        rate = rate_;
    }

    function _latest() internal view override returns (FeedRound memory round) {
        round = _inner();
        RoundLib.requireValid(round);
        uint256 rateWad = rate.rateWad();
        if (rateWad > MAX_ANSWER) revert UnusableRate(round.answer, rateWad);
        uint256 priceDown = WadMath.wadMulDown(uint256(round.answer), rateWad);
        if (priceDown == 0 || priceDown > MAX_ANSWER) revert UnusableRate(round.answer, rateWad);
        round.answer = int256(priceDown);
    }

    function _what() internal pure override returns (string memory) {
        return "times an exchange rate";
    }
}
