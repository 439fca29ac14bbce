// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IPriceDecay} from "./IPriceDecay.sol";

/// @notice How collateral of one kind is auctioned. Maker's names in brackets.
/// @param decay How the price falls (calc).
/// @param bufferRay Price at the start over the oracle's price (buf): 1.2e27 starts 20 % above it.
/// @param cuspRay Share of the starting price below which an auction must be reset (cusp).
/// @param tailS Age beyond which an auction must be reset, in seconds (tail).
/// @param penaltyWad What a lot has to raise per unit of its debt (chop): 1.13e18 is a penalty of 13 %.
/// @param chipWad Keeper's reward as a share of what the lot has to raise (chip).
/// @param tipRad Flat reward (tip), in US dollars with 8 decimals times 1e27.
/// @param dustRad Least debt of a lot (dust), likewise in dollars.
/// @param limitRad Most that all lots of this collateral may have to raise (hole), likewise in dollars.
struct AuctionParams {
    IPriceDecay decay;
    uint256 bufferRay;
    uint256 cuspRay;
    uint256 tailS;
    uint256 penaltyWad;
    uint256 chipWad;
    uint256 tipRad;
    uint256 dustRad;
    uint256 limitRad;
}

/// @notice A lot. Amounts and prices are in smallest units: rad of debt and ray prices are those times 1e27.
/// @param user Account that the collateral was taken from.
/// @param startedAtS Time of the start or of the last reset.
/// @param collateralAsset What is sold.
/// @param debtAsset What it is sold for.
/// @param lotAssets Collateral left.
/// @param tabRad Still to be raised, in rad of the debt (tab).
/// @param topRay Starting price: debt per unit of collateral (top).
/// @param minTabRad Least that a partial purchase leaves to be raised (chost).
/// @param throttleRad Its part of what all lots have to raise, in dollars as of its start.
struct Lot {
    address user;
    uint96 startedAtS;
    address collateralAsset;
    address debtAsset;
    uint256 lotAssets;
    uint256 tabRad;
    uint256 topRay;
    uint256 minTabRad;
    uint256 throttleRad;
}

/// @notice A lot as a buyer sees it now.
/// @param lotId Number of the lot.
/// @param lot The lot.
/// @param priceRay Price now.
/// @param needsReset Whether nobody can buy before a reset.
struct LotStatus {
    uint256 lotId;
    Lot lot;
    uint256 priceRay;
    bool needsReset;
}

/// @title IDutchAuctionCore
/// @notice Auctions collateral of unhealthy accounts at a price that falls with time (MakerDAO's Liquidations 2.0).
///
/// A lot starts above the oracle's price and falls until somebody takes it, in parts or as a whole. What it has to
/// raise is its debt and a penalty. It ends when that is raised, and collateral left over goes back; or when the
/// collateral is gone, and debt left over is lost. An auction that has become too old or too cheap is reset to the
/// oracle's price. How much is under auction at a time is limited, in all and per collateral.
///
/// @dev Payments are rounded up to the debt's smallest unit, sales down.
interface IDutchAuctionCore {
    /* EVENTS */

    /// @notice How a collateral is auctioned from now on, running auctions included.
    event AuctionParamsSet(address indexed collateralAsset, AuctionParams params);

    /// @notice Most that all lots together may have to raise from now on.
    event TotalLimitSet(uint256 limitRad);

    /// @notice 0: all runs. From 1: no starts. From 2: no resets either. From 3: no purchases either.
    event StoppedSet(uint256 level);

    /// @notice An auction started.
    event LotStarted(
        uint256 indexed lotId,
        address indexed user,
        address indexed collateralAsset,
        address debtAsset,
        uint256 lotAssets,
        uint256 debtAssets,
        uint256 tabRad,
        uint256 topRay
    );

    /// @notice An auction starts over from a new price.
    event LotReset(uint256 indexed lotId, uint256 lotAssets, uint256 tabRad, uint256 topRay);

    /* ERRORS */

