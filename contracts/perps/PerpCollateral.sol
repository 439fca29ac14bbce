// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {ReentrancyGuard} from "@openzeppelin/contracts/utils/ReentrancyGuard.sol";
import {IAggregatorV3} from "../interfaces/IAggregatorV3.sol";
import {CollateralConfig, IPerpCollateral} from "../interfaces/IPerpCollateral.sol";
import {IPerpMarket, PerpAccountState} from "../interfaces/IPerpMarket.sol";
import {BpsMath} from "../libraries/BpsMath.sol";
import {ExactTransfer} from "../libraries/ExactTransfer.sol";
import {FeedLib, FeedRound} from "../libraries/FeedLib.sol";

/// @title PerpCollateral
/// @notice See `IPerpCollateral`.
contract PerpCollateral is IPerpCollateral, Ownable, ReentrancyGuard {
    using ExactTransfer for IERC20;
    using SafeERC20 for IERC20;

    struct Collateral {
        CollateralConfig config;
        bool known;
        /// @dev Amount times answer over this is whole quote: 10 ** (decimals of the asset + decimals of the feed).
        uint256 unit;
        uint256 totalAssets;
        mapping(address owner => uint256) held;
    }

    uint256 private constant MAX_DECIMALS = 18;

    /// @inheritdoc IPerpCollateral
    IPerpMarket public immutable market;

    IERC20 private immutable _quoteToken;
    uint256 private immutable _quoteUnit;

    mapping(address asset => Collateral) private _collaterals;
    address[] private _assets;

    constructor(address owner_, IPerpMarket market_) Ownable(owner_) {
        market = market_;
        address quoteToken = market_.quoteToken();
        _quoteToken = IERC20(quoteToken);
        _quoteUnit = 10 ** IERC20Metadata(quoteToken).decimals();
    }

    /* CONFIGURATION */

    /// @inheritdoc IPerpCollateral
    function setCollateral(address asset, CollateralConfig calldata config) external onlyOwner {
        if (asset == address(_quoteToken)) revert UnknownCollateral(asset);
        _requireAtMost("haircutBps", config.haircutBps, BpsMath.BPS);
        _requireAtMost("discountBps", config.discountBps, config.haircutBps);
        uint256 decimals = IERC20Metadata(asset).decimals();
        uint256 feedDecimals = IAggregatorV3(config.feed).decimals();
        _requireAtMost("decimals", decimals, MAX_DECIMALS);
        _requireAtMost("feedDecimals", feedDecimals, MAX_DECIMALS);
        Collateral storage entry = _collaterals[asset];
        if (!entry.known) _assets.push(asset);
        (entry.known, entry.unit, entry.config) = (true, 10 ** (decimals + feedDecimals), config);
        emit CollateralConfigured(asset, config);
    }

    function _requireAtMost(bytes32 parameter, uint256 given, uint256 limit) private pure {
        if (given > limit) revert CollateralOutOfRange(parameter, given, limit);
    }

    /* IN AND OUT */

    /// @inheritdoc IPerpCollateral
    function deposit(address asset, uint256 amountAssets, address owner) external nonReentrant {
        if (amountAssets == 0) revert NothingToMove();
        Collateral storage entry = _known(asset);
        uint256 total = entry.totalAssets + amountAssets;
        uint256 cap = entry.config.capAssets;
        if (cap != 0 && total > cap) revert CollateralCapExceeded(asset, total, cap);
        entry.totalAssets = total;
        entry.held[owner] += amountAssets;
        market.register(owner);
        emit CollateralDeposited(owner, asset, msg.sender, amountAssets);
        IERC20(asset).pull(msg.sender, amountAssets);
    }

    /// @inheritdoc IPerpCollateral
    function withdraw(
        address asset,
        uint256 amountAssets,
        address to
    ) external nonReentrant returns (uint256 withdrawn) {
        Collateral storage entry = _known(asset);
        withdrawn = amountAssets == type(uint256).max ? entry.held[msg.sender] : amountAssets;
        _take(entry, msg.sender, withdrawn);
        market.requireWithdrawable(msg.sender, address(0));
        emit CollateralWithdrawn(msg.sender, asset, to, withdrawn);
        IERC20(asset).safeTransfer(to, withdrawn);
    }

    /// @inheritdoc IPerpCollateral
    /// @dev The discount is at most the haircut, so that a sale never lowers the equity of the account.
    function buy(
        address owner,
        address asset,
        uint256 paidQuoteMax
    ) external nonReentrant returns (uint256 amountAssets, uint256 paidQuote) {
        market.settle(owner, address(0));
        int256 cashQuote = market.cashOf(owner, address(0));
        _requireForSale(owner, cashQuote);
        Collateral storage entry = _known(asset);
        uint256 held = entry.held[owner];
        uint256 worth = _value(entry, asset, held, entry.config.discountBps, Math.Rounding.Ceil);
        paidQuote = Math.min(Math.min(paidQuoteMax, uint256(-cashQuote)), worth);
        if (paidQuote == 0) revert NothingToMove();
        amountAssets = Math.mulDiv(held, paidQuote, worth);
        _take(entry, owner, amountAssets);
        emit CollateralBought(owner, asset, msg.sender, amountAssets, paidQuote);
        _quoteToken.pull(msg.sender, paidQuote);
        _quoteToken.forceApprove(address(market), paidQuote);
        market.deposit(paidQuote, owner, address(0));
        IERC20(asset).safeTransfer(msg.sender, amountAssets);
    }

    function _take(Collateral storage entry, address owner, uint256 amountAssets) private {
        uint256 held = entry.held[owner];
        if (amountAssets == 0) revert NothingToMove();
        if (amountAssets > held) revert InsufficientCollateral(amountAssets, held);
        entry.held[owner] = held - amountAssets;
        entry.totalAssets -= amountAssets;
    }

    function _requireForSale(address owner, int256 cashQuote) private view {
        if (cashQuote < 0) {
            if (market.openInstruments(owner, address(0)).length == 0) return;
            PerpAccountState memory state = market.accountState(owner, address(0));
            if (state.equityQuote < int256(state.maintenanceQuote)) return;
        }
        revert CollateralNotForSale(cashQuote);
    }

    /* VALUE */

    function _known(address asset) private view returns (Collateral storage entry) {
        entry = _collaterals[asset];
        if (!entry.known) revert UnknownCollateral(asset);
    }

    /// @dev Value at the price less `cutBps`.
    function _value(
        Collateral storage entry,
        address asset,
        uint256 amountAssets,
        uint256 cutBps,
        Math.Rounding rounding
    ) private view returns (uint256) {
        uint256 price = _price(entry.config, asset) * (BpsMath.BPS - cutBps) * _quoteUnit;
        return Math.mulDiv(amountAssets, price, BpsMath.BPS * entry.unit, rounding);
    }

    function _price(CollateralConfig storage config, address asset) private view returns (uint256) {
        (bool valid, FeedRound memory round) = FeedLib.tryLatest(IAggregatorV3(config.feed));
        if (!valid) revert InvalidCollateralPrice(asset);
        uint256 ageS = block.timestamp - round.updatedAt;
        if (config.maxPriceAgeS != 0 && ageS > config.maxPriceAgeS) {
            revert StaleCollateralPrice(asset, ageS, config.maxPriceAgeS);
        }
        return uint256(round.answer);
    }

    /// @inheritdoc IPerpCollateral
    function valueQuote(address owner) external view returns (uint256 sum) {
        uint256 count = _assets.length;
        for (uint256 i = 0; i < count; ++i) {
            address asset = _assets[i];
            Collateral storage entry = _collaterals[asset];
            uint256 held = entry.held[owner];
            if (held == 0) continue;
            sum += _value(entry, asset, held, entry.config.haircutBps, Math.Rounding.Floor);
        }
    }

    /* VIEWS */

    /// @inheritdoc IPerpCollateral
    function collateralOf(address owner, address asset) external view returns (uint256) {
        return _collaterals[asset].held[owner];
    }

    /// @inheritdoc IPerpCollateral
    function assets() external view returns (address[] memory) {
        return _assets;
    }

    /// @inheritdoc IPerpCollateral
    function collateralConfig(address asset) external view returns (CollateralConfig memory) {
        return _collaterals[asset].config;
    }

    /// @inheritdoc IPerpCollateral
    function totalAssets(address asset) external view returns (uint256) {
        return _collaterals[asset].totalAssets;
    }
}
