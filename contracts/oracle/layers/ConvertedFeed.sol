// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IAggregatorV3} from "../../interfaces/IAggregatorV3.sol";
import {IConvertedFeed} from "../../interfaces/IConvertedFeed.sol";
import {FeedLib, FeedRound} from "../../libraries/FeedLib.sol";
import {RoundLib} from "../../libraries/RoundLib.sol";
import {FeedLayer} from "./FeedLayer.sol";

/// @title ConvertedFeed
/// @notice See `IConvertedFeed`.
contract ConvertedFeed is FeedLayer, IConvertedFeed {
    uint256 private constant MAX_DECIMALS = 18;
    uint256 private constant MAX_ANSWER = uint256(uint128(type(int128).max));

    /// @inheritdoc IConvertedFeed
    IAggregatorV3 public immutable unitFeed;

    uint256 private immutable _unit;

    /// @param inner_ A price counted in an asset.
    /// @param unitFeed_ That asset's price; of at most 18 decimals.
    constructor(IAggregatorV3 inner_, IAggregatorV3 unitFeed_) FeedLayer(inner_) {
        uint256 unitDecimals = unitFeed_.decimals();
        if (unitDecimals > MAX_DECIMALS) revert ParameterOutOfRange("unitDecimals", unitDecimals, MAX_DECIMALS);
        unitFeed = unitFeed_;
        _unit = 10 ** unitDecimals;
    }

    function _latest() internal view override returns (FeedRound memory round) {
        round = _inner();
        RoundLib.requireValid(round);
        FeedRound memory unitRound = FeedLib.latest(unitFeed);
        RoundLib.requireValid(unitRound);
        // Two answers of 127 bits each cannot overflow.
        uint256 productDown = (uint256(round.answer) * uint256(unitRound.answer)) / _unit;
        if (productDown == 0 || productDown > MAX_ANSWER) revert UnusableProduct(round.answer, unitRound.answer);
        round.answer = int256(productDown);
        round.startedAt = Math.min(round.startedAt, unitRound.startedAt);
        round.updatedAt = Math.min(round.updatedAt, unitRound.updatedAt);
    }

    function _what() internal pure override returns (string memory) {
        return "converted";
    }
}
