// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IAggregatorV3} from "../interfaces/IAggregatorV3.sol";
import {IFeedVolatility, SamplingParams} from "../interfaces/IFeedVolatility.sol";
import {IVolatilityEstimator} from "../interfaces/IVolatilityEstimator.sol";
import {VolatilityLib} from "../libraries/VolatilityLib.sol";

/// @title VolatilityEstimator
/// @notice See `IFeedVolatility`. Feeds and parameters are fixed at deployment; there is no owner.
contract VolatilityEstimator is IFeedVolatility {
    uint256 private constant MAX_INITIAL_BPS = 1e6;

    struct Sample {
        uint256 varianceWad;
        uint128 answer;
        uint64 updatedAtS;
    }

    SamplingParams private _params;
    mapping(address asset => Sample) private _samples;

    /// @inheritdoc IFeedVolatility
    mapping(address asset => address) public feed;

    constructor(address[] memory assets, address[] memory feeds, SamplingParams memory params_) {
        if (params_.decayWad >= 1e18) revert SamplingOutOfRange("decayWad", params_.decayWad, 1e18);
        if (params_.intervalS == 0) revert SamplingOutOfRange("intervalS", 0, 1);
        if (params_.initialVolatilityBps > MAX_INITIAL_BPS) {
            revert SamplingOutOfRange("initialVolatilityBps", params_.initialVolatilityBps, MAX_INITIAL_BPS);
        }
        if (feeds.length != assets.length) revert SamplingOutOfRange("feeds", feeds.length, assets.length);
        _params = params_;
        uint256 initialWad = (uint256(params_.initialVolatilityBps) * 1e14) ** 2 / 1e18;
        for (uint256 i = 0; i < assets.length; ++i) {
            feed[assets[i]] = feeds[i];
            _samples[assets[i]].varianceWad = initialWad;
        }
    }

    /// @inheritdoc IFeedVolatility
    function poke(address asset) external returns (uint256) {
        if (feed[asset] == address(0)) revert NoFeed(asset);
        (, int256 answer, , uint256 updatedAtS, ) = IAggregatorV3(feed[asset]).latestRoundData();
        if (answer <= 0 || uint256(answer) > type(uint128).max) revert AnswerUnusable(answer);
        Sample storage last = _samples[asset];
        uint256 elapsedS = Math.saturatingSub(updatedAtS, last.updatedAtS);
        if (elapsedS < _params.intervalS) revert SampleTooSoon(elapsedS, _params.intervalS);
        if (last.updatedAtS == 0) elapsedS = 0;
        else {
            last.varianceWad = VolatilityLib.nextVarianceWadDown(
                last.varianceWad,
                VolatilityLib.logReturnWad(last.answer, uint256(answer)),
                elapsedS,
                _params.intervalS,
                _params.decayWad
            );
        }
        last.answer = uint128(uint256(answer));
        last.updatedAtS = uint64(updatedAtS);
        uint256 estimateBps = volatilityBps(asset);
        emit VolatilitySampled(asset, uint256(answer), elapsedS, estimateBps);
        return estimateBps;
    }

    /// @inheritdoc IVolatilityEstimator
    function volatilityBps(address asset) public view returns (uint256) {
        return VolatilityLib.volatilityBpsDown(_samples[asset].varianceWad);
    }

    /// @inheritdoc IFeedVolatility
    function sample(
        address asset
    ) external view returns (uint256 varianceWad, uint256 answer, uint256 updatedAtS) {
        Sample storage last = _samples[asset];
        return (last.varianceWad, last.answer, last.updatedAtS);
    }

    /// @inheritdoc IFeedVolatility
    function params() external view returns (SamplingParams memory) {
        return _params;
    }
}
