// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {BpsMath} from "../BpsMath.sol";
import {AccountSums, HealthLib} from "../HealthLib.sol";
import {InterestLib} from "../InterestLib.sol";
import {KinkedCurve, KinkedCurveLib} from "../KinkedCurveLib.sol";
import {KinkedRateLib, RateParams} from "../KinkedRateLib.sol";
import {LiquidationLib, Seizure, SeizureInput} from "../LiquidationLib.sol";
import {RayMath} from "../RayMath.sol";
import {TermsLib} from "../TermsLib.sol";

/// @title ExposedLendingMath
/// @notice The internal functions of the lending libraries as external ones, so that tests hold them against
/// their mirrors. No protocol calls it.
contract ExposedLendingMath {
    /* RAY AND BPS */

    function rayMulDown(uint256 x, uint256 yRay) external pure returns (uint256) {
        return RayMath.rayMulDown(x, yRay);
    }

    function rayMulUp(uint256 x, uint256 yRay) external pure returns (uint256) {
        return RayMath.rayMulUp(x, yRay);
    }

    function rayDivDown(uint256 x, uint256 yRay) external pure returns (uint256) {
        return RayMath.rayDivDown(x, yRay);
    }

    function rayDivUp(uint256 x, uint256 yRay) external pure returns (uint256) {
        return RayMath.rayDivUp(x, yRay);
    }

    function bpsMulDown(uint256 x, uint256 bps) external pure returns (uint256) {
        return BpsMath.bpsMulDown(x, bps);
    }

    function bpsMulUp(uint256 x, uint256 bps) external pure returns (uint256) {
        return BpsMath.bpsMulUp(x, bps);
    }

    function bpsMulHalfUp(uint256 x, uint256 bps) external pure returns (uint256) {
        return BpsMath.bpsMulHalfUp(x, bps);
    }

    function bpsDivHalfUp(uint256 x, uint256 bps) external pure returns (uint256) {
        return BpsMath.bpsDivHalfUp(x, bps);
    }

    function bpsDivUp(uint256 x, uint256 bps) external pure returns (uint256) {
        return BpsMath.bpsDivUp(x, bps);
    }

    /* HEALTH AND LIQUIDATION */

    function valueDown(uint256 assets, uint256 priceBase, uint256 unit) external pure returns (uint256) {
        return HealthLib.valueDown(assets, priceBase, unit);
    }

    function valueUp(uint256 assets, uint256 priceBase, uint256 unit) external pure returns (uint256) {
        return HealthLib.valueUp(assets, priceBase, unit);
    }

    function healthFactorWadDown(AccountSums calldata sums) external pure returns (uint256) {
        return HealthLib.healthFactorWadDown(sums);
    }

    function maxDebtBaseDown(AccountSums calldata sums) external pure returns (uint256) {
        return HealthLib.maxDebtBaseDown(sums);
    }

    function averageBpsDown(uint256 weighted, uint256 collateralBase) external pure returns (uint256) {
        return HealthLib.averageBpsDown(weighted, collateralBase);
    }

    function toxicHealthWad(uint256 liquidationThresholdBps, uint256 bonusBps) external pure returns (uint256) {
        return TermsLib.toxicHealthWad(liquidationThresholdBps, bonusBps);
    }

    function seize(SeizureInput calldata input) external pure returns (Seizure memory) {
        return LiquidationLib.seize(input);
    }

    function assetsDown(uint256 base, uint256 priceBase, uint256 unit) external pure returns (uint256) {
        return LiquidationLib.assetsDown(base, priceBase, unit);
    }

    /* RATES */

    function borrowRateRayUp(
        RateParams calldata params,
        uint256 cash,
        uint256 debt
    ) external pure returns (uint256) {
        return KinkedRateLib.borrowRateRayUp(params, cash, debt);
    }

    function supplyRateRayDown(
        uint256 borrowRateRay,
        uint256 cash,
        uint256 debt,
        uint256 deficit,
        uint256 reserveFactorBps
    ) external pure returns (uint256) {
        return KinkedRateLib.supplyRateRayDown(borrowRateRay, cash, debt, deficit, reserveFactorBps);
    }

    function utilisationRayDown(uint256 debt, uint256 supplied) external pure returns (uint256) {
        return KinkedCurveLib.utilisationRayDown(debt, supplied);
    }

    function utilisationRayUp(uint256 debt, uint256 supplied) external pure returns (uint256) {
        return KinkedCurveLib.utilisationRayUp(debt, supplied);
    }

    function rateRayDown(KinkedCurve calldata curve, uint256 usedRay) external pure returns (uint256) {
        return KinkedCurveLib.rateRayDown(curve, usedRay);
    }

    function rateRayUp(KinkedCurve calldata curve, uint256 usedRay) external pure returns (uint256) {
        return KinkedCurveLib.rateRayUp(curve, usedRay);
    }

    function linearFactorRayDown(uint256 rateRay, uint256 elapsedS) external pure returns (uint256) {
        return InterestLib.linearFactorRayDown(rateRay, elapsedS);
    }

    function compoundFactorRayUp(uint256 rateRay, uint256 elapsedS) external pure returns (uint256) {
        return InterestLib.compoundFactorRayUp(rateRay, elapsedS);
    }
}
