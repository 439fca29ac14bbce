// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ILendingPool} from "../interfaces/ILendingPool.sol";
import {IRiskRules} from "../interfaces/IRiskRules.sol";
import {Bracket, ISizeTiers} from "../interfaces/ISizeTiers.sol";
import {TierLib} from "../libraries/TierLib.sol";
import {RiskRule} from "./RiskRule.sol";

/// @title SizeTiers
/// @notice See `ISizeTiers`.
contract SizeTiers is RiskRule, ISizeTiers {
    mapping(address asset => Bracket[]) private _brackets;

    constructor(address owner, ILendingPool pool_, IRiskRules inner_) RiskRule(owner, pool_, inner_) {}

    /// @inheritdoc ISizeTiers
    function setBrackets(address asset, Bracket[] calldata brackets_) external onlyOwner {
        delete _brackets[asset];
        uint256 floorBase = 0;
        uint256 ltvBps = BPS;
        uint256 thresholdBps = BPS;
        for (uint256 i = 0; i < brackets_.length; ++i) {
            Bracket calldata bracket = brackets_[i];
            if (bracket.floorBase <= floorBase) revert RuleOutOfRange("floorBase", bracket.floorBase, floorBase);
            _requireAtMost("liquidationThresholdBps", bracket.liquidationThresholdBps, thresholdBps);
            _requireAtMost("ltvBps", bracket.ltvBps, ltvBps);
            _requireAtMost("ltvBps", bracket.ltvBps, bracket.liquidationThresholdBps);
            floorBase = bracket.floorBase;
            ltvBps = bracket.ltvBps;
            thresholdBps = bracket.liquidationThresholdBps;
            _brackets[asset].push(bracket);
        }
        _revise();
        emit BracketsSet(asset, brackets_);
    }

    /// @inheritdoc ISizeTiers
    function brackets(address asset) external view returns (Bracket[] memory) {
        return _brackets[asset];
    }

    function _weigh(
        address,
        address asset,
        uint256 base,
        uint256 ltvWeighted,
        uint256 thresholdWeighted
    ) internal view override returns (uint256, uint256) {
        Bracket[] storage of_ = _brackets[asset];
        uint256 count = of_.length;
        if (count == 0 || base <= of_[0].floorBase) return (ltvWeighted, thresholdWeighted);
        uint256[] memory floorsBase = new uint256[](count);
        uint256[] memory ltvsBps = new uint256[](count);
        uint256[] memory thresholdsBps = new uint256[](count);
        for (uint256 i = 0; i < count; ++i) {
            Bracket memory bracket = of_[i];
            (floorsBase[i], ltvsBps[i]) = (bracket.floorBase, bracket.ltvBps);
            thresholdsBps[i] = bracket.liquidationThresholdBps;
        }
        return (
            TierLib.weightedDown(base, ltvWeighted, floorsBase, ltvsBps),
            TierLib.weightedDown(base, thresholdWeighted, floorsBase, thresholdsBps)
        );
    }
}
