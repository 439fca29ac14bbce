// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Clearing} from "../libraries/BatchClearingLib.sol";
import {IExecution} from "./IExecution.sol";
import {ILendingPool} from "./ILendingPool.sol";

/// @notice How lots are sold.
/// @param windowS How long a round collects bids, in seconds.
/// @param maxBids Most bids that a lot holds at a time, at most 64.
/// @param maxRounds After this many rounds the debt left is lost.
/// @param reserveBps Lowest price of the first round, in bps of the oracle's price at its start.
/// @param reserveStepBps How much lower it is in every further round, in bps of the oracle's price at its start.
struct BatchParams {
    uint32 windowS;
    uint16 maxBids;
    uint16 maxRounds;
    uint16 reserveBps;
    uint16 reserveStepBps;
}

/// @notice A lot in its current round.
/// @param user Account that the collateral was taken from.
/// @param endsAtS When the round ends, in seconds since the epoch: the first second without bids.
/// @param round From 0.
/// @param collateralAsset What is sold.
/// @param debtAsset What it is sold for.
/// @param lotAssets Collateral left.
/// @param reserveRay Lowest price of the round: debt per collateral in smallest units, times 1e27.
/// @param debtAssets Debt left.
/// @param takenDebtAssets Debt at the start.
/// @param minQuantity Least collateral of a bid: the lot's collateral at the round's start over `maxBids`, rounded
/// up.
struct BatchLot {
    address user;
    uint64 endsAtS;
    uint32 round;
    address collateralAsset;
    address debtAsset;
    uint112 lotAssets;
    uint144 reserveRay;
    uint128 debtAssets;
    uint128 takenDebtAssets;
    uint112 minQuantity;
}

/// @notice A bid for collateral of a lot. See `Order`.
struct BatchBid {
    address bidder;
    uint112 quantity;
    uint144 priceRay;
}

/// @notice A running lot with its bids, in the order in which they came.
struct BatchLotStatus {
    uint256 lotId;
    BatchLot lot;
    BatchBid[] bids;
}

/// @title IBatchAuction
/// @notice Sells collateral of unhealthy accounts in batches: bids are collected for a while, then one price clears
/// them all.
///
/// A lot is the debt that the pool's terms offer, and the collateral that this debt is worth at their bonus. Where
/// an account has less than that in its only collateral, it is all of it with all the debt offered; of one
/// collateral among several it is all of it, with the debt that it is worth.
///
/// No more is sold than repays the debt, and what is left goes back to its owner. Bidders pay the clearing price (see
/// `BatchClearingLib`) for what they get; what they put down beyond that is theirs again. A round that does not
/// recover the debt and leaves collateral is followed by another one at a lower reserve price; after the last one
/// the debt left is lost, and the collateral that nobody wanted goes to the beneficiary.
///
/// A bid is binding. It has to be for a share of the lot such that as many bids as a lot can hold cover it: a full
/// lot turns away its lowest bid (of equal ones the last) only for a higher one, and this changes neither price nor
/// sale, since bids above it cover the lot. Clearing therefore takes a bounded amount of work.
///
/// Nothing is sent on clearing: collateral, refunds and returns that the pool refuses are credits, which their
/// owners withdraw or bid with. No bidder can hold up a lot.
///
/// @dev Per token, and but for donations: balance of this contract = collateral of all lots + payments put down for
/// all bids + credits. The pool's claims on this contract are the debts left of all lots. A payment is rounded up;
/// payments never exceed the debt. Assumptions on tokens are those of the pool; amounts of collateral stay below
/// 2 ** 112 (as in the exchanges), prices below 2 ** 144: two million dollars for one token of 8 decimals against a
/// debt of 18.
interface IBatchAuction is IExecution {
    /* EVENTS */

    /// @notice A lot was opened.
    event LotOpened(
        uint256 indexed lotId,
        address indexed user,
        address indexed collateralAsset,
        address debtAsset,
        uint256 lotAssets,
        uint256 debtAssets
    );

