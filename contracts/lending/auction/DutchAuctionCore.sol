// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {ReentrancyGuard} from "@openzeppelin/contracts/utils/ReentrancyGuard.sol";
import {IAuctionCallee} from "../../interfaces/IAuctionCallee.sol";
import {AuctionParams, IDutchAuctionCore, Lot, LotStatus} from "../../interfaces/IDutchAuctionCore.sol";
import {Cut, DutchAuctionLib, Vault} from "../../libraries/DutchAuctionLib.sol";
import {RayMath} from "../../libraries/RayMath.sol";

/// @title DutchAuctionCore
/// @notice The auctions themselves: parameters, lots, throttles, prices. Where collateral and debt come from, and
/// how they move, is for the contract that derives from it.
abstract contract DutchAuctionCore is IDutchAuctionCore, Ownable, ReentrancyGuard {
    uint256 private constant STOP_STARTS = 1;
    uint256 private constant STOP_RESETS = 2;
    uint256 private constant STOP_PURCHASES = 3;

    /// @dev What an account has for one pair of reserves; its debt is `debtAssets` times the rate.
    struct Position {
        uint256 collateralAssets;
        uint256 debtAssets;
        uint256 rateRay;
    }

    /// @dev Price of the collateral in the debt, and of the debt: `debtPriceBase` US dollars with 8 decimals per
    /// `debtUnit` smallest units.
    struct Quote {
        uint256 priceRay;
        uint256 debtPriceBase;
        uint256 debtUnit;
    }

    /// @inheritdoc IDutchAuctionCore
    uint256 public totalLimitRad;
    /// @inheritdoc IDutchAuctionCore
    uint256 public totalInAuctionRad;
    /// @inheritdoc IDutchAuctionCore
    mapping(address collateralAsset => uint256) public inAuctionRad;
    /// @inheritdoc IDutchAuctionCore
    uint256 public stopped;
    /// @inheritdoc IDutchAuctionCore
    uint256 public lotCount;

    mapping(address collateralAsset => AuctionParams) private _params;
    mapping(uint256 lotId => Lot) private _lots;
    uint256[] private _active;
    /// @dev Place in `_active` plus 1; 0 once it has ended.
    mapping(uint256 lotId => uint256) private _place;

    modifier unlessStopped(uint256 level) {
        if (stopped >= level) revert Stopped(stopped, level);
        _;
    }

    /* CONFIGURATION */

    /// @inheritdoc IDutchAuctionCore
    function setAuctionParams(address collateralAsset, AuctionParams calldata params) external onlyOwner {
        if (address(params.decay) == address(0)) revert NoAuctionParams(collateralAsset);
        if (params.bufferRay == 0) revert AuctionParameterOutOfRange("bufferRay", 0, 1);
        _requireAtMost("cuspRay", params.cuspRay, RayMath.RAY);
        _requireAtMost("chipWad", params.chipWad, DutchAuctionLib.WAD);
        if (params.penaltyWad < DutchAuctionLib.WAD) {
            revert AuctionParameterOutOfRange("penaltyWad", params.penaltyWad, DutchAuctionLib.WAD);
        }
        _params[collateralAsset] = params;
        emit AuctionParamsSet(collateralAsset, params);
    }

    /// @inheritdoc IDutchAuctionCore
    function setTotalLimit(uint256 limitRad) external onlyOwner {
        totalLimitRad = limitRad;
        emit TotalLimitSet(limitRad);
    }

    /// @inheritdoc IDutchAuctionCore
    function setStopped(uint256 level) external onlyOwner {
        _requireAtMost("level", level, STOP_PURCHASES);
        stopped = level;
        emit StoppedSet(level);
    }

    function _requireAtMost(bytes32 parameter, uint256 given, uint256 limit) private pure {
        if (given > limit) revert AuctionParameterOutOfRange(parameter, given, limit);
    }

    /* START */

    /// @inheritdoc IDutchAuctionCore
    function start(
        address user,
        address collateralAsset,
        address debtAsset,
        address keeper
    ) external nonReentrant unlessStopped(STOP_STARTS) returns (uint256 lotId) {
        Lot memory lot;
        uint256 debtAssets;
        uint256 rewardRad;
        (lot, debtAssets, rewardRad) = _planStart(user, collateralAsset, debtAsset);
        lotId = ++lotCount;
        _lots[lotId] = lot;
        totalInAuctionRad += lot.throttleRad;
        inAuctionRad[collateralAsset] += lot.throttleRad;
        _active.push(lotId);
        _place[lotId] = _active.length;

        _seize(lotId, lot, debtAssets);
        emit LotStarted(
            lotId,
            user,
            collateralAsset,
            debtAsset,
            lot.lotAssets,
            debtAssets,
            lot.tabRad,
            lot.topRay
        );
        _reward(lotId, debtAsset, keeper, rewardRad);
    }

    /// @inheritdoc IDutchAuctionCore
    function previewStart(
        address user,
        address collateralAsset,
        address debtAsset
    ) external view unlessStopped(STOP_STARTS) returns (Lot memory lot, uint256 debtAssets, uint256 rewardRad) {
        return _planStart(user, collateralAsset, debtAsset);
    }

    /// @dev All checks of a start are made here, so that the preview reverts alike.
    function _planStart(
        address user,
        address collateralAsset,
        address debtAsset
    ) private view returns (Lot memory lot, uint256 debtAssets, uint256 rewardRad) {
        AuctionParams memory params = _paramsOf(collateralAsset);
        Quote memory quote = _quote(collateralAsset, debtAsset);
        uint256 dustRad = _debtRadDown(params.dustRad, quote);
        uint256 roomRad = _debtRadDown(_roomRad(collateralAsset, params.limitRad), quote);
        Cut memory cut = _cut(_position(user, collateralAsset, debtAsset), params.penaltyWad, roomRad, dustRad);
        lot.user = user;
        lot.startedAtS = uint96(block.timestamp);
        lot.collateralAsset = collateralAsset;
        lot.debtAsset = debtAsset;
        lot.lotAssets = cut.lotAssets;
        lot.tabRad = cut.tabRad;
        lot.topRay = _topRay(lot, quote, params.bufferRay);
        lot.minTabRad = Math.mulDiv(dustRad, params.penaltyWad, DutchAuctionLib.WAD);
        lot.throttleRad = Math.mulDiv(cut.tabRad, quote.debtPriceBase, quote.debtUnit);
        debtAssets = cut.debtAssets;
        rewardRad = _rewardRadDown(cut.tabRad, params, quote);
    }

    function _cut(
        Position memory position,
        uint256 penaltyWad,
        uint256 roomRad,
        uint256 dustRad
    ) private pure returns (Cut memory) {
        return
            DutchAuctionLib.cutDown(
                Vault({
                    collateralAssets: position.collateralAssets,
                    debtAssets: position.debtAssets,
                    rateRay: position.rateRay,
                    roomRad: roomRad,
                    dustRad: dustRad,
                    penaltyWad: penaltyWad
                })
            );
    }

    /// @dev The smaller of what the two limits leave, in dollars.
    function _roomRad(address collateralAsset, uint256 limitRad) private view returns (uint256) {
        uint256 used = inAuctionRad[collateralAsset];
        if (totalInAuctionRad >= totalLimitRad) revert LimitReached(totalInAuctionRad, totalLimitRad);
        if (used >= limitRad) revert LimitReached(used, limitRad);
        return Math.min(totalLimitRad - totalInAuctionRad, limitRad - used);
    }

    /// @dev Dollars, in rad, as debt, in rad; saturates, since an amount that large binds nothing.
    function _debtRadDown(uint256 baseRad, Quote memory quote) private pure returns (uint256) {
        return Math.saturatingMul(baseRad / quote.debtPriceBase, quote.debtUnit);
    }

    function _rewardRadDown(
        uint256 tabRad,
        AuctionParams memory params,
        Quote memory quote
    ) private pure returns (uint256) {
        return DutchAuctionLib.rewardRadDown(tabRad, _debtRadDown(params.tipRad, quote), params.chipWad);
    }

    function _topRay(Lot memory lot, Quote memory quote, uint256 bufferRay) private pure returns (uint256 topRay) {
        topRay = RayMath.rayMulDown(quote.priceRay, bufferRay);
        if (topRay == 0) revert NoPrice(lot.collateralAsset, lot.debtAsset);
    }

    /* RESET */

    /// @inheritdoc IDutchAuctionCore
    function reset(uint256 lotId, address keeper) external nonReentrant unlessStopped(STOP_RESETS) {
        Lot storage lot = _activeLot(lotId);
        LotStatus memory status = _status(lotId, lot);
        if (!status.needsReset) {
            revert CannotReset(lotId, block.timestamp - lot.startedAtS, status.priceRay);
        }
        AuctionParams memory params = _paramsOf(lot.collateralAsset);
        Quote memory quote = _quote(lot.collateralAsset, lot.debtAsset);
        lot.startedAtS = uint96(block.timestamp);
        lot.topRay = _topRay(lot, quote, params.bufferRay);
        emit LotReset(lotId, lot.lotAssets, lot.tabRad, lot.topRay);
        if (lot.tabRad >= lot.minTabRad && lot.lotAssets * quote.priceRay >= lot.minTabRad) {
            _reward(lotId, lot.debtAsset, keeper, _rewardRadDown(lot.tabRad, params, quote));
        }
    }

    /* TAKE */

    /// @inheritdoc IDutchAuctionCore
    function take(
        uint256 lotId,
        uint256 amount,
        uint256 maxPriceRay,
        address receiver,
        bytes calldata data
    ) external nonReentrant unlessStopped(STOP_PURCHASES) returns (uint256 soldAssets, uint256 paidAssets) {
        Lot memory lot = _activeLot(lotId);
        uint256 owedRad;
        (soldAssets, owedRad) = _purchase(lotId, lot, amount, maxPriceRay);
        paidAssets = Math.ceilDiv(owedRad, RayMath.RAY);
        bool ended = _book(lotId, lot, soldAssets, owedRad);

        _deliver(lot.collateralAsset, receiver, soldAssets);
        if (data.length != 0) {
            IAuctionCallee(receiver).onAuctionTake(
                msg.sender,
                lotId,
                lot.collateralAsset,
                lot.debtAsset,
                soldAssets,
                paidAssets,
                data
            );
        }
        _collect(lotId, lot, soldAssets, paidAssets, ended);
    }

    function _purchase(
        uint256 lotId,
        Lot memory lot,
        uint256 amount,
        uint256 maxPriceRay
    ) private view returns (uint256 soldAssets, uint256 owedRad) {
        LotStatus memory status = _status(lotId, lot);
        if (status.needsReset) revert NeedsReset(lotId, block.timestamp - lot.startedAtS, status.priceRay);
        if (status.priceRay > maxPriceRay) revert TooExpensive(status.priceRay, maxPriceRay);
        return DutchAuctionLib.purchaseDown(lot.lotAssets, lot.tabRad, status.priceRay, amount, lot.minTabRad);
    }

    /// @dev Lowers `lot` by a purchase, in memory and in the books; a lot ends when its collateral is gone or its
    /// tab is raised. The throttle is freed in proportion, and all of it at the end.
    function _book(
        uint256 lotId,
        Lot memory lot,
        uint256 soldAssets,
        uint256 owedRad
    ) private returns (bool ended) {
        ended = soldAssets == lot.lotAssets || owedRad == lot.tabRad;
        uint256 freedRad = ended ? lot.throttleRad : Math.mulDiv(lot.throttleRad, owedRad, lot.tabRad);
        totalInAuctionRad -= freedRad;
        inAuctionRad[lot.collateralAsset] -= freedRad;
        lot.lotAssets -= soldAssets;
        lot.tabRad -= owedRad;
        lot.throttleRad -= freedRad;
        if (ended) {
            _remove(lotId);
        } else {
            Lot storage stored = _lots[lotId];
            stored.lotAssets = lot.lotAssets;
            stored.tabRad = lot.tabRad;
            stored.throttleRad = lot.throttleRad;
        }
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

    /* VIEWS */

    /// @inheritdoc IDutchAuctionCore
    function auctionParams(address collateralAsset) external view returns (AuctionParams memory) {
        return _params[collateralAsset];
    }

    /// @inheritdoc IDutchAuctionCore
    function lotStatus(uint256 lotId) external view returns (LotStatus memory) {
        return _status(lotId, _activeLot(lotId));
    }

    /// @inheritdoc IDutchAuctionCore
    function activeLots() external view returns (LotStatus[] memory statuses) {
        statuses = new LotStatus[](_active.length);
        for (uint256 i = 0; i < statuses.length; ++i) {
            statuses[i] = _status(_active[i], _lots[_active[i]]);
        }
    }

    /// @inheritdoc IDutchAuctionCore
    function previewTake(
        uint256 lotId,
        uint256 amount,
        uint256 maxPriceRay
    ) external view unlessStopped(STOP_PURCHASES) returns (uint256 soldAssets, uint256 paidAssets) {
        uint256 owedRad;
        (soldAssets, owedRad) = _purchase(lotId, _activeLot(lotId), amount, maxPriceRay);
        paidAssets = Math.ceilDiv(owedRad, RayMath.RAY);
    }

    function _paramsOf(address collateralAsset) internal view returns (AuctionParams memory params) {
        params = _params[collateralAsset];
        if (address(params.decay) == address(0)) revert NoAuctionParams(collateralAsset);
    }

    function _activeLot(uint256 lotId) internal view returns (Lot storage lot) {
        if (_place[lotId] == 0) revert UnknownLot(lotId);
        return _lots[lotId];
    }

    function _status(uint256 lotId, Lot memory lot) private view returns (LotStatus memory status) {
        AuctionParams storage params = _params[lot.collateralAsset];
        uint256 elapsedS = block.timestamp - lot.startedAtS;
        status.lotId = lotId;
        status.lot = lot;
        status.priceRay = params.decay.price(lot.topRay, elapsedS);
        status.needsReset = DutchAuctionLib.needsReset(
            status.priceRay,
            lot.topRay,
            elapsedS,
            params.tailS,
            params.cuspRay
        );
    }

    /* WHERE COLLATERAL AND DEBT COME FROM AND GO TO */

    /// @dev What may be auctioned of an account for a pair. Reverts for a healthy one.
    function _position(
        address user,
        address collateralAsset,
        address debtAsset
    ) internal view virtual returns (Position memory);

    /// @dev The oracle's prices of a pair.
    function _quote(address collateralAsset, address debtAsset) internal view virtual returns (Quote memory);

    /// @dev Takes over the collateral of `lot` and `debtAssets` of its user's debt.
    function _seize(uint256 lotId, Lot memory lot, uint256 debtAssets) internal virtual;

    /// @dev Pays a keeper as much of a reward as there is.
    function _reward(uint256 lotId, address debtAsset, address keeper, uint256 rewardRad) internal virtual;

    /// @dev Sends collateral to a buyer.
    function _deliver(address collateralAsset, address receiver, uint256 soldAssets) internal virtual;

    /// @dev Takes the caller's payment and settles with it; `lot` is as it is after the purchase. At the end the
    /// collateral left goes back and the debt left is lost.
    function _collect(
        uint256 lotId,
        Lot memory lot,
        uint256 soldAssets,
        uint256 paidAssets,
        bool ended
    ) internal virtual;
}
