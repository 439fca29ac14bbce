// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IAggregatorV3} from "./IAggregatorV3.sol";

/// @notice What is fixed for ever about an exchange.
/// @param collateral Token that borrowers deposit.
/// @param borrowed Token that it turns into.
/// @param collateralFeed Price of a whole token of the collateral.
/// @param borrowedFeed Price of a whole token of the borrowed asset, in the same currency.
/// @param maxPriceAgeS Age beyond which a price is refused; 0: any age will do.
/// @param amplification A: a band is 1/A of its price wide.
/// @param feeBps Least fee on an input; most of it stays in the band that was traded in.
/// @param adminFeeBps Part of the fee that goes to the owner.
/// @param basePriceWad Upper edge of band 0.
struct BandConfig {
    IERC20 collateral;
    IERC20 borrowed;
    IAggregatorV3 collateralFeed;
    IAggregatorV3 borrowedFeed;
    uint32 maxPriceAgeS;
    uint16 amplification;
    uint16 feeBps;
    uint16 adminFeeBps;
    uint256 basePriceWad;
}

/// @title IBandExchange
/// @notice Collateral of borrowers in bands of price. As the oracle price falls through a band, the exchange
/// offers its collateral below the market and so turns it into the borrowed asset; as the price rises it buys back.
/// @dev Bands are numbered downwards: band n lies between the oracle prices base * ((A-1)/A)^n and
/// base * ((A-1)/A)^(n+1). All bands below the active one (higher in price) hold only the borrowed asset, all bands
/// above it (lower in price) only collateral. Formulas and rounding are in `BandLib`. Amounts are smallest units,
/// prices are wads of the borrowed asset per whole token of collateral. Tokens sent without a call belong to nobody.
interface IBandExchange {
    /// @notice The market that places and takes back collateral was named, once.
    event MarketSet(address indexed market);

    /// @notice `user`'s collateral was spread evenly over bands `firstBand` to `lastBand`.
    event BandsDeposited(address indexed user, uint256 amount, int256 firstBand, int256 lastBand);

    /// @notice A part of `user`'s shares left the bands.
    event BandsWithdrawn(address indexed user, uint256 borrowedAssets, uint256 collateralAssets, uint256 partWad);

    /// @notice The bands sold `amountOut` of `sold` to `buyer` for `amountIn` of `bought`, the fee included.
    /// @param priceWad Oracle price that the bands traded at.
    event BandsTraded(
        address indexed buyer,
        address indexed sold,
        address indexed bought,
        uint256 amountIn,
        uint256 amountOut,
        uint256 priceWad
    );

    /// @notice Fees of the owner, and the rests of abandoned bands, were paid out.
    event AdminFeesCollected(address indexed to, uint256 borrowedAssets, uint256 collateralAssets);

    /// @notice Only the market may move collateral of borrowers.
    error NotMarket(address caller, address market);
    /// @notice The market is named already.
    error MarketAlreadySet(address market);
    /// @notice A parameter is out of range.
    error ParameterOutOfRange(bytes32 parameter, uint256 given, uint256 limit);
    /// @notice The number of bands is out of range.
    error BandCountOutOfRange(uint256 given, uint256 least, uint256 most);
    /// @notice A band lies beyond the last that A allows on either side.
    error BandOutOfRange(int256 band, int256 limit);
    /// @notice Collateral too small for its number of bands.
    error DepositTooSmall(uint256 assets, uint256 least);
    /// @notice `user` has collateral in bands already, which must leave them first.
    error PositionExists(address user);
    /// @notice A band at `band` or beyond has begun to convert, so that no collateral may join at `firstBand`.
    error BandConverted(int256 band, int256 firstBand);
    /// @notice A trade would bring less than its taker wants.
    error InsufficientOutput(uint256 amountOut, uint256 least);
    /// @notice A trade would bring nothing.
    error NothingTraded(uint256 amountIn);
    /// @notice A feed has no usable answer.
    error InvalidPrice(address feed, int256 answer);
    /// @notice A price is too old.
    error StalePrice(uint256 ageS, uint256 maxAgeS);
    /// @notice A token took a fee on its transfer.
    error TransferShort(address token, uint256 received, uint256 expected);

