// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IAverageRateModel} from "./IAverageRateModel.sol";
import {ILendingEvents} from "./ILendingEvents.sol";
import {IPairOracle} from "./IPairOracle.sol";
import {MarketTotals} from "../libraries/IsolatedMarketLib.sol";

/// @notice What a market is made of; nothing of it ever changes.
/// @param loanToken Asset that is supplied and borrowed.
/// @param collateralToken Asset that secures loans; it is not lent.
/// @param oracle Price of the collateral in loan tokens.
/// @param rateModel Borrow rate; the zero address: no interest.
/// @param lltvWad Loan-to-value, in wad, up to which debt may be taken and is healthy; below 1.
struct MarketParams {
    address loanToken;
    address collateralToken;
    IPairOracle oracle;
    IAverageRateModel rateModel;
    uint256 lltvWad;
}

/// @notice One account: shares of what is supplied, shares of what is owed, and collateral in smallest units.
struct Position {
    uint256 supplyShares;
    uint256 borrowShares;
    uint256 collateral;
}

/// @title IIsolatedMarket
/// @notice One loan asset against one collateral, in the manner of Morpho Blue: its own oracle, rate model and
/// LLTV, shares instead of indexes, no close factor, and bad debt that suppliers bear the moment it is known.
///
/// Assumptions on both tokens: ERC-20, without fees on transfer (a transfer that brings less reverts with
/// `ReceivedLess`), without rebasing. A token that calls back is harmless to the books, which are closed before
/// any transfer. On the oracle: it does not lie, and where it reverts nothing can be borrowed, liquidated or
/// withdrawn from under a debt. On the rate model: it does not revert and stays below 1e18 / second.
///
/// @dev Rounding favours the market: supply shares are minted down and burned up, borrow shares minted up and
/// burned down, collateral is valued down and debt up. Hence at all times, outside of a callback,
///
///     totalSupplyAssets <= loan tokens held + totalBorrowAssets - collateral in the same token
///
/// Donations never enter the books. Health is `HF = collateral * price * LLTV / debt`; below 1 the whole account
/// may be liquidated, and at exactly 1 it may not. Bad debt is realised only by a liquidation that leaves exactly
/// no collateral: a single smallest unit left behind keeps the debt on the books, and interest on it. Suppliers
/// bear it in the same transaction, in proportion to their shares; whoever withdraws before does not.
///
/// Balances, liquidations and losses are told by `ILendingEvents`; `Supplied` and `Withdrawn` name the asset, and
/// so tell a loan from collateral. No fee is taken from a liquidation, and shares are never received for one.
///
/// `supply`, `withdraw`, `repay` and `borrow` take either assets or shares, the other being 0; shares are exact,
/// so the maximum for an account is asked for in shares.
interface IIsolatedMarket is ILendingEvents {
    /* EVENTS */

    /// @notice Interest was accrued; indexes as in `indexes`, rates are yearly.
    event ReserveUpdated(
        address indexed asset,
        uint256 liquidityIndexRay,
        uint256 borrowIndexRay,
        uint256 supplyRateRay,
        uint256 borrowRateRay
    );

    /// @notice `receiver` borrowed `amount` within a transaction.
    event FlashLoan(address indexed receiver, address indexed asset, uint256 amount, uint256 fee);

    /// @notice `user` lets `delegate` act for it, or does no longer.
    event AuthorizationSet(address indexed user, address indexed delegate, bool authorized);

    /// @notice The owner takes `feeBps` of interest from now on, as shares of `recipient`.
    event FeeSet(uint256 feeBps, address indexed recipient);

    /* ERRORS */

    /// @notice A parameter lies outside of its bounds.
    error ParameterOutOfRange(bytes32 parameter, uint256 given, uint256 limit);
    /// @notice Exactly one of two amounts must be other than zero.
    error ExactlyOneAmount(uint256 first, uint256 second);
    /// @notice An amount of zero.
    error ZeroAmount();
    /// @notice The caller may not act for this account.
    error Unauthorized(address caller, address user);
    /// @notice More than the account holds: assets of collateral, or shares of supply.
    error InsufficientBalance(uint256 requested, uint256 available);
    /// @notice More than suppliers' assets that are not lent.
    error InsufficientCash(uint256 requested, uint256 available);
    /// @notice More shares than the account owes.
    error ExceedsDebt(uint256 repaidShares, uint256 borrowShares);
    /// @notice More collateral than the account has.
    error ExceedsCollateral(uint256 seizedAssets, uint256 collateral);
    /// @notice A loan or a withdrawal would leave the account unhealthy.
    error HealthFactorTooLow(uint256 healthWad, uint256 limitWad);
    /// @notice The account is healthy.
    error HealthFactorNotBelowThreshold(uint256 healthWad, uint256 limitWad);
    /// @notice A transfer brought less than was asked for.
    error ReceivedLess(address token, uint256 received, uint256 asked);

    /* CONFIGURATION */

    /// @notice Sets the share of interest that goes to `recipient`, at most a quarter. Owner only.
    function setFee(uint256 newFeeBps, address recipient) external;

