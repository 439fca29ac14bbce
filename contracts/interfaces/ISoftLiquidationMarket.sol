// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IBandExchange} from "./IBandExchange.sol";
import {ILendingEvents} from "./ILendingEvents.sol";
import {ILossPolicy} from "./ILossPolicy.sol";
import {IRateModel} from "./IRateModel.sol";

/// @notice What is fixed for ever about a market. Its tokens, feeds and bands are those of its exchange.
/// @param loanDiscountBps A new loan is at most x_down * (1 - this).
/// @param liquidationDiscountBps health = x_down * (1 - this) / debt - 1; below the loan discount.
/// @param liquidationBonusBps Least gain of a liquidator on what it pays, where the rest of an account is worth
/// less than its debt: it then pays value / (1 + this), and the remainder is a loss.
/// @param reserveFactorBps Share of borrowers' interest that goes to the owner.
/// @param yearlyRateBps Interest of a market without a rate model.
/// @param rateModel Rates; the zero address: `yearlyRateBps`.
/// @param lossPolicy Who bears losses; the zero address: they are booked as deficit.
struct SoftLiquidationConfig {
    IBandExchange exchange;
    uint16 loanDiscountBps;
    uint16 liquidationDiscountBps;
    uint16 liquidationBonusBps;
    uint16 reserveFactorBps;
    uint32 yearlyRateBps;
    IRateModel rateModel;
    ILossPolicy lossPolicy;
}

/// @notice What a liquidation does, in smallest units.
/// @param debtAssets Debt that it deals with.
/// @param coveredAssets Part of it that is paid, from the account's converted assets first.
/// @param paidAssets Part of that which the liquidator pays.
/// @param seizedCollateral Collateral to the liquidator.
/// @param surplusBorrowed Converted assets beyond `coveredAssets`, to the liquidator.
struct SoftLiquidation {
    uint256 debtAssets;
    uint256 coveredAssets;
    uint256 paidAssets;
    uint256 seizedCollateral;
    uint256 surplusBorrowed;
}

/// @title ISoftLiquidationCallee
/// @notice A liquidator that is called between what it gets and what it pays.
interface ISoftLiquidationCallee {
    /// @notice Collateral and surplus have arrived; `paidAssets` of the borrowed asset are taken after the call.
    function onSoftLiquidation(SoftLiquidation calldata liquidation, bytes calldata data) external;
}

/// @title ISoftLiquidationMarket
/// @notice Loans whose collateral lies in the bands of an exchange: it is sold band by band as the price falls and
/// bought back as it rises. What remains when that was not enough is liquidated at once.
/// @dev Lenders own shares of cash, debt and deficit; cash is counted inside, so donations move no share price. Debt
/// is rounded up, claims are rounded down. A loan can change its collateral only while nothing of it is converted.
interface ISoftLiquidationMarket is ILendingEvents {
    /// @notice The books after an action: debt per unit of scaled debt and assets per share in ray, yearly rates.
    event ReserveUpdated(
        address indexed asset,
        uint256 liquidityIndexRay,
        uint256 borrowIndexRay,
        uint256 supplyRateRay,
        uint256 borrowRateRay
    );

    /// @notice The fund that losses are drawn from first.
    event InsuranceFundSet(address indexed fund);

    /// @notice A parameter is out of range.
    error ParameterOutOfRange(bytes32 parameter, uint256 given, uint256 limit);
    /// @notice An amount must not be 0, or is worth nothing after rounding.
    error AmountRoundsToZero(address asset, uint256 amount);
    /// @notice The market has less cash than asked for.
    error InsufficientCash(uint256 requested, uint256 available);
    /// @notice More than the balance.
    error InsufficientSupply(uint256 requested, uint256 available);
    /// @notice `user` has a loan.
    error LoanExists(address user);
    /// @notice `user` has no loan.
    error NoLoan(address user);
    /// @notice The collateral does not carry the debt in the highest bands that the price allows.
    error LoanTooLarge(uint256 debt, uint256 limit);
    /// @notice The health would be below 0.
    error HealthNegative(int256 healthWad);
    /// @notice Collateral may not move while a part of it is converted.
    error CollateralConverted(address user, uint256 borrowedAssets);
    /// @notice Only a health below 0 lets others liquidate.
    error HealthNotNegative(int256 healthWad);
    /// @notice The fund holds another asset.
    error AssetMismatch(address asked, address held);
    /// @notice A token took a fee on its transfer.
    error TransferShort(address token, uint256 received, uint256 expected);