    /* MARKET */

    /// @notice Names the market; only the owner, once.
    function setMarket(address market) external;

    /// @notice Takes `assets` of collateral from the market and spreads them evenly over `count` bands from
    /// `firstBand` on; what does not divide goes to the first.
    function deposit(address user, uint256 assets, int256 firstBand, uint256 count) external;

    /// @notice Sends the market `partWad` of all that `user` has in its bands.
    /// @return borrowedAssets Converted part, rounded down per band.
    /// @return collateralAssets Collateral, rounded down per band.
    function withdraw(
        address user,
        uint256 partWad
    ) external returns (uint256 borrowedAssets, uint256 collateralAssets);

    /* TRADE */

    /// @notice Buys collateral (or sells it, if `sellsCollateral`) for up to `amountIn`, from the active band on
    /// until the input or the bands are exhausted.
    /// @return spent Input taken, the fee included.
    /// @return amountOut Output sent to `to`; at least `minOut`.
    function exchange(
        bool sellsCollateral,
        uint256 amountIn,
        uint256 minOut,
        address to
    ) external returns (uint256 spent, uint256 amountOut);

    /// @notice Pays the owner its fees.
    function collectAdminFees() external returns (uint256 borrowedAssets, uint256 collateralAssets);

    /* VIEWS */

    /// @notice What `exchange` would take and give now.
    function quoteExactIn(
        bool sellsCollateral,
        uint256 amountIn
    ) external view returns (uint256 spent, uint256 amountOut);

    /// @notice The part of `amountIn` after which one more unit would trade beyond `limitWad`, and what it brings:
    /// buying until the marginal price with the fee rises to it, selling until it falls to it.
    function quoteToPrice(
        bool sellsCollateral,
        uint256 limitWad,
        uint256 amountIn
    ) external view returns (uint256 spent, uint256 amountOut);

    /// @notice What `withdraw` would send now.
    function previewWithdraw(
        address user,
        uint256 partWad
    ) external view returns (uint256 borrowedAssets, uint256 collateralAssets);

    /// @notice x_down: borrowed asset that `user`'s bands turn into if the price falls through them slowly.
    function convertedOf(address user) external view returns (uint256);

    /// @notice y_up: collateral that `user`'s bands turn into if the price rises through them slowly.
    function recoveredOf(address user) external view returns (uint256);

    /// @notice First band of `user` and their number, 0 without a position.
    function positionOf(address user) external view returns (int256 firstBand, uint256 count);

    /// @notice Shares of `user` in a band.
    function sharesOf(address user, int256 band) external view returns (uint256);

    /// @notice What a band holds, and its shares without the virtual ones.
    function bandAt(
        int256 band
    ) external view returns (uint256 borrowedAssets, uint256 collateralAssets, uint256 totalShares);

    /// @notice Upper edge of a band.
    function edgeWad(int256 band) external view returns (uint256);

    /// @notice The band that trades go through first.
    function activeBand() external view returns (int256);

    /// @notice Highest band in price from which on none is converted, so that collateral may join.
    function firstFreeBand() external view returns (int256);

    /// @notice Price of the next unit without fee; between the ends of the active band where that is empty.
    function priceWad() external view returns (uint256);

    /// @notice Oracle price after its bound, and the fee on an input before the gap of a band to the oracle.
    function oracleWad() external view returns (uint256 priceWad_, uint256 feeWad);

    /// @notice Prices of both feeds now, with 8 decimals; reverts where one is missing or too old.
    function pricesBase() external view returns (uint256 collateralBase, uint256 borrowedBase);

    /// @notice What the owner may collect.
    function adminFees() external view returns (uint256 borrowedAssets, uint256 collateralAssets);

    /// @notice The configuration.
    function config() external view returns (BandConfig memory);

    /// @notice The market.
    function market() external view returns (address);
}
