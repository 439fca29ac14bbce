// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {ReentrancyGuard} from "@openzeppelin/contracts/utils/ReentrancyGuard.sol";
import {BatchBid, BatchLot, BatchLotStatus, BatchParams, IBatchAuction} from "../../interfaces/IBatchAuction.sol";
import {ILendingPool} from "../../interfaces/ILendingPool.sol";
import {LiquidationOffer} from "../../interfaces/ILiquidationTerms.sol";
import {BatchClearingLib, Clearing, Order} from "../../libraries/BatchClearingLib.sol";
import {BpsMath} from "../../libraries/BpsMath.sol";
import {HealthLib} from "../../libraries/HealthLib.sol";
import {LiquidationLib, Seizure, SeizureInput} from "../../libraries/LiquidationLib.sol";
import {RayMath} from "../../libraries/RayMath.sol";

/// @title BatchAuction
/// @notice See `IBatchAuction`.
contract BatchAuction is IBatchAuction, ReentrancyGuard {
    using SafeCast for uint256;
    using SafeERC20 for IERC20;

    uint256 private constant MAX_BIDS = 64;

    /// @inheritdoc IBatchAuction
    ILendingPool public immutable pool;
    /// @inheritdoc IBatchAuction
    address public immutable beneficiary;
    /// @inheritdoc IBatchAuction
    uint256 public lotCount;
    /// @inheritdoc IBatchAuction
    mapping(address account => mapping(address token => uint256)) public credits;

    BatchParams private _params;
    mapping(uint256 lotId => BatchLot) private _lots;
    mapping(uint256 lotId => BatchBid[]) private _bids;
    uint256[] private _active;
    /// @dev Place in `_active` plus 1; 0 once it is closed.
    mapping(uint256 lotId => uint256) private _place;

    constructor(ILendingPool pool_, address beneficiary_, BatchParams memory params_) {
        _requireWithin("windowS", params_.windowS, 1, type(uint32).max);
        _requireWithin("maxBids", params_.maxBids, 1, MAX_BIDS);
        _requireWithin("maxRounds", params_.maxRounds, 1, type(uint16).max);
        pool = pool_;
        beneficiary = beneficiary_;
        _params = params_;
    }

    function _requireWithin(bytes32 parameter, uint256 given, uint256 least, uint256 most) private pure {
        if (given < least) revert BatchParameterOutOfRange(parameter, given, least);
        if (given > most) revert BatchParameterOutOfRange(parameter, given, most);
    }

    /* OPEN */

    /// @inheritdoc IBatchAuction
    function open(
        address user,
        address collateralAsset,
        address debtAsset
    ) external nonReentrant returns (uint256 lotId) {
        BatchLot memory lot = _plan(user, collateralAsset, debtAsset);
        lotId = ++lotCount;
        _lots[lotId] = lot;
        _active.push(lotId);
        _place[lotId] = _active.length;
        uint256 before = IERC20(collateralAsset).balanceOf(address(this));
        pool.seize(collateralAsset, debtAsset, user, lot.lotAssets, lot.debtAssets);
        _requireReceived(collateralAsset, before, lot.lotAssets);
        emit LotOpened(lotId, user, collateralAsset, debtAsset, lot.lotAssets, lot.debtAssets);
        emit RoundStarted(lotId, lot.round, lot.endsAtS, lot.reserveRay);
    }

    /// @inheritdoc IBatchAuction
    function previewOpen(
        address user,
        address collateralAsset,
        address debtAsset
    ) external view returns (BatchLot memory) {
        return _plan(user, collateralAsset, debtAsset);
    }

    function _plan(
        address user,
        address collateralAsset,
        address debtAsset
    ) private view returns (BatchLot memory lot) {
        (uint256 lotAssets, uint256 debtAssets) = _takeable(user, collateralAsset, debtAsset);
        if (lotAssets == 0 || debtAssets == 0) revert EmptyLot(lotAssets, debtAssets);
        lot.user = user;
        lot.collateralAsset = collateralAsset;
        lot.debtAsset = debtAsset;
        lot.lotAssets = lotAssets.toUint112();
        lot.debtAssets = debtAssets.toUint128();
        lot.takenDebtAssets = lot.debtAssets;
        _startRound(lot, _reserveRayUp(lot));
    }

    /// @dev The debt offered and the collateral that it is worth at the bonus. All collateral of an account takes
    /// all the debt offered with it: the auction may bring more than the oracle says.
    function _takeable(
        address user,
        address collateralAsset,
        address debtAsset
    ) private view returns (uint256 lotAssets, uint256 debtAssets) {
        LiquidationOffer memory offer = pool.liquidationOffer(collateralAsset, debtAsset, user);
        uint256 offered = Math.min(offer.maxDebtAssets, pool.debtBalance(debtAsset, user));
        uint256 balance = pool.supplyBalance(collateralAsset, user);
        uint256 price = pool.priceBase(collateralAsset);
        uint256 unit = _unit(collateralAsset);
        Seizure memory seizure = LiquidationLib.seize(
            SeizureInput({
                debtAssets: offered,
                collateralBalance: balance,
                debtPriceBase: pool.priceBase(debtAsset),
                debtUnit: _unit(debtAsset),
                collateralPriceBase: price,
                collateralUnit: unit,
                bonusBps: offer.bonusBps,
                protocolFeeBps: 0,
                feeOnSeized: false
            })
        );
        (uint256 collateralBase, , , , ) = pool.accountData(user);
        bool takesAll = seizure.seizedAssets == balance;
        bool only = HealthLib.valueDown(balance, price, unit) == collateralBase;
        return (seizure.seizedAssets, takesAll && only ? offered : Math.min(seizure.repaidAssets, offered));
    }

    function _startRound(BatchLot memory lot, uint256 reserveRay) private view {
        lot.endsAtS = uint64(block.timestamp + _params.windowS);
        lot.minQuantity = uint112(Math.ceilDiv(lot.lotAssets, _params.maxBids));
        lot.reserveRay = reserveRay.toUint144();
    }

    /// @dev Reserve price of the lot's round at the oracle's price of now.
    function _reserveRayUp(BatchLot memory lot) private view returns (uint256) {
        uint256 loweredBps = uint256(_params.reserveStepBps) * lot.round;
        if (loweredBps >= _params.reserveBps) return 0;
        uint256 value = pool.priceBase(lot.collateralAsset) * _unit(lot.debtAsset);
        uint256 unit = pool.priceBase(lot.debtAsset) * _unit(lot.collateralAsset);
        uint256 oracleRay = Math.mulDiv(value, RayMath.RAY, unit, Math.Rounding.Ceil);
        return BpsMath.bpsMulUp(oracleRay, _params.reserveBps - loweredBps);
    }

    function _unit(address asset) private view returns (uint256) {
        return 10 ** IERC20Metadata(asset).decimals();
    }

    /* BID */

    /// @inheritdoc IBatchAuction
    function bid(uint256 lotId, uint256 quantity, uint256 priceRay) external nonReentrant {
        BatchLot storage lot = _activeLot(lotId);
        if (block.timestamp >= lot.endsAtS) revert BiddingEnded(lot.endsAtS, block.timestamp);
        if (quantity < lot.minQuantity) revert QuantityOutOfRange(quantity, lot.minQuantity);
        if (quantity > lot.lotAssets) revert QuantityOutOfRange(quantity, lot.lotAssets);
        uint256 leastRay = Math.max(lot.reserveRay, 1);
        if (priceRay < leastRay) revert PriceTooLow(priceRay, leastRay);
        BatchBid memory placed = BatchBid(msg.sender, uint112(quantity), priceRay.toUint144());
        address debtAsset = lot.debtAsset;
        if (_bids[lotId].length == _params.maxBids) _evictLowest(lotId, debtAsset, priceRay);
        _bids[lotId].push(placed);
        uint256 escrow = BatchClearingLib.escrowUp(_order(placed));
        emit BidPlaced(lotId, msg.sender, quantity, priceRay, escrow);
        _payIn(debtAsset, escrow);
    }

    /// @dev Of equal bids the last goes; the others keep their order.
    function _evictLowest(uint256 lotId, address debtAsset, uint256 priceRay) private {
        BatchBid[] storage bids = _bids[lotId];
        uint256 last = bids.length - 1;
        uint256 lowest = last;
        for (uint256 i = last; i != 0; --i) {
            if (bids[i - 1].priceRay < bids[lowest].priceRay) lowest = i - 1;
        }
        BatchBid memory evicted = bids[lowest];
        if (priceRay <= evicted.priceRay) revert PriceTooLow(priceRay, uint256(evicted.priceRay) + 1);
        for (uint256 i = lowest; i < last; ++i) bids[i] = bids[i + 1];
        bids.pop();
        credits[evicted.bidder][debtAsset] += BatchClearingLib.escrowUp(_order(evicted));
        emit BidEvicted(lotId, evicted.bidder, evicted.quantity, evicted.priceRay);
    }

    function _order(BatchBid memory placed) private pure returns (Order memory) {
        return Order(placed.quantity, placed.priceRay);
    }

    /// @dev From the caller's credit, then from the caller.
    function _payIn(address token, uint256 amount) private {
        uint256 credit = Math.min(credits[msg.sender][token], amount);
        credits[msg.sender][token] -= credit;
        if (credit == amount) return;
        uint256 before = IERC20(token).balanceOf(address(this));
        IERC20(token).safeTransferFrom(msg.sender, address(this), amount - credit);
        _requireReceived(token, before, amount - credit);
    }

    function _requireReceived(address token, uint256 before, uint256 amount) private view {
        uint256 received = IERC20(token).balanceOf(address(this)) - before;
        if (received < amount) revert PaymentShort(received, amount);
    }

    /* CLEAR */

    /// @inheritdoc IBatchAuction
    function clear(uint256 lotId) external nonReentrant {
        BatchLot memory lot = _activeLot(lotId);
        if (block.timestamp < lot.endsAtS) revert BiddingRuns(lot.endsAtS, block.timestamp);
        BatchBid[] memory bids = _bids[lotId];
        delete _bids[lotId];
        Clearing memory clearing = _clearing(lot, bids);
        emit RoundCleared(lotId, lot.round, clearing.priceRay, clearing.soldAssets, clearing.paidAssets);
        _credit(lotId, lot, bids, clearing);
        lot.lotAssets -= uint112(clearing.soldAssets);
        lot.debtAssets -= uint128(clearing.paidAssets);
        ++lot.round;
        bool ended = lot.debtAssets == 0 || lot.lotAssets == 0 || lot.round == _params.maxRounds;
        if (ended) {
            _remove(lotId);
        } else {
            _startRound(lot, _nextReserveRay(lot));
            _lots[lotId] = lot;
            emit RoundStarted(lotId, lot.round, lot.endsAtS, lot.reserveRay);
        }
        _settle(lot, clearing.paidAssets, ended ? lot.debtAssets : 0);
        if (!ended) return;
        if (lot.lotAssets != 0) _dispose(lotId, lot);
        emit LotClosed(lotId, lot.user, lot.debtAsset, lot.takenDebtAssets - lot.debtAssets, lot.debtAssets);
    }

    /// @inheritdoc IBatchAuction
    function previewClear(uint256 lotId) external view returns (Clearing memory) {
        return _clearing(_activeLot(lotId), _bids[lotId]);
    }

    function _clearing(BatchLot memory lot, BatchBid[] memory bids) private pure returns (Clearing memory) {
        Order[] memory orders = new Order[](bids.length);
        for (uint256 i = 0; i < bids.length; ++i) orders[i] = _order(bids[i]);
        return BatchClearingLib.clear(orders, lot.lotAssets, lot.debtAssets);
    }

    /// @dev Every bidder's collateral, and what it put down beyond its payment.
    function _credit(
        uint256 lotId,
        BatchLot memory lot,
        BatchBid[] memory bids,
        Clearing memory clearing
    ) private {
        for (uint256 i = 0; i < bids.length; ++i) {
            (uint256 fill, uint256 payment) = (clearing.fills[i], clearing.payments[i]);
            address bidder = bids[i].bidder;
            uint256 refund = BatchClearingLib.escrowUp(_order(bids[i])) - payment;
            if (refund != 0) credits[bidder][lot.debtAsset] += refund;
            if (fill == 0) continue;
            credits[bidder][lot.collateralAsset] += fill;
            emit CollateralSold(lotId, lot.user, lot.collateralAsset, lot.debtAsset, bidder, fill, payment);
        }
    }

    /// @dev No price, no lower reserve: the round is held at the last one.
    function _nextReserveRay(BatchLot memory lot) private view returns (uint256) {
        try this.reserveRay(lot) returns (uint256 next) {
            return Math.min(next, type(uint144).max);
        } catch {
            return lot.reserveRay;
        }
    }

    /// @inheritdoc IBatchAuction
    function reserveRay(BatchLot calldata lot) external view returns (uint256) {
        return _reserveRayUp(lot);
    }

    function _settle(BatchLot memory lot, uint256 paidAssets, uint256 lostAssets) private {
        if (paidAssets == 0 && lostAssets == 0) return;
        IERC20(lot.debtAsset).forceApprove(address(pool), paidAssets);
        pool.settleClaim(lot.debtAsset, lot.user, paidAssets, lostAssets);
    }

    /// @dev Collateral left over: the owner's where the debt is repaid, as a supply unless the pool refuses it (a
    /// cap); otherwise the beneficiary's.
    function _dispose(uint256 lotId, BatchLot memory lot) private {
        address asset = lot.collateralAsset;
        if (lot.debtAssets != 0) {
            credits[beneficiary][asset] += lot.lotAssets;
            emit CollateralUnsold(lotId, asset, lot.lotAssets);
            return;
        }
        IERC20(asset).forceApprove(address(pool), lot.lotAssets);
        try pool.supply(asset, lot.lotAssets, lot.user) {
            // The pool has taken it.
        } catch {
            IERC20(asset).forceApprove(address(pool), 0);
            credits[lot.user][asset] += lot.lotAssets;
        }
        emit CollateralReturned(lotId, lot.user, asset, lot.lotAssets);
    }

    function _remove(uint256 lotId) private {
        uint256 place = _place[lotId];
        uint256 last = _active[_active.length - 1];
        _active[place - 1] = last;
        _place[last] = place;
        _active.pop();
        delete _place[lotId];
        delete _lots[lotId];
    }

    /* CREDITS */

    /// @inheritdoc IBatchAuction
    function withdraw(address token, address to) external nonReentrant returns (uint256 amount) {
        amount = credits[msg.sender][token];
        credits[msg.sender][token] = 0;
        emit CreditWithdrawn(msg.sender, token, to, amount);
        IERC20(token).safeTransfer(to, amount);
    }

    /* VIEWS */

    /// @inheritdoc IBatchAuction
    function params() external view returns (BatchParams memory) {
        return _params;
    }

    /// @inheritdoc IBatchAuction
    function lotStatus(uint256 lotId) external view returns (BatchLotStatus memory) {
        return BatchLotStatus(lotId, _activeLot(lotId), _bids[lotId]);
    }

    /// @inheritdoc IBatchAuction
    function activeLots() external view returns (BatchLotStatus[] memory statuses) {
        statuses = new BatchLotStatus[](_active.length);
        for (uint256 i = 0; i < statuses.length; ++i) {
            uint256 lotId = _active[i];
            statuses[i] = BatchLotStatus(lotId, _lots[lotId], _bids[lotId]);
        }
    }

    function _activeLot(uint256 lotId) private view returns (BatchLot storage lot) {
        if (_place[lotId] == 0) revert UnknownLot(lotId);
        return _lots[lotId];
    }
}
