// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {CapParams, ICappedRate} from "../../interfaces/ICappedRate.sol";
import {IExchangeRate} from "../../interfaces/IExchangeRate.sol";
import {GrowthLib} from "../../libraries/GrowthLib.sol";

/// @title CappedRate
/// @notice See `ICappedRate`.
contract CappedRate is ICappedRate {
    uint256 private constant BPS = 10_000;
    uint256 private constant MAX_RATIO_WAD = 1e27;

    /// @inheritdoc ICappedRate
    IExchangeRate public immutable live;
    /// @inheritdoc ICappedRate
    address public immutable steward;

    CapParams private _params;
    uint128 private _ratioWad;
    uint64 private _atS;
    uint64 private _updatedAtS;

    /// @param live_ The rate that is capped.
    /// @param steward_ Who sets snapshots.
    /// @param params_ What is allowed.
    /// @param ratioWad First snapshot, of any age.
    /// @param atS Its time; not in the future.
    constructor(IExchangeRate live_, address steward_, CapParams memory params_, uint256 ratioWad, uint64 atS) {
        if (params_.maxAgeS < params_.minDelayS)
            revert CapOutOfRange("maxAgeS", params_.maxAgeS, params_.minDelayS);
        if (params_.maxStepBps > BPS) revert CapOutOfRange("maxStepBps", params_.maxStepBps, BPS);
        (live, steward, _params) = (live_, steward_, params_);
        _set(ratioWad, atS, ratioWad);
    }

    /* SNAPSHOTS */

    /// @inheritdoc ICappedRate
    function update(uint256 ratioWad, uint64 atS) external {
        if (msg.sender != steward) revert NotSteward(msg.sender, steward);
        if (atS > block.timestamp) revert SnapshotInFuture(atS, block.timestamp);
        uint256 ageS = block.timestamp - atS;
        if (ageS < _params.minDelayS) revert SnapshotTooYoung(ageS, _params.minDelayS);
        if (ageS > _params.maxAgeS) revert SnapshotTooOld(ageS, _params.maxAgeS);
        if (atS <= _atS) revert SnapshotNotNewer(atS, _atS);
        uint256 elapsedS = block.timestamp - _updatedAtS;
        if (elapsedS < _params.stepPeriodS) revert UpdateTooSoon(elapsedS, _params.stepPeriodS);
        uint256 limitedWad = _limited(ratioWad);
        if (limitedWad != ratioWad && !_params.limitedSeparately) revert StepTooLarge(ratioWad, limitedWad);
        _updatedAtS = uint64(block.timestamp);
        _set(limitedWad, atS, ratioWad);
    }

    /// @dev The nearest ratio that one update may set.
    function _limited(uint256 ratioWad) private view returns (uint256) {
        uint256 stepWad = (uint256(_ratioWad) * _params.maxStepBps) / BPS;
        return Math.min(Math.max(ratioWad, _ratioWad - stepWad), _ratioWad + stepWad);
    }

    function _set(uint256 ratioWad, uint64 atS, uint256 givenWad) private {
        if (ratioWad == 0 || ratioWad > MAX_RATIO_WAD) revert RatioOutOfRange(ratioWad, MAX_RATIO_WAD);
        if (atS > block.timestamp) revert SnapshotInFuture(atS, block.timestamp);
        (_ratioWad, _atS) = (uint128(ratioWad), atS);
        emit SnapshotSet(ratioWad, atS, givenWad);
    }

    /* READING */

    /// @inheritdoc IExchangeRate
    function rateWad() external view returns (uint256) {
        return Math.min(live.rateWad(), capWad());
    }

    /// @inheritdoc ICappedRate
    function capWad() public view returns (uint256) {
        return GrowthLib.grownDown(_ratioWad, _params.maxGrowthBpsPerYear, block.timestamp - _atS);
    }

    /// @inheritdoc ICappedRate
    function isCapped() external view returns (bool) {
        return capWad() < live.rateWad();
    }

    /// @inheritdoc ICappedRate
    function snapshot() external view returns (uint256, uint256, uint256) {
        return (_ratioWad, _atS, _updatedAtS);
    }

    /// @inheritdoc ICappedRate
    function params() external view returns (CapParams memory) {
        return _params;
    }
}
