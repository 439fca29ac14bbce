// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC3156FlashLender} from "@openzeppelin/contracts/interfaces/IERC3156FlashLender.sol";
import {ILendingEvents} from "./ILendingEvents.sol";
import {ILiquidationTerms, LiquidationOffer} from "./ILiquidationTerms.sol";
import {ILossPolicy} from "./ILossPolicy.sol";
import {IRiskRules} from "./IRiskRules.sol";

/// @notice Risk parameters of a reserve.
/// @param feed Chainlink-compatible price in US dollars.
/// @param rateModel Interest rates.
/// @param ltvBps Share of the collateral's value that may be borrowed, in bps: 8000 means 80 %.
/// @param liquidationThresholdBps Share up to which debt is healthy, in bps. 0: not collateral.
/// @param liquidationBonusBps Collateral seized above par, in bps: 500 means 5 %.
/// @param protocolFeeBps Share of the bonus that goes to the treasury, in bps; of everything seized, where the
/// terms say so.
/// @param reserveFactorBps Share of borrowers' interest that goes to the treasury, in bps.
/// @param maxPriceAgeS Oldest price that is accepted, in seconds since the feed's `updatedAt`; 0: unchecked.
/// @param borrowable Whether new debt may be taken.
/// @param supplyCapAssets Most that claims may reach through a supply, in smallest units; 0: no cap.
/// @param borrowCapAssets Most that debt may reach through a borrowing, in smallest units; 0: no cap.
struct ReserveConfig {
    address feed;
    address rateModel;
    uint16 ltvBps;
    uint16 liquidationThresholdBps;
    uint16 liquidationBonusBps;
    uint16 protocolFeeBps;
    uint16 reserveFactorBps;
    uint32 maxPriceAgeS;
    bool borrowable;
    uint128 supplyCapAssets;
    uint128 borrowCapAssets;
}

/// @notice A reserve as of now, interest included.
/// @param liquidityIndexRay Assets per scaled unit of supply.
/// @param borrowIndexRay Assets per scaled unit of debt.
/// @param supplyRateRay Yearly rate of suppliers.
/// @param borrowRateRay Yearly rate of borrowers.
/// @param cash Tokens that the pool counts as its own, in smallest units; donations are not counted.
/// @param totalSupplied All claims on the reserve, the treasury's included, rounded down.
/// @param totalDebt All debt, rounded up.
/// @param deficit Bad debt that was written off the borrowers and not covered yet.
/// @param claims Debt taken over by the execution, which owes it until a lot is settled; it bears no interest.
/// @param treasuryAccrued The treasury's share of `totalSupplied`.
/// @param priceBase Last reported price with 8 decimals, whatever its age; 0 if the feed gives none.
/// @param priceUpdatedAt When it was reported, in seconds since the epoch.
struct ReserveState {
    uint256 liquidityIndexRay;
    uint256 borrowIndexRay;
    uint256 supplyRateRay;
    uint256 borrowRateRay;
    uint256 cash;
    uint256 totalSupplied;
    uint256 totalDebt;
    uint256 deficit;
    uint256 claims;
    uint256 treasuryAccrued;
    uint256 priceBase;
    uint256 priceUpdatedAt;
}

