// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SignedMath} from "@openzeppelin/contracts/utils/math/SignedMath.sol";
import {IBandExchange} from "../../interfaces/IBandExchange.sol";
import {
    ISoftLiquidationCallee,
    ISoftLiquidationMarket,
    SoftLiquidation,
    SoftLiquidationConfig
} from "../../interfaces/ISoftLiquidationMarket.sol";
import {BandLib} from "../../libraries/BandLib.sol";
import {BpsMath} from "../../libraries/BpsMath.sol";
import {SoftLedger} from "./SoftLedger.sol";

/// @title SoftLiquidationMarket
/// @notice See `ISoftLiquidationMarket`. The books are in `SoftLedger`, the bands in `BandExchange`.
contract SoftLiquidationMarket is SoftLedger {
    using SafeERC20 for IERC20;

    /// @dev One event of a liquidation.
    struct Seized {
        address user;
        IERC20 asset;
        uint256 repaidAssets;
        uint256 assets;
        uint256 healthBeforeWad;
        uint256 priceBase;
        uint256 debtPriceBase;
    }

    int256 private constant WAD = 1e18;
    /// @dev 1000 % a year.
    uint256 private constant MAX_RATE_BPS = 100_000;

    IBandExchange public immutable exchange;
    IERC20 private immutable _collateral;
    uint256 private immutable _amplification;
    uint256 private immutable _basePriceWad;
    uint256 private immutable _loanDiscountBps;
    uint256 private immutable _liquidationDiscountBps;
    uint256 private immutable _liquidationBonusBps;
    /// @dev Precise units per smallest unit.
    uint256 private immutable _collateralScale;
    uint256 private immutable _borrowedScale;

    constructor(
        address owner_,
        SoftLiquidationConfig memory config_
    )
        Ownable(owner_)
        SoftLedger(
            config_.exchange.config().borrowed,
            config_.reserveFactorBps,
            config_.yearlyRateBps,
            config_.rateModel,
            config_.lossPolicy
        )
    {
        _requireAtMost("loanDiscountBps", config_.loanDiscountBps, BpsMath.BPS - 1);
        _requireAtMost("liquidationDiscountBps", config_.liquidationDiscountBps, config_.loanDiscountBps);
        _requireAtMost("liquidationBonusBps", config_.liquidationBonusBps, BpsMath.BPS);
        _requireAtMost("reserveFactorBps", config_.reserveFactorBps, BpsMath.BPS);
        _requireAtMost("yearlyRateBps", config_.yearlyRateBps, MAX_RATE_BPS);
        exchange = config_.exchange;
        _collateral = config_.exchange.config().collateral;
        _amplification = config_.exchange.config().amplification;
        _basePriceWad = config_.exchange.config().basePriceWad;
        _loanDiscountBps = config_.loanDiscountBps;
        _liquidationDiscountBps = config_.liquidationDiscountBps;
        _liquidationBonusBps = config_.liquidationBonusBps;
        _collateralScale = 10 ** (BandLib.PRECISE_DECIMALS - _decimals(_collateral));
        _borrowedScale = 10 ** (BandLib.PRECISE_DECIMALS - _decimals(_borrowed));
        _collateral.forceApprove(address(config_.exchange), type(uint256).max);
    }

    function _decimals(IERC20 token) private view returns (uint256) {
        return IERC20Metadata(address(token)).decimals();
    }

    function _requireAtMost(bytes32 parameter, uint256 given, uint256 limit) private pure {
        if (given > limit) revert ParameterOutOfRange(parameter, given, limit);
    }

    /* BORROWERS */

    /// @inheritdoc ISoftLiquidationMarket
    function createLoan(uint256 collateralAssets, uint256 debtAssets, uint256 bandCount) external nonReentrant {
        _accrue();
        (, uint256 count) = exchange.positionOf(msg.sender);
        if (_scaledDebt[msg.sender] != 0 || count != 0) revert LoanExists(msg.sender);
        if (debtAssets == 0) revert AmountRoundsToZero(address(_borrowed), 0);
        _pullCollateral(collateralAssets, msg.sender);
        _lend(debtAssets);
        _requireCarried(msg.sender, collateralAssets, bandCount);
        _place(msg.sender, collateralAssets, bandCount);
        _updateRate();
    }

    /// @inheritdoc ISoftLiquidationMarket
    function borrowMore(uint256 collateralAssets, uint256 debtAssets) external nonReentrant {
        _accrue();
        (uint256 held, uint256 bandCount) = _takeUp(msg.sender);
        if (collateralAssets != 0) _pullCollateral(collateralAssets, msg.sender);
        if (debtAssets != 0) _lend(debtAssets);
        _requireCarried(msg.sender, held + collateralAssets, bandCount);
        _place(msg.sender, held + collateralAssets, bandCount);
        _updateRate();
    }

    /// @inheritdoc ISoftLiquidationMarket
    function addCollateral(uint256 assets, address user) external nonReentrant {
        _accrue();
        (uint256 held, uint256 bandCount) = _takeUp(user);
        _pullCollateral(assets, user);
        _place(user, held + assets, bandCount);
        _updateRate();
    }

    /// @inheritdoc ISoftLiquidationMarket
    function removeCollateral(uint256 assets) external nonReentrant {
        _accrue();
        (uint256 held, uint256 bandCount) = _takeUp(msg.sender);
        if (assets > held) revert InsufficientSupply(assets, held);
        _requireCarried(msg.sender, held - assets, bandCount);
        _place(msg.sender, held - assets, bandCount);
        _send(_collateral, msg.sender, msg.sender, assets);
        _updateRate();
    }

    /// @inheritdoc ISoftLiquidationMarket
    function repay(uint256 assets, address user) external nonReentrant returns (uint256 repaid) {
        _accrue();
        uint256 debt = debtOf(user);
        if (debt == 0) revert NoLoan(user);
        repaid = Math.min(assets, debt);
        _pull(_borrowed, repaid);
        uint256 scaledBefore = _scaledDebt[user];
        _bookRepayment(user, msg.sender, repaid, repaid, debt);
        if (_scaledDebt[user] == scaledBefore) revert AmountRoundsToZero(address(_borrowed), repaid);
        if (repaid == debt) _giveBack(user);
        else _lowerBands(user);
        _updateRate();
    }

    /// @dev A smaller debt is carried by lower bands, unless a part is converted or it is still too large.
    function _lowerBands(address user) private {
        (int256 firstBand, uint256 bandCount) = exchange.positionOf(user);
        if (bandCount == 0) return;
        (uint256 converted, uint256 held) = exchange.previewWithdraw(user, uint256(WAD));
        if (converted != 0 || debtOf(user) > maxDebt(held, bandCount)) return;
        if (firstBandFor(held, debtOf(user), bandCount) <= firstBand) return;
        _takeUp(user);
        _place(user, held, bandCount);
    }

    function _pullCollateral(uint256 assets, address user) private {
        _pull(_collateral, assets);
        _emitSupplied(_collateral, user, assets);
    }

    function _lend(uint256 debtAssets) private {
        _mintDebt(msg.sender, debtAssets);
        _takeCash(debtAssets);
        _borrowed.safeTransfer(msg.sender, debtAssets);
        emit Borrowed(address(_borrowed), msg.sender, debtAssets);
    }

    function _giveBack(address user) private {
        (, uint256 count) = exchange.positionOf(user);
        if (count == 0) return;
        (uint256 converted, uint256 held) = exchange.withdraw(user, uint256(WAD));
        if (converted != 0) _send(_borrowed, user, user, converted);
        if (held != 0) _send(_collateral, user, user, held);
    }

    /// @dev Takes all collateral out of its bands, of which none may be converted.
    function _takeUp(address user) private returns (uint256 held, uint256 bandCount) {
        (, bandCount) = exchange.positionOf(user);
        if (bandCount == 0) revert NoLoan(user);
        uint256 converted;
        (converted, held) = exchange.withdraw(user, uint256(WAD));
        if (converted != 0) revert CollateralConverted(user, converted);
    }

    function _requireCarried(address user, uint256 collateralAssets, uint256 bandCount) private view {
        uint256 debt = debtOf(user);
        uint256 limit = maxDebt(collateralAssets, bandCount);
        if (debt > limit) revert LoanTooLarge(debt, limit);
    }

    /// @dev Puts collateral into the lowest bands that carry the debt as it is now.
    function _place(address user, uint256 collateralAssets, uint256 bandCount) private {
        int256 firstBand = firstBandFor(collateralAssets, debtOf(user), bandCount);
        exchange.deposit(user, collateralAssets, firstBand, bandCount);
        int256 health = healthWad(user);
        if (health < 0) revert HealthNegative(health);
    }

    /* LIQUIDATION */

    /// @inheritdoc ISoftLiquidationMarket
    function liquidate(
        address user,
        uint256 partWad,
        bytes calldata data
    ) external nonReentrant returns (SoftLiquidation memory result) {
        _accrue();
        result = previewLiquidation(user, partWad);
        uint256 debt = debtOf(user);
        uint256 healthBefore = _healthFactorWad(user);
        exchange.withdraw(user, partWad);
        if (result.seizedCollateral != 0) _collateral.safeTransfer(msg.sender, result.seizedCollateral);
        if (result.surplusBorrowed != 0) _borrowed.safeTransfer(msg.sender, result.surplusBorrowed);
        if (data.length != 0) ISoftLiquidationCallee(msg.sender).onSoftLiquidation(result, data);
        _pull(_borrowed, result.paidAssets);

        uint256 converted = result.coveredAssets - result.paidAssets;
        _bookRepayment(user, address(exchange), result.coveredAssets, converted, debt);
        _bookLoss(user, result.debtAssets - result.coveredAssets, debt - result.coveredAssets);
        _emitLiquidations(user, result, healthBefore);
        _updateRate();
    }

    /// @dev What is seized of converted assets beyond the debt is an event of its own, with the borrowed asset as
    /// its collateral.
    function _emitLiquidations(address user, SoftLiquidation memory result, uint256 healthBefore) private {
        (uint256 collateralBase, uint256 borrowedBase) = exchange.pricesBase();
        Seized memory seized = Seized(
            user,
            _collateral,
            result.paidAssets,
            result.seizedCollateral,
            healthBefore,
            collateralBase,
            borrowedBase
        );
        for (uint256 i = 0; i < (result.surplusBorrowed == 0 ? 1 : 2); ++i) {
            if (i == 1) {
                (seized.asset, seized.priceBase) = (_borrowed, borrowedBase);
                (seized.repaidAssets, seized.assets) = (0, result.surplusBorrowed);
            }
            _emitLiquidation(seized);
        }
    }

    function _emitLiquidation(Seized memory seized) private {
        emit Liquidation(
            seized.user,
            address(seized.asset),
            address(_borrowed),
            msg.sender,
            seized.repaidAssets,
            seized.assets,
            0,
            false,
            seized.healthBeforeWad,
            _healthFactorWad(seized.user),
            seized.priceBase,
            seized.debtPriceBase
        );
    }

    /// @inheritdoc ISoftLiquidationMarket
    function previewLiquidation(
        address user,
        uint256 partWad
    ) public view returns (SoftLiquidation memory result) {
        _requireAtMost("partWad", partWad, uint256(WAD));
        (, uint256 count) = exchange.positionOf(user);
        if (count == 0) revert NoLoan(user);
        int256 health = healthWad(user);
        if (health >= 0) revert HealthNotNegative(health);
        result.debtAssets = Math.mulDiv(debtOf(user), partWad, uint256(WAD), Math.Rounding.Ceil);
        uint256 converted;
        (converted, result.seizedCollateral) = exchange.previewWithdraw(user, partWad);
        uint256 payable_ = Math.mulDiv(
            converted + _collateralValueUp(result.seizedCollateral),
            BpsMath.BPS,
            BpsMath.BPS + _liquidationBonusBps,
            Math.Rounding.Ceil
        );
        result.coveredAssets = Math.min(result.debtAssets, payable_);
        result.paidAssets = Math.saturatingSub(result.coveredAssets, converted);
        result.surplusBorrowed = Math.saturatingSub(converted, result.coveredAssets);
    }

    /// @dev At the prices of the feeds: what the collateral fetches is not bound by the exchange's oracle.
    function _collateralValueUp(uint256 assets) private view returns (uint256) {
        (uint256 collateralBase, uint256 borrowedBase) = exchange.pricesBase();
        return
            Math.mulDiv(
                assets * _collateralScale,
                collateralBase,
                borrowedBase * _borrowedScale,
                Math.Rounding.Ceil
            );
    }

    /* LOANS */

    /// @inheritdoc ISoftLiquidationMarket
    function firstBandFor(
        uint256 collateralAssets,
        uint256 debtAssets,
        uint256 bandCount
    ) public view returns (int256) {
        int256 highest = _highestBand();
        uint256 perEdge = _maxDebtPerEdge(collateralAssets, bandCount);
        if (debtAssets >= _maxDebtAt(highest, perEdge)) return highest;
        // The lowest edge that carries the debt, rounded up.
        uint256 edge = Math.mulDiv(debtAssets * _borrowedScale, BandLib.WAD, perEdge, Math.Rounding.Ceil);
        int256 firstBand = BandLib.bandAtOrBelow(_basePriceWad, _amplification, edge);
        if (exchange.edgeWad(firstBand) < edge) --firstBand;
        int256 lowest = BandLib.maxBand(_amplification) - int256(bandCount) + 1;
        return SignedMath.max(SignedMath.min(firstBand, lowest), highest);
    }

    /// @inheritdoc ISoftLiquidationMarket
    function maxDebt(uint256 collateralAssets, uint256 bandCount) public view returns (uint256) {
        return _maxDebtAt(_highestBand(), _maxDebtPerEdge(collateralAssets, bandCount));
    }

    /// @dev The highest band whose upper edge is not above the price and which nothing converted stands in the way of.
    function _highestBand() private view returns (int256) {
        (uint256 price, ) = exchange.oracleWad();
        int256 below = BandLib.bandAtOrBelow(_basePriceWad, _amplification, price);
        return SignedMath.max(below, exchange.firstFreeBand());
    }

    /// @dev x_down * (1 - loan discount) per upper edge of the first band, in precise units.
    function _maxDebtPerEdge(uint256 collateralAssets, uint256 bandCount) private view returns (uint256) {
        if (bandCount == 0) return 0;
        uint256 conversion = BandLib.conversionDown(_amplification, bandCount);
        uint256 converted = Math.mulDiv(collateralAssets * _collateralScale, conversion, 1e36);
        return BpsMath.bpsMulDown(converted, BpsMath.BPS - _loanDiscountBps);
    }

    function _maxDebtAt(int256 firstBand, uint256 perEdge) private view returns (uint256) {
        return Math.mulDiv(perEdge, exchange.edgeWad(firstBand), BandLib.WAD) / _borrowedScale;
    }

    /// @inheritdoc ISoftLiquidationMarket
    function healthWad(address user) public view returns (int256) {
        return _healthWad(user, debtOf(user));
    }

    function _healthWad(address user, uint256 debt) private view returns (int256) {
        if (debt == 0) return type(int256).max;
        uint256 discounted = BpsMath.bpsMulDown(exchange.convertedOf(user), BpsMath.BPS - _liquidationDiscountBps);
        return int256(Math.mulDiv(discounted, uint256(WAD), debt)) - WAD;
    }

    /// @inheritdoc ISoftLiquidationMarket
    function healthAboveBandsWad(address user) external view returns (int256 health) {
        (health, , , ) = accountOf(user);
    }

    /// @inheritdoc ISoftLiquidationMarket
    function accountOf(
        address user
    ) public view returns (int256 health, uint256 debt, uint256 converted, uint256 held) {
        debt = debtOf(user);
        (converted, held) = exchange.previewWithdraw(user, uint256(WAD));
        health = _healthWad(user, debt);
        if (held == 0 || converted != 0 || health < 0 || debt == 0) return (health, debt, converted, held);
        (int256 firstBand, ) = exchange.positionOf(user);
        (uint256 price, ) = exchange.oracleWad();
        uint256 edge = exchange.edgeWad(firstBand);
        if (price <= edge) return (health, debt, converted, held);
        uint256 above = Math.mulDiv(held * _collateralScale, price - edge, _borrowedScale * BandLib.WAD);
        health += int256(Math.mulDiv(above, uint256(WAD), debt));
    }

    /// @dev 1 + health, 0 at the least.
    function _healthFactorWad(address user) private view returns (uint256) {
        int256 health = healthWad(user);
        return health == type(int256).max ? type(uint256).max : uint256(health + WAD);
    }

    /* VIEWS */

    /// @inheritdoc ISoftLiquidationMarket
    function config() external view returns (SoftLiquidationConfig memory) {
        return
            SoftLiquidationConfig(
                exchange,
                uint16(_loanDiscountBps),
                uint16(_liquidationDiscountBps),
                uint16(_liquidationBonusBps),
                uint16(_reserveFactorBps),
                uint32(_yearlyRateBps),
                _rateModel,
                _lossPolicy
            );
    }
}
