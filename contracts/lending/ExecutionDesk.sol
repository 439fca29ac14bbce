// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {ILendingPool, Seizing} from "../interfaces/ILendingPool.sol";
import {AccountSums, HealthLib} from "../libraries/HealthLib.sol";
import {LiquidationEngine} from "./LiquidationEngine.sol";

/// @title ExecutionDesk
/// @notice What the pool does for an execution that sells collateral over time: it hands over collateral and
/// debt, and takes payments and losses on that debt.
abstract contract ExecutionDesk is LiquidationEngine {
    using HealthLib for AccountSums;
    using SafeERC20 for IERC20;

    modifier onlyExecution() {
        if (msg.sender != execution) revert ExecutionOnly(execution);
        _;
    }

    /// @inheritdoc ILendingPool
    function seize(Seizing calldata order) external nonReentrant onlyExecution {
        uint256 maxDebt = _offer(Order(order.collateralAssets[0], order.debtAsset, order.user, 0, false))
            .maxDebtAssets;
        if (order.debtAmount > maxDebt) revert ExceedsOffer(order.debtAmount, maxDebt);
        uint256 healthBeforeWad = _accountSums(order.user).healthFactorWadDown();
        _takeDebt(order);
        uint256[] memory bases = _takeCollateral(order);
        AccountSums memory left = _accountSums(order.user);
        uint256[] memory deficits = left.collateralBase == 0 ? _writeOffDebt(order.user) : new uint256[](0);
        uint256 healthAfterWad = _hasDebt(order.user) ? left.healthFactorWadDown() : HealthLib.NO_DEBT;
        _emitSeizure(order, bases, healthBeforeWad, healthAfterWad);
        for (uint256 i = 0; i < bases.length; ++i) {
            IERC20(order.collateralAssets[i]).safeTransfer(msg.sender, order.collateralAmounts[i]);
        }
        _resolveLosses(deficits);
    }

    function _takeDebt(Seizing calldata order) private {
        Reserve storage debt = _reserve(order.debtAsset);
        _accrue(debt);
        uint256 owed = _debtOf(debt, order.user);
        _burnDebt(order.debtAsset, debt, order.user, order.debtAmount, owed);
        debt.claims += order.debtAmount;
        _updateRates(order.debtAsset, debt);
        _afterRepay(order.user, order.debtAsset);
    }

    /// @dev Returns the values taken, in base units.
    function _takeCollateral(Seizing calldata order) private returns (uint256[] memory bases) {
        bases = new uint256[](order.collateralAssets.length);
        for (uint256 i = 0; i < bases.length; ++i) {
            address asset = order.collateralAssets[i];
            uint256 amount = order.collateralAmounts[i];
            Reserve storage reserve = _reserve(asset);
            _accrue(reserve);
            uint256 balance = _supplyOf(reserve, order.user);
            if (amount > balance) revert InsufficientBalance(amount, balance);
            if (reserve.config.liquidationThresholdBps == 0) revert CollateralCannotBeLiquidated(asset);
            bases[i] = HealthLib.valueDown(amount, _priceBase(asset, reserve), _unit(reserve));
            _burnSupply(asset, reserve, order.user, amount);
            _takeCash(reserve, amount);
            _updateRates(asset, reserve);
        }
    }

    function _emitSeizure(
        Seizing calldata order,
        uint256[] memory bases,
        uint256 healthBeforeWad,
        uint256 healthAfterWad
    ) private {
        uint256 total;
        for (uint256 i = 0; i < bases.length; ++i) total += bases[i];
        uint256 debtLeft = order.debtAmount;
        for (uint256 i = 0; i < bases.length; ++i) {
            uint256 debt = i + 1 == bases.length ? debtLeft : Math.mulDiv(order.debtAmount, bases[i], total);
            debtLeft -= debt;
            emit Liquidation(
                order.user,
                order.collateralAssets[i],
                order.debtAsset,
                msg.sender,
                debt,
                order.collateralAmounts[i],
                0,
                false,
                healthBeforeWad,
                healthAfterWad,
                _priceBase(order.collateralAssets[i], _reserves[order.collateralAssets[i]]),
                _priceBase(order.debtAsset, _reserves[order.debtAsset])
            );
        }
    }

    /// @inheritdoc ILendingPool
    function settleClaim(
        address asset,
        address user,
        uint256 paidAssets,
        uint256 lostAssets
    ) external nonReentrant onlyExecution {
        Reserve storage reserve = _reserve(asset);
        _accrue(reserve);
        uint256 due = Math.min(paidAssets, reserve.claims - lostAssets);
        reserve.claims -= due + lostAssets;
        reserve.deficit += lostAssets;
        reserve.cash += paidAssets;
        _creditTreasury(reserve, paidAssets - due);
        _updateRates(asset, reserve);
        emit ClaimSettled(asset, user, paidAssets, lostAssets);
        if (lostAssets != 0) emit DeficitCreated(user, asset, lostAssets);
        IERC20(asset).safeTransferFrom(msg.sender, address(this), paidAssets);
        if (lostAssets != 0) _resolveLoss(asset, lostAssets);
    }

    /// @inheritdoc ILendingPool
    function creditSupply(address asset, address user, uint256 assets) external nonReentrant onlyExecution {
        Reserve storage reserve = _reserve(asset);
        _accrue(reserve);
        _mintSupply(asset, reserve, user, assets);
        reserve.claims += assets;
        _updateRates(asset, reserve);
        emit SupplyCredited(asset, user, assets);
    }
}