/// @title ILendingPool
/// @notice A pool of several reserves with cross-collateral: every supplied asset whose liquidation threshold
/// is above 0 secures all debt of its owner.
///
/// Assumptions on an asset: an ERC-20 with at most 18 decimals, without rebasing. One that takes a fee is refused
/// where it brings less than asked (`ReceivedLess`); one that calls back finds the pool locked, or, in a flash loan,
/// its books in order. On a feed: it never reverts for good and does not lie.
///
/// @dev Amounts are smallest units of their token; "base" values are US dollars with 8 decimals.
///
/// Rounding always favours the pool: supply is minted down and burned up, debt is minted up and burned down;
/// a supply balance reads down, a debt balance up; collateral is valued down and debt up; index and rate of
/// supply round down, those of debt up. Hence, for every reserve and at all times outside of a flash loan,
///
///     totalSupplied <= cash + totalDebt + deficit + claims      (rounding bound: 0)
///
/// and, since every balance reads down, the sum of supply balances is at most `totalSupplied`; the sum of n
/// debt balances exceeds `totalDebt` by less than n. `cash` equals the pool's token balance less donations.
///
/// A liquidation of an account whose health factor exceeds LT * (1 + bonus) of the seized reserve does not
/// lower it, but for rounding: by at most (2 + 4 * uc + 2 * ud) / (debtBase after it), plus 1 wei, where u is
/// the value in base units of one scaled unit, index * price / 10 ** decimals, of collateral and debt.
///
/// Which action of an account may lower its own health (L) and which may leave it below 1 (U):
/// supply -, repay -, withdraw L, borrow L, liquidate L (below the frontier above) and U. Nothing but a
/// price, interest or the owner's configuration changes the health of an account that nobody touches.
interface ILendingPool is IERC3156FlashLender, ILendingEvents {
    /* EVENTS */

    /// @notice A reserve was added or configured anew.
    event ReserveConfigured(address indexed asset, ReserveConfig config, bool allowToxic);

    /// @notice `fund` covers deficits of `asset` from now on; the zero address: none does.
    event InsuranceFundSet(address indexed asset, address indexed fund);

    /// @notice The pool is composed of these from now on; a zero address stands for the plain case.
    event ModulesSet(address indexed riskRules, address indexed execution, address indexed lossPolicy);

    /// @notice `user` got a supply balance of `amount` that the execution owes.
    event SupplyCredited(address indexed asset, address indexed user, uint256 amount);

    /// @notice The execution paid `paid` on its debt and gave up on `lost`.
    event ClaimSettled(address indexed asset, address indexed user, uint256 paid, uint256 lost);

    /// @notice The treasury took `amount` out of a reserve.
    event TreasuryWithdrawn(address indexed asset, address indexed to, uint256 amount);

    /// @notice Interest was accrued and rates were set. Emitted by every action on a reserve.
    event ReserveUpdated(
        address indexed asset,
        uint256 liquidityIndexRay,
        uint256 borrowIndexRay,
        uint256 supplyRateRay,
        uint256 borrowRateRay
    );

    /// @notice Suppliers earned `amount` that borrowers did not pay and the treasury did not hold; booked as deficit.
    event InterestUnpaid(address indexed asset, uint256 amount);

    /// @notice `receiver` borrowed `amount` within a transaction.
    event FlashLoan(address indexed receiver, address indexed asset, uint256 amount, uint256 fee);

    /* ERRORS */

    /// @notice No such reserve.
    error UnknownReserve(address asset);
    /// @notice The reserve exists already.
    error ReserveExists(address asset);
    /// @notice A parameter lies outside of its bounds.
    error ParameterOutOfRange(bytes32 parameter, uint256 given, uint256 limit);
    /// @notice LT * (1 + bonus) exceeds 1 and `allowToxic` was not given; both in units of 1e-8.
    error ToxicConfig(uint256 given, uint256 limit);
    /// @notice An amount that rounds to nothing.
    error AmountRoundsToZero(address asset, uint256 amount);
    /// @notice More than the account holds.
    error InsufficientBalance(uint256 requested, uint256 available);
    /// @notice More than the reserve has in tokens.
    error InsufficientCash(uint256 requested, uint256 available);
    /// @notice New debt is not allowed in this reserve.
    error NotBorrowable(address asset);
    /// @notice The claims or the debt of a reserve would exceed its cap.
    error CapExceeded(address asset, uint256 amount, uint256 cap);
    /// @notice Only this contract may liquidate, through `seize`.
    error ExecutionOnly(address execution);
    /// @notice More debt than the terms let anyone take.
    error ExceedsOffer(uint256 debtAssets, uint256 maxDebtAssets);
    /// @notice Debt would exceed what the collateral lets its owner borrow.
    error BorrowExceedsLtv(uint256 debtBase, uint256 maxDebtBase);
    /// @notice A withdrawal would leave the account below the limit.
    error HealthFactorTooLow(uint256 healthWad, uint256 limitWad);
    /// @notice The account is healthy.
    error HealthFactorNotBelowThreshold(uint256 healthWad, uint256 limitWad);
    /// @notice The account has no collateral in this reserve.
    error CollateralCannotBeLiquidated(address asset);
    /// @notice The account has no debt in this reserve.
    error NoDebt(address asset, address user);
    /// @notice More than the deficit of the reserve.
    error ExceedsDeficit(uint256 amount, uint256 deficit);
    /// @notice The feed's answer, or its value with 8 decimals, is not above 0.
    error InvalidPrice(address asset, int256 answer);
    /// @notice The price is older than the reserve accepts, in seconds.
    error StalePrice(uint256 age, uint256 maxAge);
    /// @notice The fund does not list this pool as one of its protocols.
    error FundNotReady(address fund);
    /// @notice The borrower did not answer a flash loan as ERC-3156 wants.
    error FlashCallbackFailed(address receiver, bytes32 answer);

