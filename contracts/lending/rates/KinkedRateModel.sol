// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IRateModel, RateContext} from "../../interfaces/IRateModel.sol";
import {BpsMath} from "../../libraries/BpsMath.sol";
import {KinkedRateLib, RateParams} from "../../libraries/KinkedRateLib.sol";

/// @title KinkedRateModel
/// @notice Two slopes, as in Aave V3; see `KinkedRateLib`.
contract KinkedRateModel is IRateModel {
    /// @dev 1000 % a year, Aave's bound.
    uint256 private constant MAX_RATE_BPS = 100_000;

    uint16 public immutable optimalUtilisationBps;
    uint32 public immutable baseRateBps;
    uint32 public immutable slope1Bps;
    uint32 public immutable slope2Bps;

    constructor(RateParams memory params) {
        _requireAtMost("optimalUtilisationBps", params.optimalUtilisationBps, BpsMath.BPS - 1);
        if (params.optimalUtilisationBps == 0) revert RateOutOfRange("optimalUtilisationBps", 0, 1);
        _requireAtMost("slope1Bps", params.slope1Bps, params.slope2Bps);
        uint256 maxRate = uint256(params.baseRateBps) + params.slope1Bps + params.slope2Bps;
        _requireAtMost("borrowRateBps", maxRate, MAX_RATE_BPS);
        optimalUtilisationBps = params.optimalUtilisationBps;
        baseRateBps = params.baseRateBps;
        slope1Bps = params.slope1Bps;
        slope2Bps = params.slope2Bps;
    }

    /// @inheritdoc IRateModel
    function rates(
        RateContext calldata context
    ) external view returns (uint256 borrowRateRay, uint256 supplyRateRay) {
        RateParams memory params = RateParams(optimalUtilisationBps, baseRateBps, slope1Bps, slope2Bps);
        borrowRateRay = KinkedRateLib.borrowRateRayUp(params, context.cash, context.debtUpAssets);
        // The debt rounded down keeps the suppliers' interest within what borrowers pay.
        supplyRateRay = KinkedRateLib.supplyRateRayDown(
            borrowRateRay,
            context.cash,
            context.debtDownAssets,
            context.unbackedAssets,
            context.reserveFactorBps
        );
    }

    function _requireAtMost(bytes32 parameter, uint256 given, uint256 limit) private pure {
        if (given > limit) revert RateOutOfRange(parameter, given, limit);
    }
}