    /* CONFIGURATION */

    /// @notice Names the fund that losses are drawn from first; the zero address: none. Only the owner.
    function setInsuranceFund(address fund) external;

    /* LENDERS */

    /// @notice Lends `assets` in the name of `onBehalfOf`.
    function supply(uint256 assets, address onBehalfOf) external returns (uint256 shares);

    /// @notice Withdraws `assets` of the caller's claims (the maximum of uint256: all) to `to`.
    function withdraw(uint256 assets, address to) external returns (uint256 withdrawn);

    /* BORROWERS */

    /// @notice Deposits collateral over `bandCount` bands, the lowest that carry the debt, and borrows.
    function createLoan(uint256 collateralAssets, uint256 debtAssets, uint256 bandCount) external;

    /// @notice Adds collateral, takes more debt or both, and moves the bands.
    function borrowMore(uint256 collateralAssets, uint256 debtAssets) external;

    /// @notice Adds collateral to `user`'s loan and moves its bands. The loan may stay above the limit of new ones.
    function addCollateral(uint256 assets, address user) external;

    /// @notice Takes collateral back and moves the bands.
    function removeCollateral(uint256 assets) external;

    /// @notice Repays up to `assets` of `user`'s debt. Without debt left all that is in the bands goes to `user`;
    /// otherwise the bands move down, unless a part of them is converted.
    function repay(uint256 assets, address user) external returns (uint256 repaid);

    /* LIQUIDATION */

    /// @notice Takes `partWad` of what is left of an account with health below 0, for that part of its debt.
    /// @dev Sends collateral and surplus, calls the sender if `data` is not empty, then takes the payment.
    function liquidate(
        address user,
        uint256 partWad,
        bytes calldata data
    ) external returns (SoftLiquidation memory result);

    /// @notice What `liquidate` would do now; reverts alike.
    function previewLiquidation(
        address user,
        uint256 partWad
    ) external view returns (SoftLiquidation memory result);

    /// @notice Pays in against the deficit; at most what it is.
    function coverDeficit(uint256 assets) external returns (uint256 covered);

    /* VIEWS */

    /// @notice x_down * (1 - liquidation discount) / debt - 1 in wad; the maximum without debt.
    function healthWad(address user) external view returns (int256);

    /// @notice `healthWad` plus what the price stands above the highest band, times collateral, by debt: how far the
    /// price is from liquidation, where `healthWad` does not move until the bands are reached. Of the same sign.
    function healthAboveBandsWad(address user) external view returns (int256);

    /// @notice `healthAboveBandsWad`, debt, and what is converted and what is left of the collateral.
    function accountOf(
        address user
    )
        external
        view
        returns (int256 healthAboveWad, uint256 debtAssets, uint256 borrowedAssets, uint256 collateralAssets);

    /// @notice Debt that collateral carries in the highest `bandCount` bands that it may be put into: at or below the
    /// price, and with nothing converted in or below them.
    function maxDebt(uint256 collateralAssets, uint256 bandCount) external view returns (uint256);

    /// @notice First band of a loan: the lowest in price that carries the debt, or else the highest that there is.
    function firstBandFor(
        uint256 collateralAssets,
        uint256 debtAssets,
        uint256 bandCount
    ) external view returns (int256);

    /// @notice Debt of `user` now, rounded up.
    function debtOf(address user) external view returns (uint256);

    /// @notice Claims of a lender now, rounded down.
    function supplyOf(address lender) external view returns (uint256);

    /// @notice Cash, debt (rounded down) and deficit now: what lenders' shares are of.
    function totals() external view returns (uint256 cash, uint256 debtAssets, uint256 deficit);

    /// @notice Indexes now and yearly rates, in ray.
    function indexes()
        external
        view
        returns (uint256 liquidityIndexRay, uint256 borrowIndexRay, uint256 supplyRateRay, uint256 borrowRateRay);

    /// @notice The configuration.
    function config() external view returns (SoftLiquidationConfig memory);
}
