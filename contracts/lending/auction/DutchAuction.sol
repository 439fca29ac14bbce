// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IDutchAuction} from "../../interfaces/IDutchAuction.sol";
import {Lot} from "../../interfaces/IDutchAuctionCore.sol";
import {ILendingPool} from "../../interfaces/ILendingPool.sol";
import {HealthLib} from "../../libraries/HealthLib.sol";
import {RayMath} from "../../libraries/RayMath.sol";
import {DutchAuctionCore} from "./DutchAuctionCore.sol";

/// @title DutchAuction
/// @notice See `IDutchAuction`. The auctions are in `DutchAuctionCore`; here they meet the pool and its tokens.
contract DutchAuction is IDutchAuction, DutchAuctionCore {
    using SafeERC20 for IERC20;

    /// @dev Debt of a lot without its penalty: what it took over, and what of that is still to be settled.
    struct Debt {
        uint256 takenAssets;
        uint256 leftAssets;
    }

    /// @inheritdoc IDutchAuction
    ILendingPool public immutable pool;
    /// @inheritdoc IDutchAuction
    mapping(address debtAsset => uint256) public incentives;
    /// @inheritdoc IDutchAuction
    mapping(address user => mapping(address collateralAsset => uint256)) public keptReturns;

    mapping(uint256 lotId => Debt) private _debts;

    constructor(address owner_, ILendingPool pool_) Ownable(owner_) {
        pool = pool_;
    }

    /* INCENTIVES */

    /// @inheritdoc IDutchAuction
    function fundIncentives(address debtAsset, uint256 amount) external nonReentrant {
        uint256 received = _pull(debtAsset, amount);
        incentives[debtAsset] += received;
        emit IncentivesFunded(debtAsset, msg.sender, received);
    }

    /// @inheritdoc IDutchAuction
    function withdrawIncentives(address debtAsset, uint256 amount, address to) external onlyOwner nonReentrant {
        uint256 available = incentives[debtAsset];
        if (amount > available) revert InsufficientIncentives(amount, available);
        incentives[debtAsset] = available - amount;
        emit IncentivesWithdrawn(debtAsset, to, amount);
        IERC20(debtAsset).safeTransfer(to, amount);
    }

    /// @dev The incentives pay what they hold; nothing is owed for the rest.
    function _reward(uint256 lotId, address debtAsset, address keeper, uint256 rewardRad) internal override {
        uint256 offered = rewardRad / RayMath.RAY;
        if (offered == 0) return;
        uint256 paid = Math.min(offered, incentives[debtAsset]);
        incentives[debtAsset] -= paid;
        emit KeeperRewarded(lotId, keeper, debtAsset, offered, paid);
        if (paid != 0) IERC20(debtAsset).safeTransfer(keeper, paid);
    }

    /* START */

    /// @dev The largest vault of this pair with the account's ratio (see `IDutchAuction`), and of it the part that
    /// the terms offer.
    function _position(
        address user,
        address collateralAsset,
        address debtAsset
    ) internal view override returns (Position memory position) {
        uint256 offered = pool.liquidationOffer(collateralAsset, debtAsset, user).maxDebtAssets;
        (uint256 collateralBase, uint256 debtBase, , , ) = pool.accountData(user);
        uint256 collateral = pool.supplyBalance(collateralAsset, user);
        uint256 debt = pool.debtBalance(debtAsset, user);
        uint256 thisCollateralBase = HealthLib.valueDown(
            collateral,
            pool.priceBase(collateralAsset),
            _unit(collateralAsset)
        );
        uint256 thisDebtBase = HealthLib.valueUp(debt, pool.priceBase(debtAsset), _unit(debtAsset));
        uint256 collateralShare = thisCollateralBase * debtBase;
        uint256 debtShare = thisDebtBase * collateralBase;
        if (collateralShare > debtShare) {
            collateral = Math.mulDiv(collateral, debtShare, collateralShare);
        } else if (collateralShare < debtShare) {
            debt = Math.mulDiv(debt, collateralShare, debtShare);
        }
        if (offered < debt) {
            collateral = Math.mulDiv(collateral, offered, debt);
            debt = offered;
        }
        return Position({collateralAssets: collateral, debtAssets: debt, rateRay: RayMath.RAY});
    }

    function _quote(
        address collateralAsset,
        address debtAsset
    ) internal view override returns (Quote memory quote) {
        quote.debtPriceBase = pool.priceBase(debtAsset);
        quote.debtUnit = _unit(debtAsset);
        quote.priceRay = Math.mulDiv(
            pool.priceBase(collateralAsset) * quote.debtUnit,
            RayMath.RAY,
            quote.debtPriceBase * _unit(collateralAsset)
        );
    }

    function _unit(address asset) private view returns (uint256) {
        return 10 ** IERC20Metadata(asset).decimals();
    }

    function _seize(uint256 lotId, Lot memory lot, uint256 debtAssets) internal override {
        _debts[lotId] = Debt(debtAssets, debtAssets);
        uint256 before = IERC20(lot.collateralAsset).balanceOf(address(this));
        pool.seize(lot.collateralAsset, lot.debtAsset, lot.user, lot.lotAssets, debtAssets);
        _requireReceived(lot.collateralAsset, before, lot.lotAssets);
    }

    /* TAKE */

    function _deliver(address collateralAsset, address receiver, uint256 soldAssets) internal override {
        IERC20(collateralAsset).safeTransfer(receiver, soldAssets);
    }

    /// @dev The pool comes first: only what exceeds the lot's debt, the penalty, goes to the incentives.
    function _collect(
        uint256 lotId,
        Lot memory lot,
        uint256 soldAssets,
        uint256 paidAssets,
        bool ended
    ) internal override {
        _pull(lot.debtAsset, paidAssets);
        emit CollateralSold(
            lotId,
            lot.user,
            lot.collateralAsset,
            lot.debtAsset,
            msg.sender,
            soldAssets,
            paidAssets
        );
        Debt memory debt = _debts[lotId];
        uint256 settled = Math.min(paidAssets, debt.leftAssets);
        debt.leftAssets -= settled;
        _debts[lotId].leftAssets = debt.leftAssets;
        _settle(lot, settled, ended ? debt.leftAssets : 0);
        if (paidAssets != settled) {
            incentives[lot.debtAsset] += paidAssets - settled;
            emit IncentivesFunded(lot.debtAsset, address(this), paidAssets - settled);
        }
        if (!ended) return;
        delete _debts[lotId];
        if (lot.lotAssets != 0) _giveBack(lotId, lot);
        emit LotClosed(lotId, lot.user, lot.debtAsset, debt.takenAssets - debt.leftAssets, debt.leftAssets);
    }

    function _settle(Lot memory lot, uint256 paidAssets, uint256 lostAssets) private {
        if (paidAssets == 0 && lostAssets == 0) return;
        IERC20(lot.debtAsset).forceApprove(address(pool), paidAssets);
        pool.settleClaim(lot.debtAsset, lot.user, paidAssets, lostAssets);
    }

    /// @dev As a supply of the account; where the pool refuses it (a cap), the account can fetch it here.
    function _giveBack(uint256 lotId, Lot memory lot) private {
        IERC20(lot.collateralAsset).forceApprove(address(pool), lot.lotAssets);
        try pool.supply(lot.collateralAsset, lot.lotAssets, lot.user) {
            emit CollateralReturned(lotId, lot.user, lot.collateralAsset, lot.lotAssets);
        } catch {
            IERC20(lot.collateralAsset).forceApprove(address(pool), 0);
            keptReturns[lot.user][lot.collateralAsset] += lot.lotAssets;
            emit ReturnKept(lot.user, lot.collateralAsset, lot.lotAssets);
        }
    }

    /// @inheritdoc IDutchAuction
    function withdrawReturn(address collateralAsset, address to) external nonReentrant returns (uint256 amount) {
        amount = keptReturns[msg.sender][collateralAsset];
        keptReturns[msg.sender][collateralAsset] = 0;
        emit ReturnWithdrawn(msg.sender, collateralAsset, to, amount);
        IERC20(collateralAsset).safeTransfer(to, amount);
    }

    /// @inheritdoc IDutchAuction
    function lotDebt(uint256 lotId) external view returns (uint256 takenAssets, uint256 leftAssets) {
        Debt storage debt = _debts[lotId];
        return (debt.takenAssets, debt.leftAssets);
    }

    /* TOKENS */

    /// @dev From the caller; the amount that arrived, which is not less than `amount`.
    function _pull(address asset, uint256 amount) private returns (uint256) {
        if (amount == 0) return 0;
        uint256 before = IERC20(asset).balanceOf(address(this));
        IERC20(asset).safeTransferFrom(msg.sender, address(this), amount);
        return _requireReceived(asset, before, amount);
    }

    function _requireReceived(
        address asset,
        uint256 before,
        uint256 amount
    ) private view returns (uint256 received) {
        received = IERC20(asset).balanceOf(address(this)) - before;
        if (received < amount) revert PaymentShort(received, amount);
    }
}