    /* CONFIGURATION (owner only) */

    /// @notice Adds a reserve.
    /// @dev Reverts where LT * (1 + bonus) > 1, since liquidation could then lower health from 1, unless
    /// `allowToxic`. Equality is allowed. The bonus is the most that the terms can pay on this reserve.
    function addReserve(address asset, ReserveConfig calldata config, bool allowToxic) external;

    /// @notice Replaces the parameters of a reserve, after accruing interest under the old ones.
    function setReserveConfig(address asset, ReserveConfig calldata config, bool allowToxic) external;

    /// @notice Composes the pool; a zero address stands for the plain case. No claims may be open on an execution
    /// that is replaced: nobody could settle them.
    function setModules(IRiskRules riskRules, address execution, ILossPolicy lossPolicy) external;

    /// @notice Makes `fund` the insurance of the reserve that it holds. It must list this pool already.
    function setInsuranceFund(address fund) external;

    /// @notice Leaves deficits of `asset` uninsured.
    function removeInsuranceFund(address asset) external;

    /// @notice Pays out of the treasury's balance; the maximum of uint256 for all of it.
    function withdrawTreasury(address asset, uint256 amount, address to) external returns (uint256 withdrawn);

    /* SUPPLY AND DEBT */

    /// @notice Supplies `amount` for `onBehalfOf`.
    function supply(address asset, uint256 amount, address onBehalfOf) external;

    /// @notice Withdraws `amount` (the maximum of uint256 for all) of the caller's supply to `to`.
    function withdraw(address asset, uint256 amount, address to) external returns (uint256 withdrawn);

    /// @notice Borrows `amount` to the caller.
    function borrow(address asset, uint256 amount) external;

    /// @notice Repays `amount` (the maximum of uint256, or any excess, for all) of `onBehalfOf`'s debt.
    function repay(address asset, uint256 amount, address onBehalfOf) external returns (uint256 repaid);

    /* LIQUIDATION */

    /// @notice Repays debt of an account below a health factor of 1 and takes its collateral at a bonus.
    /// @dev Where all collateral of the account is gone (in base units), its remaining debt in every reserve
    /// is written off, booked as deficit, and drawn from the insurance fund where there is one.
    /// @param collateralAsset Reserve to seize.
    /// @param debtAsset Reserve to repay.
    /// @param user Account to liquidate.
    /// @param debtToCover Wanted repayment; the terms, the debt and the collateral may lower it.
    /// @param receiveShares Take a supply balance instead of tokens; works without any cash.
    /// @return repaid Paid by the caller, in smallest units of `debtAsset`.
    /// @return seized Received by the caller, in smallest units of `collateralAsset`.
    function liquidate(
        address collateralAsset,
        address debtAsset,
        address user,
        uint256 debtToCover,
        bool receiveShares
    ) external returns (uint256 repaid, uint256 seized);

