// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuard} from "@openzeppelin/contracts/utils/ReentrancyGuard.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IAggregatorV3} from "../../interfaces/IAggregatorV3.sol";
import {BandConfig, IBandExchange} from "../../interfaces/IBandExchange.sol";
import {BandFill, BandLib, BandTrade} from "../../libraries/BandLib.sol";
import {BandBitmap} from "./BandBitmap.sol";

/// @title BandExchange
/// @notice See `IBandExchange`. A trade is planned band by band in a view, which the quotes share, and then booked.
contract BandExchange is IBandExchange, ReentrancyGuard, Ownable {
    using BandBitmap for BandBitmap.Bitmap;
    using SafeCast for uint256;
    using SafeERC20 for IERC20;

    struct Band {
        uint128 borrowed;
        uint128 collateral;
        uint256 shares;
    }

    struct Position {
        int128 firstBand;
        uint128 count;
        mapping(int256 band => uint256) shares;
    }

    /// @dev What a trade leaves in one band.
    struct Step {
        int256 band;
        uint256 reserveIn;
        uint256 reserveOut;
    }

    struct Plan {
        Step[] steps;
        uint256 count;
        uint256 spent;
        uint256 adminFee;
        uint256 amountOut;
        int256 activeBand;
    }

    uint256 public constant MIN_BANDS = 4;
    uint256 public constant MAX_BANDS = 50;
    /// @dev Smallest units per band: below it rounding would be felt.
    uint256 public constant MIN_BAND_ASSETS = 100;
    /// @dev Bands that one trade may go through.
    uint256 public constant MAX_STEPS = 100;
    uint256 private constant MAX_AMPLIFICATION = 10_000;
    uint256 private constant MAX_FEE_BPS = 5_000;
    uint256 private constant MAX_BASE_WAD = 1e30;
    uint8 private constant BASE_DECIMALS = 8;
    uint8 private constant MAX_DECIMALS = 18;

    IERC20 public immutable collateral;
    IERC20 public immutable borrowed;
    IAggregatorV3 private immutable _collateralFeed;
    IAggregatorV3 private immutable _borrowedFeed;
    uint8 private immutable _collateralFeedDecimals;
    uint8 private immutable _borrowedFeedDecimals;
    uint256 private immutable _maxPriceAgeS;
    uint256 private immutable _amplification;
    uint256 private immutable _feeBps;
    uint256 private immutable _adminFeeBps;
    uint256 private immutable _basePriceWad;
    /// @dev Precise units per smallest unit.
    uint256 private immutable _collateralScale;
    uint256 private immutable _borrowedScale;

    /// @inheritdoc IBandExchange
    address public market;
    /// @inheritdoc IBandExchange
    int256 public activeBand;

    uint256 private _lastPriceWad;
    uint256 private _lastFeeWad;
    uint256 private _lastTradeAt;
    uint256 private _adminBorrowed;
    uint256 private _adminCollateral;
    BandBitmap.Bitmap private _filled;
    mapping(int256 band => Band) private _bands;
    /// @dev Edges of bands that were ever used: the power is dear.
    mapping(int256 band => uint256) private _edges;
    mapping(address user => Position) private _positions;

    modifier onlyMarket() {
        if (msg.sender != market) revert NotMarket(msg.sender, market);
        _;
    }

    constructor(address owner_, BandConfig memory config_) Ownable(owner_) {
        uint256 a = config_.amplification;
        if (a < 2) revert ParameterOutOfRange("amplification", a, 2);
        _requireAtMost("amplification", a, MAX_AMPLIFICATION);
        _requireAtMost("feeBps", config_.feeBps, MAX_FEE_BPS);
        _requireAtMost("adminFeeBps", config_.adminFeeBps, BandLib.BPS);
        _requireAtMost("basePriceWad", config_.basePriceWad, MAX_BASE_WAD);
        if (config_.basePriceWad == 0) revert ParameterOutOfRange("basePriceWad", 0, 1);
        collateral = config_.collateral;
        borrowed = config_.borrowed;
        _collateralFeed = config_.collateralFeed;
        _borrowedFeed = config_.borrowedFeed;
        _collateralFeedDecimals = config_.collateralFeed.decimals();
        _borrowedFeedDecimals = config_.borrowedFeed.decimals();
        _maxPriceAgeS = config_.maxPriceAgeS;
        _amplification = a;
        _feeBps = config_.feeBps;
        _adminFeeBps = config_.adminFeeBps;
        _basePriceWad = config_.basePriceWad;
        _collateralScale = _scale(config_.collateral);
        _borrowedScale = _scale(config_.borrowed);
    }

    function _scale(IERC20 token) private view returns (uint256) {
        uint256 decimals = IERC20Metadata(address(token)).decimals();
        _requireAtMost("decimals", decimals, MAX_DECIMALS);
        return 10 ** (BandLib.PRECISE_DECIMALS - decimals);
    }

    function _requireAtMost(bytes32 parameter, uint256 given, uint256 limit) private pure {
        if (given > limit) revert ParameterOutOfRange(parameter, given, limit);
    }

    /* MARKET */

    /// @inheritdoc IBandExchange
    function setMarket(address market_) external onlyOwner {
        if (market != address(0)) revert MarketAlreadySet(market);
        market = market_;
        emit MarketSet(market_);
    }

    /// @inheritdoc IBandExchange
    function deposit(
        address user,
        uint256 assets,
        int256 firstBand,
        uint256 count
    ) external onlyMarket nonReentrant {
        if (count < MIN_BANDS || count > MAX_BANDS) revert BandCountOutOfRange(count, MIN_BANDS, MAX_BANDS);
        if (assets < MIN_BAND_ASSETS * count) revert DepositTooSmall(assets, MIN_BAND_ASSETS * count);
        Position storage position = _positions[user];
        if (position.count != 0) revert PositionExists(user);
        int256 lastBand = firstBand + int256(count) - 1;
        int256 limit = BandLib.maxBand(_amplification);
        if (firstBand < -limit) revert BandOutOfRange(firstBand, limit);
        if (lastBand > limit) revert BandOutOfRange(lastBand, limit);
        _writeOracle();
        _makeRoom(firstBand);
        position.firstBand = int128(firstBand);
        position.count = uint128(count);
        uint256 each = assets / count;
        uint256 amount = assets - each * (count - 1);
        for (int256 n = firstBand; n <= lastBand; ++n) {
            Band storage band = _bands[n];
            uint256 minted = BandLib.sharesDown(amount, band.collateral, band.shares);
            band.collateral += amount.toUint128();
            band.shares += minted;
            position.shares[n] = minted;
            _filled.set(n);
            if (_edges[n] == 0) _edges[n] = edgeWad(n);
            amount = each;
        }
        if (_edges[lastBand + 1] == 0) _edges[lastBand + 1] = edgeWad(lastBand + 1);
        _pull(collateral, assets);
        emit BandsDeposited(user, assets, firstBand, lastBand);
    }

    /// @dev Bands from `firstBand` on become bands above the active one, where none of them is converted.
    function _makeRoom(int256 firstBand) private {
        if (firstBand > activeBand) return;
        int256 free = firstFreeBand();
        if (firstBand < free) revert BandConverted(free - 1, firstBand);
        activeBand = firstBand - 1;
    }

    /// @inheritdoc IBandExchange
    function firstFreeBand() public view returns (int256) {
        bool found = true;
        for (int256 n = activeBand; found; (found, n) = _filled.atOrBelow(n - 1)) {
            if (_bands[n].borrowed != 0) return n + 1;
        }
        return -BandLib.maxBand(_amplification);
    }

    /// @inheritdoc IBandExchange
    function withdraw(
        address user,
        uint256 partWad
    ) external onlyMarket nonReentrant returns (uint256 borrowedAssets, uint256 collateralAssets) {
        _requireAtMost("partWad", partWad, BandLib.WAD);
        Position storage position = _positions[user];
        int256 n = position.firstBand;
        int256 end = n + int256(uint256(position.count));
        for (; n < end; ++n) {
            uint256 shares = _part(position.shares[n], partWad);
            position.shares[n] -= shares;
            (uint256 x, uint256 y) = _takeShares(n, shares);
            borrowedAssets += x;
            collateralAssets += y;
        }
        if (partWad == BandLib.WAD) position.count = 0;
        if (borrowedAssets != 0) borrowed.safeTransfer(msg.sender, borrowedAssets);
        if (collateralAssets != 0) collateral.safeTransfer(msg.sender, collateralAssets);
        emit BandsWithdrawn(user, borrowedAssets, collateralAssets, partWad);
    }

    /// @dev What the last shareholder leaves behind, fractions of a unit rounded down, goes to the owner.
    function _takeShares(int256 n, uint256 shares) private returns (uint256 x, uint256 y) {
        Band storage band = _bands[n];
        (x, y) = _worth(band, shares);
        uint256 left = band.shares - shares;
        band.shares = left;
        if (left == 0) {
            _adminBorrowed += band.borrowed - x;
            _adminCollateral += band.collateral - y;
            band.borrowed = 0;
            band.collateral = 0;
            _filled.clear(n);
        } else {
            band.borrowed -= x.toUint128();
            band.collateral -= y.toUint128();
        }
    }

    function _worth(Band storage band, uint256 shares) private view returns (uint256 x, uint256 y) {
        uint256 total = band.shares;
        return (
            BandLib.assetsDown(shares, band.borrowed, total),
            BandLib.assetsDown(shares, band.collateral, total)
        );
    }

    function _part(uint256 shares, uint256 partWad) private pure returns (uint256) {
        return Math.mulDiv(shares, partWad, BandLib.WAD);
    }

    /* TRADE */

    /// @inheritdoc IBandExchange
    function exchange(
        bool sellsCollateral,
        uint256 amountIn,
        uint256 minOut,
        address to
    ) external nonReentrant returns (uint256 spent, uint256 amountOut) {
        (uint256 oracle, uint256 stepFeeWad) = _writeOracle();
        Plan memory plan = _plan(_trade(sellsCollateral, oracle, stepFeeWad, 0), amountIn);
        (spent, amountOut) = (plan.spent, plan.amountOut);
        if (amountOut == 0) revert NothingTraded(amountIn);
        if (amountOut < minOut) revert InsufficientOutput(amountOut, minOut);
        _book(plan, sellsCollateral);
        (IERC20 tokenIn, IERC20 tokenOut) = sellsCollateral ? (collateral, borrowed) : (borrowed, collateral);
        _pull(tokenIn, spent);
        tokenOut.safeTransfer(to, amountOut);
        emit BandsTraded(msg.sender, address(tokenOut), address(tokenIn), spent, amountOut, oracle);
    }

    function _trade(
        bool sellsCollateral,
        uint256 oracle,
        uint256 feeWad,
        uint256 limitWad
    ) private view returns (BandTrade memory) {
        (uint256 scaleIn, uint256 scaleOut) = sellsCollateral
            ? (_collateralScale, _borrowedScale)
            : (_borrowedScale, _collateralScale);
        return BandTrade(sellsCollateral, oracle, feeWad, _amplification, scaleIn, scaleOut, limitWad);
    }

    /// @dev Buying collateral moves to bands of lower price, selling it to bands of higher price.
    function _plan(BandTrade memory trade, uint256 amountIn) private view returns (Plan memory plan) {
        plan.steps = new Step[](MAX_STEPS);
        int256 n = activeBand;
        bool found = true;
        while (found) {
            plan.activeBand = n;
            Step memory step = _step(n, trade.sellsCollateral);
            BandFill memory result = BandLib.fill(
                trade,
                step.reserveIn,
                step.reserveOut,
                edgeWad(n),
                edgeWad(n + 1),
                amountIn - plan.spent
            );
            if (result.spent != 0) {
                if (plan.count == MAX_STEPS) break;
                uint256 adminFee = (result.fee * _adminFeeBps) / BandLib.BPS;
                step.reserveIn += result.spent - adminFee;
                step.reserveOut -= result.out;
                plan.steps[plan.count++] = step;
                plan.spent += result.spent;
                plan.amountOut += result.out;
                plan.adminFee += adminFee;
            }
            if (step.reserveOut != 0) break;
            (found, n) = trade.sellsCollateral ? _filled.atOrBelow(n - 1) : _filled.atOrAbove(n + 1);
        }
    }

    function _step(int256 n, bool sellsCollateral) private view returns (Step memory) {
        Band storage band = _bands[n];
        return sellsCollateral ? Step(n, band.collateral, band.borrowed) : Step(n, band.borrowed, band.collateral);
    }

    function _book(Plan memory plan, bool sellsCollateral) private {
        for (uint256 i = 0; i < plan.count; ++i) {
            Step memory step = plan.steps[i];
            Band storage band = _bands[step.band];
            (uint256 x, uint256 y) = sellsCollateral
                ? (step.reserveOut, step.reserveIn)
                : (step.reserveIn, step.reserveOut);
            band.borrowed = x.toUint128();
            band.collateral = y.toUint128();
        }
        activeBand = plan.activeBand;
        if (sellsCollateral) _adminCollateral += plan.adminFee;
        else _adminBorrowed += plan.adminFee;
    }

    function _pull(IERC20 token, uint256 amount) private {
        uint256 before = token.balanceOf(address(this));
        token.safeTransferFrom(msg.sender, address(this), amount);
        uint256 received = token.balanceOf(address(this)) - before;
        if (received != amount) revert TransferShort(address(token), received, amount);
    }

    /// @inheritdoc IBandExchange
    function collectAdminFees() external nonReentrant returns (uint256 borrowedAssets, uint256 collateralAssets) {
        (borrowedAssets, collateralAssets) = (_adminBorrowed, _adminCollateral);
        (_adminBorrowed, _adminCollateral) = (0, 0);
        address to = owner();
        if (borrowedAssets != 0) borrowed.safeTransfer(to, borrowedAssets);
        if (collateralAssets != 0) collateral.safeTransfer(to, collateralAssets);
        emit AdminFeesCollected(to, borrowedAssets, collateralAssets);
    }

    /* ORACLE */

    function _writeOracle() private returns (uint256 price, uint256 feeWad) {
        uint256 stepFeeWad;
        (price, stepFeeWad) = _oracleStep();
        (_lastPriceWad, _lastFeeWad, _lastTradeAt) = (price, stepFeeWad, block.timestamp);
        feeWad = _leastFee(stepFeeWad);
    }

    function _oracleStep() private view returns (uint256 price, uint256 stepFeeWad) {
        (uint256 collateralBase, uint256 borrowedBase) = pricesBase();
        uint256 raw = Math.mulDiv(collateralBase, BandLib.WAD, borrowedBase);
        return BandLib.stepDown(raw, _lastPriceWad, _lastFeeWad, block.timestamp - _lastTradeAt);
    }

    function _leastFee(uint256 stepFeeWad) private view returns (uint256) {
        return Math.max((_feeBps * BandLib.WAD) / BandLib.BPS, stepFeeWad);
    }

    function _priceBase(IAggregatorV3 feed, uint8 decimals) private view returns (uint256 price) {
        (, int256 answer, , uint256 updatedAt, ) = feed.latestRoundData();
        if (_maxPriceAgeS != 0 && block.timestamp > updatedAt + _maxPriceAgeS) {
            revert StalePrice(block.timestamp - updatedAt, _maxPriceAgeS);
        }
        if (answer > 0) {
            price =
                decimals <= BASE_DECIMALS
                    ? uint256(answer) * 10 ** (BASE_DECIMALS - decimals)
                    : uint256(answer) / 10 ** (decimals - BASE_DECIMALS);
        }
        if (price == 0) revert InvalidPrice(address(feed), answer);
    }

    /* VIEWS */

    /// @inheritdoc IBandExchange
    function quoteExactIn(bool sellsCollateral, uint256 amountIn) external view returns (uint256, uint256) {
        return quoteToPrice(sellsCollateral, 0, amountIn);
    }

    /// @inheritdoc IBandExchange
    function quoteToPrice(
        bool sellsCollateral,
        uint256 limitWad,
        uint256 amountIn
    ) public view returns (uint256 spent, uint256 amountOut) {
        (uint256 price, uint256 feeWad) = oracleWad();
        Plan memory plan = _plan(_trade(sellsCollateral, price, feeWad, limitWad), amountIn);
        return (plan.spent, plan.amountOut);
    }

    /// @inheritdoc IBandExchange
    function previewWithdraw(
        address user,
        uint256 partWad
    ) public view returns (uint256 borrowedAssets, uint256 collateralAssets) {
        Position storage position = _positions[user];
        int256 n = position.firstBand;
        int256 end = n + int256(uint256(position.count));
        for (; n < end; ++n) {
            (uint256 x, uint256 y) = _worth(_bands[n], _part(position.shares[n], partWad));
            borrowedAssets += x;
            collateralAssets += y;
        }
    }

    /// @inheritdoc IBandExchange
    function convertedOf(address user) external view returns (uint256) {
        return _valueOf(user, true) / _borrowedScale;
    }

    /// @inheritdoc IBandExchange
    function recoveredOf(address user) external view returns (uint256) {
        return _valueOf(user, false) / _collateralScale;
    }

    function _valueOf(address user, bool inBorrowed) private view returns (uint256 value) {
        Position storage position = _positions[user];
        int256 n = position.firstBand;
        int256 end = n + int256(uint256(position.count));
        (uint256 price, ) = _oracleStep();
        for (; n < end; ++n) {
            Band storage band = _bands[n];
            value += Math.mulDiv(
                _bandValue(n, band, price, inBorrowed),
                position.shares[n],
                band.shares + BandLib.VIRTUAL_SHARES
            );
        }
    }

    function _bandValue(
        int256 n,
        Band storage band,
        uint256 price,
        bool inBorrowed
    ) private view returns (uint256) {
        function(uint256, uint256, uint256, uint256, uint256, uint256) pure returns (uint256) value =
            inBorrowed ? BandLib.convertedDown : BandLib.recoveredDown;
        return
            value(
                uint256(band.borrowed) * _borrowedScale,
                uint256(band.collateral) * _collateralScale,
                price,
                edgeWad(n),
                edgeWad(n + 1),
                _amplification
            );
    }

    /// @inheritdoc IBandExchange
    function positionOf(address user) external view returns (int256, uint256) {
        Position storage position = _positions[user];
        return (position.firstBand, position.count);
    }

    /// @inheritdoc IBandExchange
    function sharesOf(address user, int256 n) external view returns (uint256) {
        return _positions[user].shares[n];
    }

    /// @inheritdoc IBandExchange
    function bandAt(int256 n) external view returns (uint256, uint256, uint256) {
        Band storage band = _bands[n];
        return (band.borrowed, band.collateral, band.shares);
    }

    /// @inheritdoc IBandExchange
    function edgeWad(int256 n) public view returns (uint256 edge) {
        edge = _edges[n];
        if (edge == 0) edge = BandLib.edgeWadDown(_basePriceWad, _amplification, n);
    }

    /// @inheritdoc IBandExchange
    function priceWad() external view returns (uint256) {
        (uint256 price, ) = _oracleStep();
        int256 n = activeBand;
        Band storage band = _bands[n];
        uint256 x = uint256(band.borrowed) * _borrowedScale;
        uint256 y = uint256(band.collateral) * _collateralScale;
        if (x == 0 && y == 0) {
            uint256 middle = Math.sqrt(edgeWad(n) * edgeWad(n + 1));
            return BandLib.endPriceWadDown(price, middle);
        }
        (x, y) = BandLib.reservesDown(x, y, price, edgeWad(n), _amplification);
        return Math.mulDiv(x, BandLib.WAD, y);
    }

    /// @inheritdoc IBandExchange
    function oracleWad() public view returns (uint256 price, uint256 feeWad) {
        (price, feeWad) = _oracleStep();
        feeWad = _leastFee(feeWad);
    }

    /// @inheritdoc IBandExchange
    function pricesBase() public view returns (uint256, uint256) {
        return (
            _priceBase(_collateralFeed, _collateralFeedDecimals),
            _priceBase(_borrowedFeed, _borrowedFeedDecimals)
        );
    }

    /// @inheritdoc IBandExchange
    function adminFees() external view returns (uint256, uint256) {
        return (_adminBorrowed, _adminCollateral);
    }

    /// @inheritdoc IBandExchange
    function config() external view returns (BandConfig memory) {
        return
            BandConfig(
                collateral,
                borrowed,
                _collateralFeed,
                _borrowedFeed,
                uint32(_maxPriceAgeS),
                uint16(_amplification),
                uint16(_feeBps),
                uint16(_adminFeeBps),
                _basePriceWad
            );
    }
}
