// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IExecution} from "./IExecution.sol";
import {ILendingPool} from "./ILendingPool.sol";

/// @notice Collateral that waits to be sold.
/// @param debtAsset What it is sold for.
/// @param collateralAsset What is sold.
/// @param assets How much there is.
struct Stock {
    address debtAsset;
    address collateralAsset;
    uint256 assets;
}

/// @title IAbsorbingBackstop
/// @notice Takes over unhealthy accounts at once and sells their collateral afterwards, at a discount to the oracle's
/// price (Compound III).
///
/// An account gives up all collateral and all debt in one asset. It is credited with the value of the collateral at
/// the oracle's price times the collateral's liquidation factor (in the debt asset itself: at par); what exceeds the
/// debt becomes a supply of its own. Debt and supply are owed to the pool by the backstop from then on. Where an
/// account has debts in several assets, each takes its share of all collateral by value. Where the pool's terms offer
/// only a part of a debt, that part is taken with as large a part of the collateral.
///
/// The price is oracle * (1 - storefrontFactor * (1 - liquidationFactor)): a factor of 50 % of a penalty of 7 % sells
/// 3.5 % below the oracle. Per debt asset, what is owed is paid in the order of absorption: from the backstop's own
/// capital at once as far as it goes, then from whatever sells; what is not owed any more rebuilds the capital. When
/// everything has been sold, what is still owed is lost.
///
/// Whoever absorbs is not paid for it.
///
/// @dev A lot is one account absorbed for one debt asset. Its collateral is sold after that of older lots, and may be
/// sold after the lot is closed, if capital or other lots have paid for it. One call pays or gives up at most
/// `MAX_LOTS` lots; `settle` goes on. Per token, and but for donations: balance of this contract = capital + stock
/// for all debt assets. The pool's claims on this contract are the debts left of all open lots. Credit is rounded
/// down, payments are rounded up, never more than `debtAmount`. Assumptions on tokens are those of the pool.
interface IAbsorbingBackstop is IExecution {
    /* EVENTS */

    /// @notice What a collateral counts for on absorption from now on.
    event LiquidationFactorSet(address indexed collateralAsset, uint256 factorBps);

    /// @notice From now on nothing is sold for a debt asset while its capital, less what is owed, is as high as this.
    event TargetCapitalSet(address indexed debtAsset, uint256 amount);

    /// @notice An account was absorbed.
    /// @param debtAssets Debt taken over.
    /// @param creditedAssets Credit for the collateral, in the debt asset.
    event Absorbed(
        uint256 indexed lotId,
        address indexed user,
        address indexed debtAsset,
        address absorber,
        uint256 debtAssets,
        uint256 creditedAssets
    );

    /// @notice Collateral of a lot that was absorbed.
    event CollateralAbsorbed(uint256 indexed lotId, address indexed collateralAsset, uint256 assets);

    /// @notice Capital grew by `amount` from `payer`.
    event CapitalFunded(address indexed debtAsset, address indexed payer, uint256 amount);

    /// @notice The owner took out capital.
    event CapitalWithdrawn(address indexed debtAsset, address indexed to, uint256 amount);

    /* ERRORS */

    /// @notice A parameter lies outside of its bounds.
    error BackstopParameterOutOfRange(bytes32 parameter, uint256 given, uint256 limit);
    /// @notice No liquidation factor was set for this collateral.
    error NoLiquidationFactor(address collateralAsset);
    /// @notice The account has no debt in this asset, or nothing that could be taken for it.
    error NothingToAbsorb(address user, address debtAsset);
    /// @notice Capital is at its target: nothing is for sale.
    error NotForSale(uint256 capitalAssets, uint256 targetAssets);
    /// @notice There is nothing to sell now.
    error NothingToSell(address debtAsset, address collateralAsset);
    /// @notice A purchase would get less than its buyer wants.
    error InsufficientOutput(uint256 soldAssets, uint256 minOut);
    /// @notice More than the capital.
    error InsufficientCapital(uint256 requested, uint256 available);
    /// @notice Less arrived than was sent, as with a token that takes a fee.
    error PaymentShort(uint256 received, uint256 owed);

