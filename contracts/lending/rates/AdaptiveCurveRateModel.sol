// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IAverageRateModel} from "../../interfaces/IAverageRateModel.sol";
import {IRateModel, RateContext} from "../../interfaces/IRateModel.sol";
import {AdaptiveCurveLib, CurveParams} from "../../libraries/AdaptiveCurveLib.sol";
import {BpsMath} from "../../libraries/BpsMath.sol";
import {InterestLib} from "../../libraries/InterestLib.sol";
import {KinkedRateLib} from "../../libraries/KinkedRateLib.sol";

/// @notice Parameters of an adaptive curve in bps; rates are yearly. Morpho's: 9000, 40000, 500000, 400, 10, 20000.
/// @param targetUtilisationBps Utilisation at which the rate stays.
/// @param steepnessBps Rate at full use over the rate at the target; its inverse at no use.
/// @param speedPerYearBps How fast the logarithm of the rate moves at an error of 1: 500000 means 50 a year.
/// @param initialRateBps First rate at the target.
/// @param minRateBps Lowest rate at the target.
/// @param maxRateBps Highest rate at the target.
struct AdaptiveCurveConfig {
    uint16 targetUtilisationBps;
    uint32 steepnessBps;
    uint32 speedPerYearBps;
    uint32 initialRateBps;
    uint32 minRateBps;
    uint32 maxRateBps;
}

/// @title AdaptiveCurveRateModel
/// @notice Morpho's adaptive curve; see `AdaptiveCurveLib`. An isolated market is charged the average over the
/// elapsed time; a lending pool, which wants its rate in advance, the rate at the moment of its last action.
contract AdaptiveCurveRateModel is IAverageRateModel, IRateModel {
    /// @dev State of one reserve of one caller; a market is its own reserve.
    struct Curve {
        int256 rateAtTargetWad;
        int256 errorWad;
        uint256 updatedAt;
    }

    /// @dev 1000 % a year, the bound of the other models.
    uint256 private constant MAX_RATE_BPS = 100_000;
    uint256 private constant MAX_STEEPNESS_BPS = 1_000_000;
    uint256 private constant MAX_SPEED_BPS = 10_000_000;
    int256 private constant BP_WAD = 1e14;
    uint256 private constant YEARLY_RAY = InterestLib.YEAR_S * 1e9;

    CurveParams private _params;
    mapping(address caller => mapping(address asset => Curve)) private _curves;

    constructor(AdaptiveCurveConfig memory config) {
        _requireWithin("targetUtilisationBps", config.targetUtilisationBps, 1, BpsMath.BPS - 1);
        _requireWithin("steepnessBps", config.steepnessBps, BpsMath.BPS + 1, MAX_STEEPNESS_BPS);
        _requireWithin("speedPerYearBps", config.speedPerYearBps, 0, MAX_SPEED_BPS);
        _requireWithin("maxRateBps", config.maxRateBps, 1, MAX_RATE_BPS);
        _requireWithin("minRateBps", config.minRateBps, 1, config.maxRateBps);
        _requireWithin("initialRateBps", config.initialRateBps, config.minRateBps, config.maxRateBps);
        _params = CurveParams({
            steepnessWad: _fromBps(config.steepnessBps),
            targetWad: _fromBps(config.targetUtilisationBps),
            speedPerSecondWad: _perSecond(config.speedPerYearBps),
            minRateWad: _perSecond(config.minRateBps),
            maxRateWad: _perSecond(config.maxRateBps),
            initialRateWad: _perSecond(config.initialRateBps)
        });
    }

    /* ISOLATED MARKETS */

    /// @inheritdoc IAverageRateModel
    function averageRate(
        uint256 supplyAssets,
        uint256 borrowAssets,
        uint256 elapsedS
    ) external returns (uint256 ratePerSecondWad) {
        Curve storage curve = _curves[msg.sender][msg.sender];
        (ratePerSecondWad, curve.rateAtTargetWad) = _average(curve, supplyAssets, borrowAssets, elapsedS);
    }

    /// @inheritdoc IAverageRateModel
    function previewAverageRate(
        address market,
        uint256 supplyAssets,
        uint256 borrowAssets,
        uint256 elapsedS
    ) external view returns (uint256 ratePerSecondWad) {
        (ratePerSecondWad, ) = _average(_curves[market][market], supplyAssets, borrowAssets, elapsedS);
    }

    /// @inheritdoc IAverageRateModel
    function currentRate(
        address market,
        uint256 supplyAssets,
        uint256 borrowAssets
    ) external view returns (uint256 ratePerSecondWad) {
        (ratePerSecondWad, ) = _average(_curves[market][market], supplyAssets, borrowAssets, 0);
    }

    function _average(
        Curve storage curve,
        uint256 supplyAssets,
        uint256 borrowAssets,
        uint256 elapsedS
    ) private view returns (uint256 averageWad, int256 endWad) {
        CurveParams memory params = _params;
        int256 usedWad = AdaptiveCurveLib.utilisationWadDown(supplyAssets, borrowAssets);
        int256 errorWad = AdaptiveCurveLib.errorWad(params, usedWad);
        int256 meanWad;
        (meanWad, endWad) = AdaptiveCurveLib.adapt(params, curve.rateAtTargetWad, errorWad, elapsedS);
        averageWad = uint256(AdaptiveCurveLib.rateWad(params, meanWad, errorWad));
    }

    /* LENDING POOLS */

    /// @inheritdoc IRateModel
    /// @dev Until now the error was that of the last action; from now on it is that of `context`.
    function rates(RateContext calldata context) external returns (uint256 borrowRateRay, uint256 supplyRateRay) {
        CurveParams memory params = _params;
        Curve storage curve = _curves[msg.sender][context.asset];
        uint256 elapsedS = block.timestamp - curve.updatedAt;
        (, int256 endWad) = AdaptiveCurveLib.adapt(params, curve.rateAtTargetWad, curve.errorWad, elapsedS);
        uint256 lentAndCash = context.cash + context.debtUpAssets;
        int256 usedWad = AdaptiveCurveLib.utilisationWadDown(lentAndCash, context.debtUpAssets);
        int256 errorWad = AdaptiveCurveLib.errorWad(params, usedWad);
        (curve.rateAtTargetWad, curve.errorWad, curve.updatedAt) = (endWad, errorWad, block.timestamp);
        borrowRateRay = uint256(AdaptiveCurveLib.rateWad(params, endWad, errorWad)) * YEARLY_RAY;
        supplyRateRay = KinkedRateLib.supplyRateRayDown(
            borrowRateRay,
            context.cash,
            context.debtDownAssets,
            context.unbackedAssets,
            context.reserveFactorBps
        );
    }

    /* VIEWS */

    /// @notice Parameters as they are computed with.
    function params() external view returns (CurveParams memory) {
        return _params;
    }

    /// @notice Rate at the target, per second in wad, as of the last call of `caller` for `asset` (a market: itself).
    function rateAtTargetWad(address caller, address asset) external view returns (int256) {
        return _curves[caller][asset].rateAtTargetWad;
    }

    function _fromBps(uint256 bps) private pure returns (int256) {
        return int256(bps) * BP_WAD;
    }

    function _perSecond(uint256 yearlyBps) private pure returns (int256) {
        return _fromBps(yearlyBps) / int256(InterestLib.YEAR_S);
    }

    function _requireWithin(bytes32 parameter, uint256 given, uint256 least, uint256 most) private pure {
        if (given < least) revert RateOutOfRange(parameter, given, least);
        if (given > most) revert RateOutOfRange(parameter, given, most);
    }
}