    /// @notice A round started.
    event RoundStarted(uint256 indexed lotId, uint256 round, uint256 endsAtS, uint256 reserveRay);

    /// @notice A bid was taken; `paidInAssets` is put down for it.
    event BidPlaced(
        uint256 indexed lotId,
        address indexed bidder,
        uint256 quantity,
        uint256 priceRay,
        uint256 paidInAssets
    );

    /// @notice A bid gave way to a higher one; what was put down is credited.
    event BidEvicted(uint256 indexed lotId, address indexed bidder, uint256 quantity, uint256 priceRay);

    /// @notice A round was cleared.
    event RoundCleared(
        uint256 indexed lotId,
        uint256 round,
        uint256 priceRay,
        uint256 soldAssets,
        uint256 paidAssets
    );

    /// @notice Collateral of a lost debt that nobody wanted was credited to the beneficiary.
    event CollateralUnsold(uint256 indexed lotId, address indexed collateralAsset, uint256 amount);

    /// @notice `account` took out a credit.
    event CreditWithdrawn(address indexed account, address indexed token, address to, uint256 amount);

    /* ERRORS */

    /// @notice A constructor parameter lies outside of its bounds.
    error BatchParameterOutOfRange(bytes32 parameter, uint256 given, uint256 limit);
    /// @notice No such lot, or it is closed.
    error UnknownLot(uint256 lotId);
    /// @notice There is no collateral or no debt to sell.
    error EmptyLot(uint256 lotAssets, uint256 debtAssets);
    /// @notice The round has ended.
    error BiddingEnded(uint256 endsAtS, uint256 nowS);
    /// @notice The round has not ended.
    error BiddingRuns(uint256 endsAtS, uint256 nowS);
    /// @notice Less, or more, than a bid may be for.
    error QuantityOutOfRange(uint256 quantity, uint256 limit);
    /// @notice The limit is below the reserve price, or not above the lowest bid of a full lot.
    error PriceTooLow(uint256 priceRay, uint256 leastRay);
    /// @notice Less arrived than was sent, as with a token that takes a fee.
    error PaymentShort(uint256 received, uint256 owed);

    /* LOTS */

    /// @notice Opens a lot of an unhealthy account.
    function open(address user, address collateralAsset, address debtAsset) external returns (uint256 lotId);

    /// @notice Bids for up to `quantity` of a lot at up to `priceRay`. The caller's credit is used first; the rest of
    /// what the bid may have to pay is taken from the caller.
    function bid(uint256 lotId, uint256 quantity, uint256 priceRay) external;

    /// @notice Clears a round that has ended.
    function clear(uint256 lotId) external;

    /// @notice Sends the caller's credit in a token to `to`.
    function withdraw(address token, address to) external returns (uint256 amount);

    /* VIEWS */

    /// @notice The pool.
    function pool() external view returns (ILendingPool);

    /// @notice How lots are sold.
    function params() external view returns (BatchParams memory);

    /// @notice Who gets collateral of lost debts that nobody wanted.
    function beneficiary() external view returns (address);

    /// @notice How many lots were opened; the last one has this number.
    function lotCount() external view returns (uint256);

    /// @notice A running lot.
    function lotStatus(uint256 lotId) external view returns (BatchLotStatus memory);

    /// @notice All running lots, in no order that means anything.
    function activeLots() external view returns (BatchLotStatus[] memory);

    /// @notice What `account` may withdraw.
    function credits(address account, address token) external view returns (uint256);

    /// @notice The lot that `open` would make now; reverts where it would, cash of the reserve aside.
    function previewOpen(
        address user,
        address collateralAsset,
        address debtAsset
    ) external view returns (BatchLot memory);

    /// @notice Lowest price of a lot's round at the oracle's price of now; reverts where the oracle gives none.
    function reserveRay(BatchLot calldata lot) external view returns (uint256);

    /// @notice What `clear` would sell with the bids of now, whether the round has ended or not.
    function previewClear(uint256 lotId) external view returns (Clearing memory);
}
