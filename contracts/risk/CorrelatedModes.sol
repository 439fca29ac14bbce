// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Category, ICorrelatedModes} from "../interfaces/ICorrelatedModes.sol";
import {ILendingPool} from "../interfaces/ILendingPool.sol";
import {IRiskRules} from "../interfaces/IRiskRules.sol";
import {RiskRule} from "./RiskRule.sol";

/// @title CorrelatedModes
/// @notice See `ICorrelatedModes`. An inner rule weighs the category's figures where it would weigh the reserve's.
contract CorrelatedModes is RiskRule, ICorrelatedModes {
    mapping(uint256 id => Category) private _categories;
    mapping(uint256 id => address[]) private _assets;

    /// @inheritdoc ICorrelatedModes
    mapping(uint256 id => mapping(address asset => bool)) public isInCategory;
    /// @inheritdoc ICorrelatedModes
    mapping(address user => uint256) public modeOf;

    constructor(address owner, ILendingPool pool_, IRiskRules inner_) RiskRule(owner, pool_, inner_) {}

    /* CATEGORIES */

    /// @inheritdoc ICorrelatedModes
    function setCategory(
        uint256 id,
        Category calldata category_,
        address[] calldata assets,
        bool allowToxic
    ) external onlyOwner {
        if (id == 0) revert UnknownCategory(0);
        if (category_.liquidationThresholdBps == 0) revert RuleOutOfRange("liquidationThresholdBps", 0, 1);
        _requireAtMost("liquidationThresholdBps", category_.liquidationThresholdBps, BPS);
        _requireAtMost("ltvBps", category_.ltvBps, category_.liquidationThresholdBps);
        uint256 bonusBoundBps = pool.terms().bonusBoundBps(category_.liquidationBonusBps);
        uint256 product = category_.liquidationThresholdBps * (BPS + bonusBoundBps);
        if (product > BPS ** 2 && !allowToxic) revert ToxicCategory(product, BPS ** 2);
        address[] storage former = _assets[id];
        for (uint256 i = 0; i < former.length; ++i) isInCategory[id][former[i]] = false;
        for (uint256 i = 0; i < assets.length; ++i) isInCategory[id][assets[i]] = true;
        _assets[id] = assets;
        _categories[id] = category_;
        _revise();
        emit CategorySet(id, category_, assets, allowToxic);
    }

    /// @inheritdoc ICorrelatedModes
    function category(uint256 id) external view returns (Category memory) {
        return _categories[id];
    }

    /* MODES */

    /// @inheritdoc ICorrelatedModes
    function choose(uint256 id) external {
        if (id == modeOf[msg.sender]) revert ModeUnchanged(id);
        if (id != 0) {
            if (_categories[id].liquidationThresholdBps == 0) revert UnknownCategory(id);
            (address[] memory assets, uint256[] memory scaled) = _scaledDebts(msg.sender);
            for (uint256 i = 0; i < assets.length; ++i) {
                if (scaled[i] != 0) _requireInMode(id, assets[i]);
            }
        }
        modeOf[msg.sender] = id;
        emit ModeChosen(msg.sender, id);
        _requireHealthy(msg.sender);
    }

    function _afterBorrow(address user, address asset) internal view override {
        uint256 id = modeOf[user];
        if (id != 0) _requireInMode(id, asset);
    }

    function _requireInMode(uint256 id, address asset) private view {
        if (!isInCategory[id][asset]) revert DebtOutsideMode(asset, id);
    }

    /* WEIGHTS */

    function _figures(
        address user,
        address asset,
        uint256 ltvBps,
        uint256 thresholdBps
    ) internal view override returns (uint256, uint256) {
        uint256 id = modeOf[user];
        if (id == 0 || !isInCategory[id][asset]) return (ltvBps, thresholdBps);
        return (_categories[id].ltvBps, _categories[id].liquidationThresholdBps);
    }

    function _bonus(address user, address asset, uint256 configuredBps) internal view override returns (uint256) {
        uint256 id = modeOf[user];
        return id == 0 || !isInCategory[id][asset] ? configuredBps : _categories[id].liquidationBonusBps;
    }
}
