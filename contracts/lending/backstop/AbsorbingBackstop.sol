// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {ReentrancyGuard} from "@openzeppelin/contracts/utils/ReentrancyGuard.sol";
import {IAbsorbingBackstop, Stock} from "../../interfaces/IAbsorbingBackstop.sol";
import {ILendingPool, ReserveConfig} from "../../interfaces/ILendingPool.sol";
import {IRiskRules} from "../../interfaces/IRiskRules.sol";
import {BackstopLib, Pair} from "../../libraries/BackstopLib.sol";
import {BpsMath} from "../../libraries/BpsMath.sol";
import {HealthLib} from "../../libraries/HealthLib.sol";
import {RayMath} from "../../libraries/RayMath.sol";

/// @title AbsorbingBackstop
/// @notice See `IAbsorbingBackstop`.
contract AbsorbingBackstop is IAbsorbingBackstop, Ownable, ReentrancyGuard {
    using SafeCast for uint256;
    using SafeERC20 for IERC20;

    /// @notice Most lots that one call pays, gives up or sells from.
    uint256 public constant MAX_LOTS = 16;
    /// @notice A purchase takes all of a stock or leaves at least this much, in US dollars with 8 decimals.
    uint256 public constant MIN_LEFT_BASE = 1e8;

    /// @dev An account absorbed for a debt asset; what was owed for it, and what of that is left.
    struct Lot {
        address user;
        address debtAsset;
        uint256 owedAssets;
        uint256 leftAssets;
    }

    /// @dev Collateral of a lot.
    struct Line {
        uint64 lotId;
        uint192 assets;
    }

    /// @dev Lines of one collateral for one debt asset; those before `head` are sold.
    struct Shelf {
        uint256 assets;
        uint256 head;
        Line[] lines;
    }

    /// @dev Lots that are owed for, in their order; those before `head` are closed. `lines` counts unsold ones.
    struct Ledger {
        uint256 head;
        uint256 lines;
        uint256[] lots;
    }

    /// @dev What the rate of sales allowed at a time, in base units.
    struct Meter {
        uint192 allowedBase;
        uint64 updatedAtS;
    }

    /// @dev An account's collateral in one reserve: its share for a debt asset, and what it counts for.
    struct Part {
        address asset;
        uint256 assets;
        uint256 weighted;
    }

    /// @inheritdoc IAbsorbingBackstop
    ILendingPool public immutable pool;
    /// @inheritdoc IAbsorbingBackstop
    uint256 public immutable storefrontFactorBps;
    /// @inheritdoc IAbsorbingBackstop
    uint256 public immutable saleRateBase;
    /// @inheritdoc IAbsorbingBackstop
    uint256 public immutable saleBurstBase;

    /// @inheritdoc IAbsorbingBackstop
    mapping(address collateralAsset => uint256) public liquidationFactorBps;
    /// @inheritdoc IAbsorbingBackstop
    mapping(address debtAsset => uint256) public targetCapital;
    /// @inheritdoc IAbsorbingBackstop
    mapping(address debtAsset => uint256) public capital;
    /// @inheritdoc IAbsorbingBackstop
    mapping(address debtAsset => uint256) public owed;
    /// @inheritdoc IAbsorbingBackstop
    uint256 public lotCount;
    /// @inheritdoc IAbsorbingBackstop
    mapping(uint256 lotId => Lot) public lot;

    mapping(address debtAsset => Ledger) private _ledgers;
    mapping(address debtAsset => mapping(address collateralAsset => Shelf)) private _shelves;
    mapping(address collateralAsset => Meter) private _meters;

    constructor(
        address owner_,
        ILendingPool pool_,
        uint256 storefrontFactorBps_,
        uint256 saleRateBase_,
        uint256 saleBurstBase_
    ) Ownable(owner_) {
        _requireAtMost("storefrontFactorBps", storefrontFactorBps_, BpsMath.BPS);
        _requireAtMost("saleRateBase", saleRateBase_, type(uint128).max);
        _requireAtMost("saleBurstBase", saleBurstBase_, type(uint128).max);
        if (saleRateBase_ != 0 && saleBurstBase_ < 2 * MIN_LEFT_BASE) {
            revert BackstopParameterOutOfRange("saleBurstBase", saleBurstBase_, 2 * MIN_LEFT_BASE);
        }
        pool = pool_;
        storefrontFactorBps = storefrontFactorBps_;
        saleRateBase = saleRateBase_;
        saleBurstBase = saleBurstBase_;
    }

    /* CONFIGURATION */

    /// @inheritdoc IAbsorbingBackstop
    function setLiquidationFactor(address collateralAsset, uint256 factorBps) external onlyOwner {
        if (factorBps == 0) revert BackstopParameterOutOfRange("liquidationFactorBps", 0, 1);
        _requireAtMost("liquidationFactorBps", factorBps, BpsMath.BPS);
        liquidationFactorBps[collateralAsset] = factorBps;
        emit LiquidationFactorSet(collateralAsset, factorBps);
    }

    /// @inheritdoc IAbsorbingBackstop
    function setTargetCapital(address debtAsset, uint256 amount) external onlyOwner {
        targetCapital[debtAsset] = amount;
        emit TargetCapitalSet(debtAsset, amount);
    }

    /// @inheritdoc IAbsorbingBackstop
    function withdrawCapital(address debtAsset, uint256 amount, address to) external onlyOwner nonReentrant {
        uint256 available = capital[debtAsset];
        if (amount > available) revert InsufficientCapital(amount, available);
        capital[debtAsset] = available - amount;
        emit CapitalWithdrawn(debtAsset, to, amount);
        IERC20(debtAsset).safeTransfer(to, amount);
    }

    function _requireAtMost(bytes32 parameter, uint256 given, uint256 limit) private pure {
        if (given > limit) revert BackstopParameterOutOfRange(parameter, given, limit);
    }

    /* ABSORPTION */

    /// @inheritdoc IAbsorbingBackstop
    function absorb(address debtAsset, address[] calldata users) external nonReentrant {
        for (uint256 i = 0; i < users.length; ++i) _absorb(debtAsset, users[i]);
        _settle(debtAsset);
    }

    function _absorb(address debtAsset, address user) private {
        uint256 lotId = ++lotCount;
        (uint256 debtAssets, uint256 creditedAssets) = _takeOver(lotId, debtAsset, user);
        if (debtAssets == 0) revert NothingToAbsorb(user, debtAsset);
        uint256 owedAssets = debtAssets + _creditSurplus(debtAsset, user, debtAssets, creditedAssets);
        lot[lotId] = Lot(user, debtAsset, owedAssets, owedAssets);
        owed[debtAsset] += owedAssets;
        _ledgers[debtAsset].lots.push(lotId);
        emit Absorbed(lotId, user, debtAsset, msg.sender, debtAssets, creditedAssets);
    }

    /// @dev Every collateral leaves with its share of the debt by what it counts for, rounded down, so that the
    /// account does not become healthy on the way; the weightiest comes last and takes the rest. A share that is
    /// too small to be booked stays, and so does its collateral.
    function _takeOver(
        uint256 lotId,
        address debtAsset,
        address user
    ) private returns (uint256 takenAssets, uint256 creditedAssets) {
        uint256 debt = pool.debtBalance(debtAsset, user);
        if (debt == 0) revert NothingToAbsorb(user, debtAsset);
        uint256 index = pool.reserveState(debtAsset).borrowIndexRay;
        (Part[] memory parts, uint256 totalWeighted) = _parts(debtAsset, user, debt);
        uint256 allotted = 0;
        for (uint256 i = 0; i < parts.length; ++i) {
            Part memory part = parts[i];
            uint256 share = debt - allotted;
            if (i + 1 != parts.length) share = Math.mulDiv(debt, part.weighted, totalWeighted);
            uint256 taken = _boundByOffer(debtAsset, user, part, share);
            if (part.assets == 0 || RayMath.rayDivDown(taken, index) == 0) continue;
            creditedAssets += _seize(lotId, debtAsset, user, part, taken);
            takenAssets += taken;
            allotted += share;
        }
    }

    /// @dev Collateral for this debt: all of it, or where there are other debts its share by value.
    function _parts(
        address debtAsset,
        address user,
        uint256 debt
    ) private view returns (Part[] memory parts, uint256 totalWeighted) {
        (, uint256 debtBase, , , ) = pool.accountData(user);
        uint256 thisDebtBase = HealthLib.valueUp(debt, pool.priceBase(debtAsset), _unit(debtAsset));
        address[] memory assets = pool.reservesList();
        parts = new Part[](assets.length);
        uint256 count = 0;
        for (uint256 i = 0; i < assets.length; ++i) {
            Part memory part = _part(assets[i], user);
            if (part.assets == 0) continue;
            part.assets = Math.mulDiv(part.assets, thisDebtBase, debtBase);
            totalWeighted += part.weighted;
            parts[count] = part;
            if (count != 0 && part.weighted < parts[count - 1].weighted) {
                (parts[count - 1], parts[count]) = (part, parts[count - 1]);
            }
            ++count;
        }
        assembly ("memory-safe") {
            mstore(parts, count)
        }
    }

    /// @dev Empty where the reserve is no collateral of the account.
    function _part(address asset, address user) private view returns (Part memory part) {
        uint256 balance = pool.supplyBalance(asset, user);
        if (balance == 0) return part;
        ReserveConfig memory config = pool.reserveConfig(asset);
        if (config.liquidationThresholdBps == 0) return part;
        part.asset = asset;
        part.assets = balance;
        uint256 base = HealthLib.valueDown(balance, pool.priceBase(asset), _unit(asset));
        IRiskRules rules = pool.riskRules();
        if (address(rules) == address(0)) {
            part.weighted = base * config.liquidationThresholdBps;
        } else {
            (, part.weighted) = rules.weights(user, asset, base, config.ltvBps, config.liquidationThresholdBps);
        }
    }

    /// @dev Lowers a share of the debt, and its collateral with it, to what the terms offer.
    function _boundByOffer(
        address debtAsset,
        address user,
        Part memory part,
        uint256 share
    ) private view returns (uint256) {
        if (share == 0) return 0;
        uint256 offered = pool.liquidationOffer(part.asset, debtAsset, user).maxDebtAssets;
        if (offered >= share) return share;
        part.assets = Math.mulDiv(part.assets, offered, share);
        return offered;
    }

    /// @dev The debt asset itself needs no sale: it is capital at once. Returns the credit.
    function _seize(
        uint256 lotId,
        address debtAsset,
        address user,
        Part memory part,
        uint256 share
    ) private returns (uint256) {
        uint256 before = IERC20(part.asset).balanceOf(address(this));
        pool.seize(part.asset, debtAsset, user, part.assets, share);
        _requireReceived(part.asset, before, part.assets);
        emit CollateralAbsorbed(lotId, part.asset, part.assets);
        if (part.asset == debtAsset) {
            capital[debtAsset] += part.assets;
            emit CollateralSold(lotId, user, debtAsset, debtAsset, address(this), part.assets, part.assets);
            return part.assets;
        }
        uint256 factorBps = liquidationFactorBps[part.asset];
        if (factorBps == 0) revert NoLiquidationFactor(part.asset);
        Shelf storage shelf = _shelves[debtAsset][part.asset];
        shelf.assets += part.assets;
        shelf.lines.push(Line(uint64(lotId), part.assets.toUint192()));
        ++_ledgers[debtAsset].lines;
        return BackstopLib.creditDown(part.assets, _pair(debtAsset, part.asset), factorBps);
    }

    /// @dev A surplus too small to be a supply is not owed.
    function _creditSurplus(
        address debtAsset,
        address user,
        uint256 debtAssets,
        uint256 creditedAssets
    ) private returns (uint256 surplus) {
        if (creditedAssets <= debtAssets) return 0;
        surplus = creditedAssets - debtAssets;
        uint256 index = pool.reserveState(debtAsset).liquidityIndexRay;
        if (RayMath.rayDivDown(surplus, index) == 0) return 0;
        pool.creditSupply(debtAsset, user, surplus);
    }

    /* SALE */

    /// @inheritdoc IAbsorbingBackstop
    function buyCollateral(
        address debtAsset,
        address collateralAsset,
        uint256 minOut,
        uint256 debtAmount,
        address recipient
    ) external nonReentrant returns (uint256 soldAssets, uint256 paidAssets) {
        (soldAssets, paidAssets) = _quote(debtAsset, collateralAsset, debtAmount);
        if (soldAssets < minOut) revert InsufficientOutput(soldAssets, minOut);
        _meter(collateralAsset, soldAssets);
        _pull(debtAsset, paidAssets);
        capital[debtAsset] += paidAssets;
        _unshelve(debtAsset, collateralAsset, soldAssets, paidAssets);
        _settle(debtAsset);
        IERC20(collateralAsset).safeTransfer(recipient, soldAssets);
    }

    /// @inheritdoc IAbsorbingBackstop
    function previewBuy(
        address debtAsset,
        address collateralAsset,
        uint256 debtAmount
    ) external view returns (uint256 soldAssets, uint256 paidAssets) {
        return _quote(debtAsset, collateralAsset, debtAmount);
    }

    function _quote(
        address debtAsset,
        address collateralAsset,
        uint256 debtAmount
    ) private view returns (uint256 soldAssets, uint256 paidAssets) {
        uint256 target = targetCapital[debtAsset];
        uint256 own = Math.saturatingSub(capital[debtAsset], owed[debtAsset]);
        if (target != 0 && own >= target) revert NotForSale(own, target);
        uint256 saleable = _saleable(debtAsset, collateralAsset);
        if (saleable == 0) revert NothingToSell(debtAsset, collateralAsset);
        Pair memory pair = _pair(debtAsset, collateralAsset);
        uint256 factor = _factor(collateralAsset);
        uint256 enough = BackstopLib.costUp(saleable, pair, factor);
        soldAssets = debtAmount < enough ? BackstopLib.soldDown(debtAmount, pair, factor) : saleable;
        soldAssets = _withoutDust(_shelves[debtAsset][collateralAsset].assets, soldAssets, pair);
        if (soldAssets == 0) revert NothingToSell(debtAsset, collateralAsset);
        paidAssets = BackstopLib.costUp(soldAssets, pair, factor);
    }

    /// @dev All, or less by so much that what is left is worth a purchase of its own.
    function _withoutDust(uint256 total, uint256 soldAssets, Pair memory pair) private pure returns (uint256) {
        uint256 least = Math.mulDiv(
            MIN_LEFT_BASE,
            pair.collateralUnit,
            pair.collateralPriceBase,
            Math.Rounding.Ceil
        );
        if (soldAssets == total || total - soldAssets >= least) return soldAssets;
        return Math.saturatingSub(total, least);
    }

    /// @dev At most what is there, what one purchase may touch, and what the rate of sales allows.
    function _saleable(address debtAsset, address collateralAsset) private view returns (uint256 assets) {
        Shelf storage shelf = _shelves[debtAsset][collateralAsset];
        uint256 end = Math.min(shelf.lines.length, shelf.head + MAX_LOTS);
        for (uint256 i = shelf.head; i < end; ++i) assets += shelf.lines[i].assets;
        if (saleRateBase == 0 || assets == 0) return assets;
        uint256 allowed = Math.mulDiv(
            _allowedBase(collateralAsset),
            _unit(collateralAsset),
            pool.priceBase(collateralAsset)
        );
        return Math.min(assets, allowed);
    }

    function _allowedBase(address collateralAsset) private view returns (uint256) {
        Meter memory meter = _meters[collateralAsset];
        uint256 grown = meter.allowedBase + saleRateBase * (block.timestamp - meter.updatedAtS);
        return Math.min(grown, saleBurstBase);
    }

    function _meter(address collateralAsset, uint256 soldAssets) private {
        if (saleRateBase == 0) return;
        uint256 price = pool.priceBase(collateralAsset);
        uint256 soldBase = HealthLib.valueUp(soldAssets, price, _unit(collateralAsset));
        uint256 left = Math.saturatingSub(_allowedBase(collateralAsset), soldBase);
        _meters[collateralAsset] = Meter(uint192(left), uint64(block.timestamp));
    }

    /// @dev From the oldest lot on; the payment is split over lots in proportion, the last one getting the rest.
    function _unshelve(
        address debtAsset,
        address collateralAsset,
        uint256 soldAssets,
        uint256 paidAssets
    ) private {
        Shelf storage shelf = _shelves[debtAsset][collateralAsset];
        shelf.assets -= soldAssets;
        uint256 head = shelf.head;
        uint256 left = soldAssets;
        uint256 unpaid = paidAssets;
        while (left != 0) {
            Line storage line = shelf.lines[head];
            uint256 taken = Math.min(left, line.assets);
            uint256 paid = taken == left ? unpaid : Math.mulDiv(paidAssets, taken, soldAssets);
            left -= taken;
            unpaid -= paid;
            line.assets -= uint192(taken);
            uint256 lotId = line.lotId;
            if (line.assets == 0) {
                ++head;
                --_ledgers[debtAsset].lines;
            }
            emit CollateralSold(lotId, lot[lotId].user, collateralAsset, debtAsset, msg.sender, taken, paid);
        }
        shelf.head = head;
    }

    /* SETTLEMENT */

    /// @inheritdoc IAbsorbingBackstop
    function fundCapital(address debtAsset, uint256 amount) external nonReentrant {
        _pull(debtAsset, amount);
        capital[debtAsset] += amount;
        emit CapitalFunded(debtAsset, msg.sender, amount);
        _settle(debtAsset);
    }

    /// @inheritdoc IAbsorbingBackstop
    function settle(address debtAsset) external nonReentrant {
        _settle(debtAsset);
    }

    /// @dev Pays lots in their order as far as capital goes. Without capital and without anything left to sell,
    /// what is owed is lost.
    function _settle(address debtAsset) private {
        Ledger storage ledger = _ledgers[debtAsset];
        uint256 end = Math.min(ledger.lots.length, ledger.head + MAX_LOTS);
        uint256 head = ledger.head;
        while (head < end) {
            uint256 lotId = ledger.lots[head];
            Lot storage open = lot[lotId];
            uint256 paid = Math.min(open.leftAssets, capital[debtAsset]);
            uint256 lost = ledger.lines == 0 ? open.leftAssets - paid : 0;
            if (paid + lost == 0) break;
            uint256 left = open.leftAssets - paid - lost;
            open.leftAssets = left;
            capital[debtAsset] -= paid;
            owed[debtAsset] -= paid + lost;
            IERC20(debtAsset).forceApprove(address(pool), paid);
            pool.settleClaim(debtAsset, open.user, paid, lost);
            if (left != 0) break;
            ++head;
            emit LotClosed(lotId, open.user, debtAsset, open.owedAssets - lost, lost);
        }
        ledger.head = head;
    }

    function _pull(address token, uint256 amount) private {
        uint256 before = IERC20(token).balanceOf(address(this));
        IERC20(token).safeTransferFrom(msg.sender, address(this), amount);
        _requireReceived(token, before, amount);
    }

    function _requireReceived(address token, uint256 before, uint256 amount) private view {
        uint256 received = IERC20(token).balanceOf(address(this)) - before;
        if (received < amount) revert PaymentShort(received, amount);
    }

    /* PRICES */

    function _pair(address debtAsset, address collateralAsset) private view returns (Pair memory) {
        return
            Pair({
                collateralPriceBase: pool.priceBase(collateralAsset),
                collateralUnit: _unit(collateralAsset),
                debtPriceBase: pool.priceBase(debtAsset),
                debtUnit: _unit(debtAsset)
            });
    }

    function _factor(address collateralAsset) private view returns (uint256) {
        return BackstopLib.priceFactor(storefrontFactorBps, liquidationFactorBps[collateralAsset]);
    }

    function _unit(address asset) private view returns (uint256) {
        return 10 ** IERC20Metadata(asset).decimals();
    }

    /* VIEWS */

    /// @inheritdoc IAbsorbingBackstop
    function stock(address debtAsset, address collateralAsset) external view returns (uint256) {
        return _shelves[debtAsset][collateralAsset].assets;
    }

    /// @inheritdoc IAbsorbingBackstop
    function priceRay(address debtAsset, address collateralAsset) external view returns (uint256) {
        return BackstopLib.costUp(RayMath.RAY, _pair(debtAsset, collateralAsset), _factor(collateralAsset));
    }

    /// @inheritdoc IAbsorbingBackstop
    function saleable(address debtAsset, address collateralAsset) external view returns (uint256) {
        return _saleable(debtAsset, collateralAsset);
    }

    /// @inheritdoc IAbsorbingBackstop
    function stocks() external view returns (Stock[] memory found) {
        address[] memory assets = pool.reservesList();
        found = new Stock[](assets.length * assets.length);
        uint256 count = 0;
        for (uint256 i = 0; i < assets.length; ++i) {
            for (uint256 k = 0; k < assets.length; ++k) {
                uint256 held = _shelves[assets[i]][assets[k]].assets;
                if (held == 0) continue;
                found[count++] = Stock(assets[i], assets[k], held);
            }
        }
        assembly ("memory-safe") {
            mstore(found, count)
        }
    }
}
