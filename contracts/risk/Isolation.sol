// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {IIsolation} from "../interfaces/IIsolation.sol";
import {ILendingPool, ReserveState} from "../interfaces/ILendingPool.sol";
import {IRiskRules} from "../interfaces/IRiskRules.sol";
import {HealthLib} from "../libraries/HealthLib.sol";
import {RayMath} from "../libraries/RayMath.sol";
import {RiskRule} from "./RiskRule.sol";

/// @title Isolation
/// @notice See `IIsolation`.
contract Isolation is RiskRule, IIsolation {
    /// @inheritdoc IIsolation
    mapping(address asset => uint256) public ceilingBase;
    /// @inheritdoc IIsolation
    mapping(address asset => bool) public borrowableInIsolation;
    /// @inheritdoc IIsolation
    mapping(address user => address) public collateralOf;
    /// @inheritdoc IIsolation
    mapping(address collateral => mapping(address asset => uint256)) public scaledDebtAgainst;

    /// @dev What is booked of an account, and hence part of `scaledDebtAgainst` its collateral.
    mapping(address user => mapping(address asset => uint256)) private _booked;

    constructor(address owner, ILendingPool pool_, IRiskRules inner_) RiskRule(owner, pool_, inner_) {}

    /* CONFIGURATION */

    /// @inheritdoc IIsolation
    function setIsolated(address asset, uint256 ceilingBase_) external onlyOwner {
        ceilingBase[asset] = ceilingBase_;
        _revise();
        emit IsolatedSet(asset, ceilingBase_);
    }

    /// @inheritdoc IIsolation
    function setBorrowableInIsolation(address asset, bool allowed) external onlyOwner {
        borrowableInIsolation[asset] = allowed;
        emit BorrowableInIsolationSet(asset, allowed);
    }

    /* ISOLATION */

    /// @inheritdoc IIsolation
    function enter(address collateral) external {
        if (collateral == collateralOf[msg.sender]) revert IsolationUnchanged(collateral);
        _book(msg.sender, true);
        collateralOf[msg.sender] = collateral;
        emit IsolationEntered(msg.sender, collateral);
        if (collateral != address(0)) {
            if (ceilingBase[collateral] == 0) revert NotIsolated(collateral);
            _requireAllowed(msg.sender);
            _book(msg.sender, false);
            _requireBelowCeiling(collateral);
        }
        _requireHealthy(msg.sender);
    }

    /// @inheritdoc IIsolation
    function sync(address user) external {
        _book(user, false);
    }

    function _afterBorrow(address user, address asset) internal override {
        address collateral = collateralOf[user];
        if (collateral == address(0)) return;
        if (!borrowableInIsolation[asset]) revert NotBorrowableInIsolation(asset);
        _book(user, false);
        _requireBelowCeiling(collateral);
    }

    function _afterRepay(address user, address) internal override {
        _book(user, false);
    }

    /// @dev Brings what is booked of `user` to its debts in the pool, or to nothing where it `leaves`.
    function _book(address user, bool leaves) private {
        address collateral = collateralOf[user];
        if (collateral == address(0)) return;
        (address[] memory assets, uint256[] memory scaled) = _scaledDebts(user);
        for (uint256 i = 0; i < assets.length; ++i) {
            uint256 now_ = leaves ? 0 : scaled[i];
            uint256 booked = _booked[user][assets[i]];
            if (now_ == booked) continue;
            scaledDebtAgainst[collateral][assets[i]] = scaledDebtAgainst[collateral][assets[i]] - booked + now_;
            _booked[user][assets[i]] = now_;
        }
    }

    function _requireAllowed(address user) private view {
        (address[] memory assets, uint256[] memory scaled) = _scaledDebts(user);
        for (uint256 i = 0; i < assets.length; ++i) {
            if (scaled[i] != 0 && !borrowableInIsolation[assets[i]]) revert NotBorrowableInIsolation(assets[i]);
        }
    }

    function _requireBelowCeiling(address collateral) private view {
        uint256 debtBase = isolatedDebtBase(collateral);
        uint256 limit = ceilingBase[collateral];
        if (debtBase > limit) revert DebtCeilingExceeded(collateral, debtBase, limit);
    }

    /// @inheritdoc IIsolation
    function isolatedDebtBase(address collateral) public view returns (uint256 debtBase) {
        address[] memory assets = pool.reservesList();
        for (uint256 i = 0; i < assets.length; ++i) {
            uint256 scaled = scaledDebtAgainst[collateral][assets[i]];
            if (scaled == 0) continue;
            ReserveState memory state = pool.reserveState(assets[i]);
            uint256 debt = RayMath.rayMulUp(scaled, state.borrowIndexRay);
            debtBase += HealthLib.valueUp(debt, state.priceBase, 10 ** IERC20Metadata(assets[i]).decimals());
        }
    }

    /* WEIGHTS */

    function _weigh(
        address user,
        address asset,
        uint256,
        uint256 ltvWeighted,
        uint256 thresholdWeighted
    ) internal view override returns (uint256, uint256) {
        address collateral = collateralOf[user];
        bool counts = collateral == address(0) ? ceilingBase[asset] == 0 : asset == collateral;
        return counts ? (ltvWeighted, thresholdWeighted) : (0, 0);
    }
}