    /* CONFIGURATION (owner only) */

    /// @notice Sets what a collateral counts for on absorption, in bps: 9300 means 93 %.
    function setLiquidationFactor(address collateralAsset, uint256 factorBps) external;

    /// @notice Sets the capital above which nothing is sold; 0: everything is always for sale.
    function setTargetCapital(address debtAsset, uint256 amount) external;

    /// @notice Takes capital out.
    function withdrawCapital(address debtAsset, uint256 amount, address to) external;

    /* ABSORPTION AND SALE */

    /// @notice Absorbs accounts for one debt asset; reverts if one of them is healthy.
    function absorb(address debtAsset, address[] calldata users) external;

    /// @notice Buys collateral at the discount.
    /// @param debtAsset What to pay with.
    /// @param collateralAsset What to buy.
    /// @param minOut Least collateral to get.
    /// @param debtAmount Most to pay; less where there is not enough collateral. A purchase takes all of a stock or
    /// leaves at least `MIN_LEFT_BASE` of it.
    /// @param recipient Gets the collateral.
    /// @return soldAssets Collateral bought.
    /// @return paidAssets What it cost.
    function buyCollateral(
        address debtAsset,
        address collateralAsset,
        uint256 minOut,
        uint256 debtAmount,
        address recipient
    ) external returns (uint256 soldAssets, uint256 paidAssets);

    /// @notice Adds `amount` of the caller's to the capital, which pays what is owed.
    function fundCapital(address debtAsset, uint256 amount) external;

    /// @notice Pays what is owed from capital, and gives up on it where nothing is left to sell.
    function settle(address debtAsset) external;

    /* VIEWS */

    /// @notice The pool.
    function pool() external view returns (ILendingPool);

    /// @notice Share of the penalty that a buyer gets as discount, in bps.
    function storefrontFactorBps() external view returns (uint256);

    /// @notice Most that sales of one collateral bring per second, in US dollars with 8 decimals at the oracle's
    /// price; 0: no limit.
    function saleRateBase() external view returns (uint256);

    /// @notice What that allowance grows to while nothing is sold, likewise in dollars.
    function saleBurstBase() external view returns (uint256);

    /// @notice What a collateral counts for on absorption, in bps; 0: it cannot be absorbed.
    function liquidationFactorBps(address collateralAsset) external view returns (uint256);

    /// @notice See `setTargetCapital`.
    function targetCapital(address debtAsset) external view returns (uint256);

    /// @notice What is there to pay with.
    function capital(address debtAsset) external view returns (uint256);

    /// @notice What is owed to the pool.
    function owed(address debtAsset) external view returns (uint256);

    /// @notice How many lots were made; the last one has this number.
    function lotCount() external view returns (uint256);

    /// @notice Account and debt asset of a lot, what was owed for it, and what of that is left.
    function lot(
        uint256 lotId
    ) external view returns (address user, address debtAsset, uint256 owedAssets, uint256 leftAssets);

    /// @notice Collateral for sale.
    function stock(address debtAsset, address collateralAsset) external view returns (uint256);

    /// @notice How much of it one purchase can get now: bounded by the rate of sales, and by the number of lots that
    /// a purchase may touch.
    function saleable(address debtAsset, address collateralAsset) external view returns (uint256);

    /// @notice Its price now: debt per collateral in smallest units, times 1e27, rounded up.
    function priceRay(address debtAsset, address collateralAsset) external view returns (uint256);

    /// @notice All collateral for sale, by debt asset and collateral in the pool's order.
    function stocks() external view returns (Stock[] memory);

    /// @notice What `buyCollateral` would sell and charge now; reverts where it would, tokens of the caller aside.
    function previewBuy(
        address debtAsset,
        address collateralAsset,
        uint256 debtAmount
    ) external view returns (uint256 soldAssets, uint256 paidAssets);
}
