// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IPerpMarket} from "./IPerpMarket.sol";

/// @notice An asset that counts as collateral of cross accounts.
/// @param feed Price in quote, Chainlink-compatible.
/// @param haircutBps Taken off its value for margin.
/// @param discountBps What a buyer of collateral pays less than the price; at most the haircut.
/// @param maxPriceAgeS Oldest price that is accepted, in seconds since the feed's `updatedAt`; 0: unchecked.
/// @param capAssets Most that all accounts together may reach through a deposit, smallest units; 0: no cap.
struct CollateralConfig {
    address feed;
    uint16 haircutBps;
    uint16 discountBps;
    uint32 maxPriceAgeS;
    uint128 capAssets;
}

/// @title IPerpCollateral
/// @notice Holds other assets than the quote token for the cross accounts of one perpetual market, which counts them
/// after a haircut. They back positions and are not lent against: an account in debt has them sold to anybody who
/// pays the price less a discount.
/// @dev Assumptions on assets and refusals are those of `IPerpMarket`. Values are smallest units of quote, rounded
/// down; what a buyer pays is rounded up.
interface IPerpCollateral {
    /// @notice A collateral was added or configured anew.
    event CollateralConfigured(address indexed asset, CollateralConfig config);

    /// @notice `payer` paid in collateral for a cross account.
    event CollateralDeposited(address indexed owner, address indexed asset, address payer, uint256 amountAssets);

    /// @notice An owner withdrew collateral to `to`.
    event CollateralWithdrawn(address indexed owner, address indexed asset, address to, uint256 amountAssets);

    /// @notice `buyer` bought collateral of an account in debt.
    event CollateralBought(
        address indexed owner,
        address indexed asset,
        address indexed buyer,
        uint256 amountAssets,
        uint256 paidQuote
    );

    /// @notice Not a collateral.
    error UnknownCollateral(address asset);

    /// @notice A parameter lies outside of its bounds.
    error CollateralOutOfRange(bytes32 parameter, uint256 given, uint256 limit);

    /// @notice The amount is 0, or too small to be worth anything.
    error NothingToMove();

    /// @notice The account holds less than that.
    error InsufficientCollateral(uint256 asked, uint256 held);

    /// @notice More collateral than the cap of the asset.
    error CollateralCapExceeded(address asset, uint256 amount, uint256 cap);

    /// @notice A price of collateral is not usable.
    error InvalidCollateralPrice(address asset);

    /// @notice A price of collateral is older than allowed.
    error StaleCollateralPrice(address asset, uint256 ageS, uint256 maxAgeS);

    /// @notice Collateral is only sold while cash is below 0 and the account is below maintenance margin or has no
    /// position.
    error CollateralNotForSale(int256 cashQuote);

    /// @notice The market whose accounts it serves.
    function market() external view returns (IPerpMarket);

    /// @notice Adds a collateral or configures it anew.
    function setCollateral(address asset, CollateralConfig calldata config) external;

    /// @notice Pays in collateral for the cross account of `owner`. Needs no price.
    function deposit(address asset, uint256 amountAssets, address owner) external;

    /// @notice Withdraws collateral of the caller's cross account, which has to meet initial margin afterwards.
    /// @param amountAssets `type(uint256).max`: all of it.
    function withdraw(address asset, uint256 amountAssets, address to) external returns (uint256 withdrawn);

    /// @notice Pays cash of an account in debt and takes its collateral at a discount to the price.
    /// @param paidQuoteMax Most that the caller pays; no more than the debt is taken.
    function buy(
        address owner,
        address asset,
        uint256 paidQuoteMax
    ) external returns (uint256 amountAssets, uint256 paidQuote);

    /// @notice Value of all collateral of an account after haircuts. Reverts where a price that it needs is invalid.
    function valueQuote(address owner) external view returns (uint256);

    /// @notice Collateral of an account, smallest units of the asset.
    function collateralOf(address owner, address asset) external view returns (uint256);

    /// @notice All collaterals.
    function assets() external view returns (address[] memory);

    /// @notice Parameters of a collateral.
    function collateralConfig(address asset) external view returns (CollateralConfig memory);

    /// @notice What accounts hold together; the token balance exceeds it by donations only.
    function totalAssets(address asset) external view returns (uint256);
}