    /// @notice A parameter lies outside of its bounds.
    error AuctionParameterOutOfRange(bytes32 parameter, uint256 given, uint256 limit);
    /// @notice The owner has stopped this action.
    error Stopped(uint256 level, uint256 limit);
    /// @notice No way to auction this collateral was set.
    error NoAuctionParams(address collateralAsset);
    /// @notice As much is under auction as may be, of this collateral or in all; in dollars, rad.
    error LimitReached(uint256 inAuctionRad, uint256 limitRad);
    /// @notice No such auction, or it has ended.
    error UnknownLot(uint256 lotId);
    /// @notice The auction still runs.
    error CannotReset(uint256 lotId, uint256 elapsedS, uint256 priceRay);
    /// @notice Nobody can buy before a reset.
    error NeedsReset(uint256 lotId, uint256 elapsedS, uint256 priceRay);
    /// @notice The price is above the buyer's limit.
    error TooExpensive(uint256 priceRay, uint256 maxPriceRay);
    /// @notice The oracle's price, or the starting price, rounds to 0.
    error NoPrice(address collateralAsset, address debtAsset);

    /* CONFIGURATION (owner only) */

    /// @notice Sets how a collateral is auctioned.
    /// @dev bufferRay > 0, cuspRay <= 1e27, penaltyWad >= 1e18 and chipWad <= 1e18.
    function setAuctionParams(address collateralAsset, AuctionParams calldata params) external;

    /// @notice Sets the most that all lots together may have to raise (Hole), in dollars with 8 decimals times 1e27.
    function setTotalLimit(uint256 limitRad) external;

    /// @notice Stops starts (from 1), resets (from 2) and purchases (from 3).
    function setStopped(uint256 level) external;

    /* AUCTIONS */

    /// @notice Starts an auction of an unhealthy account's collateral (bark).
    /// @param user The account.
    /// @param collateralAsset Reserve to sell.
    /// @param debtAsset Reserve to repay.
    /// @param keeper Who gets the reward.
    /// @dev As much debt as both limits have room for, at most what the pool's terms offer; where the rest would
    /// be dust all of it, beyond the limits by less than dust times penalty.
    function start(
        address user,
        address collateralAsset,
        address debtAsset,
        address keeper
    ) external returns (uint256 lotId);

    /// @notice Starts an auction over from the oracle's price (redo). Rewarded only where neither what is to be
    /// raised nor the collateral is dust.
    function reset(uint256 lotId, address keeper) external;

    /// @notice Buys up to `amount` of a lot at the price of now.
    /// @param lotId The lot.
    /// @param amount Collateral wanted, in smallest units; lowered to what pays the tab, or leaves no dust of it.
    /// @param maxPriceRay Most to pay per unit.
    /// @param receiver Gets the collateral, and with non-empty `data` a call (`IAuctionCallee`) before the caller
    /// is made to pay.
    /// @return soldAssets Collateral bought.
    /// @return paidAssets Debt token paid.
    function take(
        uint256 lotId,
        uint256 amount,
        uint256 maxPriceRay,
        address receiver,
        bytes calldata data
    ) external returns (uint256 soldAssets, uint256 paidAssets);

    /* VIEWS */

    /// @notice How a collateral is auctioned.
    function auctionParams(address collateralAsset) external view returns (AuctionParams memory);

    /// @notice Most that all lots may have to raise, in dollars, rad.
    function totalLimitRad() external view returns (uint256);

    /// @notice What all lots have to raise (Dirt), in dollars as of their starts, rad.
    function totalInAuctionRad() external view returns (uint256);

    /// @notice What the lots of a collateral have to raise (dirt), likewise.
    function inAuctionRad(address collateralAsset) external view returns (uint256);

    /// @notice 0 to 3; see `StoppedSet`.
    function stopped() external view returns (uint256);

    /// @notice How many auctions were started; the last one has this number.
    function lotCount() external view returns (uint256);

    /// @notice An auction as of now; reverts once it has ended.
    function lotStatus(uint256 lotId) external view returns (LotStatus memory);

    /// @notice All running auctions as of now, in no order that means anything.
    function activeLots() external view returns (LotStatus[] memory);

    /// @notice What `start` would make now; reverts where it would, cash of the collateral's reserve aside.
    /// @return lot The lot.
    /// @return debtAssets Debt that it would take over.
    /// @return rewardRad The keeper's full reward, in rad of the debt.
    function previewStart(
        address user,
        address collateralAsset,
        address debtAsset
    ) external view returns (Lot memory lot, uint256 debtAssets, uint256 rewardRad);

    /// @notice What `take` would sell and charge now; reverts where it would, tokens of the caller aside.
    function previewTake(
        uint256 lotId,
        uint256 amount,
        uint256 maxPriceRay
    ) external view returns (uint256 soldAssets, uint256 paidAssets);
}