    /// @notice Lets `delegate` borrow, withdraw and withdraw collateral of the caller, or not any more.
    function setAuthorization(address delegate, bool authorized) external;

    /* SUPPLY */

    /// @notice Supplies loan assets for `onBehalfOf`.
    /// @param assets Amount, or 0 to name shares.
    /// @param shares Shares to be minted, or 0.
    /// @param data Passed to `onIsolatedSupply` of the caller; empty: no callback.
    /// @return suppliedAssets Paid by the caller.
    /// @return suppliedShares Minted.
    function supply(
        uint256 assets,
        uint256 shares,
        address onBehalfOf,
        bytes calldata data
    ) external returns (uint256 suppliedAssets, uint256 suppliedShares);

    /// @notice Withdraws loan assets of `onBehalfOf` to `receiver`.
    function withdraw(
        uint256 assets,
        uint256 shares,
        address onBehalfOf,
        address receiver
    ) external returns (uint256 withdrawnAssets, uint256 withdrawnShares);

    /* COLLATERAL */

    /// @notice Adds collateral to the account of `onBehalfOf`.
    /// @dev Interest is not accrued, since nothing here depends on it.
    function supplyCollateral(uint256 assets, address onBehalfOf, bytes calldata data) external;

    /// @notice Takes collateral of `onBehalfOf` out to `receiver`; the account must stay healthy.
    function withdrawCollateral(uint256 assets, address onBehalfOf, address receiver) external;

    /* DEBT */

    /// @notice Borrows on the account of `onBehalfOf` to `receiver`; the account must be healthy afterwards.
    function borrow(
        uint256 assets,
        uint256 shares,
        address onBehalfOf,
        address receiver
    ) external returns (uint256 borrowedAssets, uint256 borrowedShares);

    /// @notice Repays debt of `onBehalfOf`. Naming its shares repays all of it.
    function repay(
        uint256 assets,
        uint256 shares,
        address onBehalfOf,
        bytes calldata data
    ) external returns (uint256 repaidAssets, uint256 repaidShares);

    /* LIQUIDATION */

    /// @notice Repays debt of an unhealthy account and takes collateral of that value times the incentive.
    /// @param borrower Account to liquidate.
    /// @param seizedAssets Collateral to take, or 0 to name shares.
    /// @param repaidShares Shares of debt to repay, or 0.
    /// @param data Passed to `onIsolatedLiquidate` of the caller, which has the collateral by then; empty: none.
    /// @return seized Collateral sent to the caller.
    /// @return repaid Loan assets pulled from the caller.
    function liquidate(
        address borrower,
        uint256 seizedAssets,
        uint256 repaidShares,
        bytes calldata data
    ) external returns (uint256 seized, uint256 repaid);

    /// @notice What `liquidate` would do now; reverts where it would, tokens and approvals of the caller aside.
    function previewLiquidation(
        address borrower,
        uint256 seizedAssets,
        uint256 repaidShares
    ) external view returns (uint256 seized, uint256 repaid, uint256 badDebt);

    /* FLASH LOANS AND INTEREST */

    /// @notice Lends any tokens held, free of charge, for the time of `onIsolatedFlashLoan` of the caller.
    function flashLoan(address token, uint256 assets, bytes calldata data) external;

    /// @notice Accrues interest.
    function accrueInterest() external;

    /* VIEWS */

    /// @notice What the market is made of.
    function params() external view returns (MarketParams memory);

    /// @notice Collateral seized per debt repaid, by value, in wad.
    function liquidationIncentiveWad() external view returns (uint256);

    /// @notice Share of interest that goes to `feeRecipient`, in bps.
    function feeBps() external view returns (uint256);

    /// @notice Who gets the fee's shares.
    function feeRecipient() external view returns (address);

    /// @notice When interest was last accrued, in seconds since the epoch.
    function accruedAt() external view returns (uint256);

    /// @notice Whether `delegate` may act for `user`.
    function isAuthorized(address user, address delegate) external view returns (bool);

    /// @notice Totals with interest until now.
    function totals() external view returns (MarketTotals memory);

    /// @notice Indexes with interest until now, both 1e27 at the start.
    /// @return liquidityIndexRay Assets per share of supply.
    /// @return borrowIndexRay What a debt of 1e27 at the start has grown to; debts themselves are kept in shares.
    function indexes() external view returns (uint256 liquidityIndexRay, uint256 borrowIndexRay);

    /// @notice Account as it is stored.
    function position(address user) external view returns (Position memory);

    /// @notice Accounts as they are stored, in the order asked for.
    function positions(address[] calldata users) external view returns (Position[] memory);

    /// @notice Supplied assets of `user` with interest until now, rounded down.
    function supplyBalance(address user) external view returns (uint256);

    /// @notice Debt of `user` with interest until now, rounded up.
    function debtBalance(address user) external view returns (uint256);

    /// @notice Health factor in wad with interest until now; the maximum of uint256 without debt.
    function healthFactorWad(address user) external view returns (uint256);
}
