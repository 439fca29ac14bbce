// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IRateModel, RateContext} from "../../interfaces/IRateModel.sol";
import {BpsMath} from "../../libraries/BpsMath.sol";
import {KinkedCurve, KinkedCurveLib} from "../../libraries/KinkedCurveLib.sol";

/// @title SeparateCurves
/// @notice A curve for borrowers and one of their own for suppliers, as in Compound III; see `KinkedCurveLib`.
/// @dev What borrowers pay beyond what suppliers earn is the treasury's, and where suppliers earn more, the treasury
/// pays it. So the reserve's factor has to be 100 %: all interest goes by the treasury.
contract SeparateCurves is IRateModel {
    KinkedCurve public borrowCurve;
    KinkedCurve public supplyCurve;

    constructor(KinkedCurve memory borrowCurve_, KinkedCurve memory supplyCurve_) {
        _requireKink(borrowCurve_.kinkBps);
        _requireKink(supplyCurve_.kinkBps);
        borrowCurve = borrowCurve_;
        supplyCurve = supplyCurve_;
    }

    /// @inheritdoc IRateModel
    function rates(
        RateContext calldata context
    ) external view returns (uint256 borrowRateRay, uint256 supplyRateRay) {
        if (context.reserveFactorBps != BpsMath.BPS) {
            revert RateOutOfRange("reserveFactorBps", context.reserveFactorBps, BpsMath.BPS);
        }
        uint256 supplied = context.suppliedAssets;
        borrowRateRay = KinkedCurveLib.rateRayUp(
            borrowCurve,
            KinkedCurveLib.utilisationRayUp(context.debtUpAssets, supplied)
        );
        supplyRateRay = KinkedCurveLib.rateRayDown(
            supplyCurve,
            KinkedCurveLib.utilisationRayDown(context.debtDownAssets, supplied)
        );
    }

    function _requireKink(uint256 kinkBps) private pure {
        if (kinkBps > BpsMath.BPS) revert RateOutOfRange("kinkBps", kinkBps, BpsMath.BPS);
    }
}