    /// @notice What `liquidate` would do now; reverts where it would, tokens and approvals of the caller aside.
    function previewLiquidation(
        address collateralAsset,
        address debtAsset,
        address user,
        uint256 debtToCover,
        bool receiveShares
    ) external view returns (uint256 repaid, uint256 seizedToLiquidator, uint256 protocolFee);

    /// @notice Pays in `amount` from the caller against the deficit of a reserve.
    function coverDeficit(address asset, uint256 amount) external;

    /* EXECUTION (the execution only) */

    /// @notice Takes over `collateralAssets`, as tokens, and `debtAssets` of an unhealthy account, at most what the
    /// terms offer. The debt becomes a claim of its reserve on the execution. Emits a `Liquidation`.
    /// @dev Where all collateral of the account is gone, what debt remains is a loss, as in `liquidate`. An
    /// account with several collaterals keeps its health if each leaves with its share of the debt by value times
    /// liquidation threshold.
    function seize(
        address collateralAsset,
        address debtAsset,
        address user,
        uint256 collateralAssets,
        uint256 debtAssets
    ) external;

    /// @notice Pays `paidAssets` from the execution on the debt that it took over from `user`, and gives up on
    /// `lostAssets`, which is then a loss like any other. What is paid above all claims goes to the treasury.
    function settleClaim(address asset, address user, uint256 paidAssets, uint256 lostAssets) external;

    /// @notice Gives `user` a supply balance of `assets` that the execution owes.
    function creditSupply(address asset, address user, uint256 assets) external;

    /* VIEWS */

    /// @notice What the terms offer to who liquidates this pair now; reverts for a healthy account.
    function liquidationOffer(
        address collateralAsset,
        address debtAsset,
        address user
    ) external view returns (LiquidationOffer memory);

    /// @notice Rules that weigh collateral by account; the zero address: none.
    function riskRules() external view returns (IRiskRules);

    /// @notice The one contract that may liquidate; the zero address: anybody, at once.
    function execution() external view returns (address);

    /// @notice What becomes of losses; the zero address: booked as deficit.
    function lossPolicy() external view returns (ILossPolicy);

    /// @notice Terms of every liquidation.
    function terms() external view returns (ILiquidationTerms);

    /// @notice Fee of a flash loan, in bps of its amount.
    function flashFeeBps() external view returns (uint16);

    /// @notice Fund that covers deficits of `asset`; the zero address: none.
    function insuranceFund(address asset) external view returns (address);

    /// @notice All reserves, in the order of their addition.
    function reservesList() external view returns (address[] memory);

    /// @notice Parameters of a reserve.
    function reserveConfig(address asset) external view returns (ReserveConfig memory);

    /// @notice State of a reserve as of now.
    function reserveState(address asset) external view returns (ReserveState memory);

    /// @notice Price of one whole token with 8 decimals; reverts where an action would for its sake.
    function priceBase(address asset) external view returns (uint256);

    /// @notice Value of an account. Only prices of reserves that it uses are read.
    /// @return collateralBase Value of its collateral.
    /// @return debtBase Value of its debt.
    /// @return ltvBps Average LTV by value, rounded down.
    /// @return liquidationThresholdBps Average liquidation threshold by value, rounded down.
    /// @return healthFactorWad The maximum of uint256 without debt.
    function accountData(
        address user
    )
        external
        view
        returns (
            uint256 collateralBase,
            uint256 debtBase,
            uint256 ltvBps,
            uint256 liquidationThresholdBps,
            uint256 healthFactorWad
        );

    /// @notice Supply of `user` with interest, rounded down.
    function supplyBalance(address asset, address user) external view returns (uint256);

    /// @notice Debt of `user` with interest, rounded up.
    function debtBalance(address asset, address user) external view returns (uint256);

    /// @notice For each of `users`: scaled supply per reserve, then scaled debt per reserve. Times the index of
    /// supply or debt, these are balances.
    function scaledBalances(address[] calldata users) external view returns (uint256[] memory words);
}
