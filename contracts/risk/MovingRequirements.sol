// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {ILendingPool} from "../interfaces/ILendingPool.sol";
import {HaircutParams, IMovingRequirements} from "../interfaces/IMovingRequirements.sol";
import {IRiskRules} from "../interfaces/IRiskRules.sol";
import {IVolatilityEstimator} from "../interfaces/IVolatilityEstimator.sol";
import {HaircutLib} from "../libraries/HaircutLib.sol";
import {RiskRule} from "./RiskRule.sol";

/// @title MovingRequirements
/// @notice See `IMovingRequirements`.
contract MovingRequirements is RiskRule, IMovingRequirements {
    using SafeCast for uint256;

    uint256 private constant MAX_RAMP_S = 365 days;

    /// @dev `setAtS` is 0 before the first change, when both haircuts are the floor.
    struct Haircut {
        uint16 ltvBps;
        uint16 fromBps;
        uint16 toBps;
        uint32 rampS;
        uint64 setAtS;
        uint64 updatedAtS;
    }

    /// @inheritdoc IMovingRequirements
    IVolatilityEstimator public immutable estimator;

    HaircutParams private _params;
    address[] private _followed;
    mapping(address asset => Haircut) private _haircuts;

    /// @inheritdoc IMovingRequirements
    mapping(address asset => bool) public isFollowed;

    constructor(
        address owner,
        ILendingPool pool_,
        IRiskRules inner_,
        IVolatilityEstimator estimator_,
        address[] memory assets,
        HaircutParams memory params_
    ) RiskRule(owner, pool_, inner_) {
        _requireAtMost("capBps", params_.capBps, BPS);
        _requireAtMost("floorBps", params_.floorBps, params_.capBps);
        _requireAtMost("horizonS", params_.horizonS, MAX_RAMP_S);
        _requireAtMost("rampS", params_.rampS, MAX_RAMP_S);
        if (params_.maxStepBps == 0) revert RuleOutOfRange("maxStepBps", 0, 1);
        estimator = estimator_;
        _params = params_;
        _followed = assets;
        for (uint256 i = 0; i < assets.length; ++i) isFollowed[assets[i]] = true;
    }

    /* CHANGES */

    /// @inheritdoc IMovingRequirements
    function update(address asset) external returns (uint256 ltvHaircutBps) {
        if (address(estimator) == address(0)) revert NoEstimator();
        Haircut memory current = _haircut(asset);
        uint256 elapsedS = block.timestamp - current.updatedAtS;
        if (elapsedS < _params.minIntervalS) revert UpdateTooSoon(elapsedS, _params.minIntervalS);
        uint256 volatilityBps = estimator.volatilityBps(asset);
        uint256 targetBps = HaircutLib.targetBpsUp(
            _params.multiplierBps,
            volatilityBps,
            _params.horizonS,
            _params.floorBps,
            _params.capBps
        );
        ltvHaircutBps = HaircutLib.stepped(current.ltvBps, targetBps, _params.maxStepBps);
        current.updatedAtS = uint64(block.timestamp);
        _set(asset, current, ltvHaircutBps, ltvHaircutBps, _params.rampS, volatilityBps);
    }

    /// @inheritdoc IMovingRequirements
    function setHaircut(address asset, uint256 ltvBps, uint256 thresholdBps, uint256 rampS) external onlyOwner {
        _requireAtMost("ltvBps", ltvBps, BPS);
        _requireAtMost("thresholdBps", thresholdBps, ltvBps);
        _requireAtMost("rampS", rampS, MAX_RAMP_S);
        _set(asset, _haircut(asset), ltvBps, thresholdBps, rampS, 0);
    }

    /// @dev A ramp for a higher haircut on the threshold; a lower one counts at once.
    function _set(
        address asset,
        Haircut memory current,
        uint256 ltvBps,
        uint256 thresholdBps,
        uint256 rampS,
        uint256 volatilityBps
    ) private {
        uint256 fromBps = Math.min(_thresholdBps(current), thresholdBps);
        current.ltvBps = ltvBps.toUint16();
        current.fromBps = fromBps.toUint16();
        current.toBps = thresholdBps.toUint16();
        current.rampS = rampS.toUint32();
        current.setAtS = uint64(block.timestamp);
        _haircuts[asset] = current;
        _revise();
        emit HaircutSet(asset, ltvBps, fromBps, thresholdBps, rampS, volatilityBps);
    }

    /* VIEWS */

    /// @inheritdoc IMovingRequirements
    function haircut(
        address asset
    ) external view returns (uint256 ltvBps, uint256 thresholdBps, uint256 thresholdToBps) {
        Haircut memory current = _haircut(asset);
        return (current.ltvBps, _thresholdBps(current), current.toBps);
    }

    /// @inheritdoc IMovingRequirements
    function params() external view returns (HaircutParams memory) {
        return _params;
    }

    function _haircut(address asset) private view returns (Haircut memory current) {
        if (!isFollowed[asset]) revert NotFollowed(asset);
        current = _haircuts[asset];
        if (current.setAtS == 0) {
            current.ltvBps = current.fromBps = current.toBps = _params.floorBps;
        }
    }

    /// @dev As of now.
    function _thresholdBps(Haircut memory current) private view returns (uint256) {
        return
            HaircutLib.rampedDown(current.fromBps, current.toBps, block.timestamp - current.setAtS, current.rampS);
    }

    /* WEIGHTS */

    function _weigh(
        address,
        address asset,
        uint256 base,
        uint256 ltvWeighted,
        uint256 thresholdWeighted
    ) internal view override returns (uint256, uint256) {
        if (!isFollowed[asset]) return (ltvWeighted, thresholdWeighted);
        Haircut memory current = _haircut(asset);
        return (
            Math.saturatingSub(ltvWeighted, base * current.ltvBps),
            Math.saturatingSub(thresholdWeighted, base * _thresholdBps(current))
        );
    }

    /// @dev Ramps under way.
    function _timeKey() internal view override returns (bytes32 key) {
        for (uint256 i = 0; i < _followed.length; ++i) {
            key = keccak256(abi.encode(key, _thresholdBps(_haircut(_followed[i]))));
        }
    }
}
