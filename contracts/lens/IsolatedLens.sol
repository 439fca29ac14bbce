// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IIsolatedLens} from "../interfaces/IIsolatedLens.sol";
import {IIsolatedMarket, MarketParams, Position} from "../interfaces/IIsolatedMarket.sol";
import {BpsMath} from "../libraries/BpsMath.sol";
import {HealthLib} from "../libraries/HealthLib.sol";
import {InterestLib} from "../libraries/InterestLib.sol";
import {IsolatedMarketLib, MarketTotals} from "../libraries/IsolatedMarketLib.sol";
import {RayMath} from "../libraries/RayMath.sol";
import {SharesLib} from "../libraries/SharesLib.sol";

/// @title IsolatedLens
/// @notice See `IIsolatedLens`.
contract IsolatedLens is IIsolatedLens {
    using SharesLib for uint256;

    uint256 private constant ACCOUNT_FIELDS = 7;
    uint256 private constant RESERVE_FIELDS = 12;
    uint256 private constant YEARLY_RAY = InterestLib.YEAR_S * 1e9;

    /// @dev What is needed to value an account.
    struct Valuation {
        MarketTotals totals;
        uint256 price;
        uint256 lltvWad;
        uint256 collateralBase;
        uint256 collateralUnit;
        uint256 loanBase;
        uint256 loanUnit;
    }

    /// @inheritdoc IIsolatedLens
    function accountWords(
        IIsolatedMarket market,
        address[] calldata users
    ) external view returns (uint256[] memory words) {
        Valuation memory at = _valuation(market);
        Position[] memory owned = market.positions(users);
        words = new uint256[](users.length * ACCOUNT_FIELDS);
        for (uint256 i = 0; i < users.length; ++i) {
            Position memory one = owned[i];
            uint256 debt = one.borrowShares.toAssetsUp(at.totals.borrowAssets, at.totals.borrowShares);
            uint256 to = i * ACCOUNT_FIELDS;
            words[to] = IsolatedMarketLib.healthFactorWadDown(one.collateral, debt, at.price, at.lltvWad);
            words[to + 1] = HealthLib.valueDown(one.collateral, at.collateralBase, at.collateralUnit);
            words[to + 2] = HealthLib.valueUp(debt, at.loanBase, at.loanUnit);
            words[to + 3] = one.collateral;
            words[to + 4] = one.supplyShares.toAssetsDown(at.totals.supplyAssets, at.totals.supplyShares);
            words[to + 6] = debt;
        }
    }

    function _valuation(IIsolatedMarket market) private view returns (Valuation memory at) {
        MarketParams memory params = market.params();
        at.totals = market.totals();
        at.lltvWad = params.lltvWad;
        at.collateralUnit = 10 ** IERC20Metadata(params.collateralToken).decimals();
        at.loanUnit = 10 ** IERC20Metadata(params.loanToken).decimals();
        (at.collateralBase, , at.loanBase, ) = params.oracle.basePrices();
        try params.oracle.price() returns (uint256 price) {
            at.price = price;
        } catch {
            if (at.loanBase == 0) return at;
            uint256 value = at.collateralBase * at.loanUnit;
            at.price = Math.mulDiv(value, IsolatedMarketLib.PRICE_SCALE, at.loanBase * at.collateralUnit);
        }
    }

    /// @inheritdoc IIsolatedLens
    function reserveWords(IIsolatedMarket market) external view returns (uint256[] memory words) {
        MarketParams memory params = market.params();
        words = new uint256[](2 * RESERVE_FIELDS);
        (words[0], words[1]) = (RayMath.RAY, RayMath.RAY);
        words[4] = IERC20(params.collateralToken).balanceOf(address(market));
        words[5] = words[4];
        _writeLoan(words, market, params);
        (words[10], words[11], words[RESERVE_FIELDS + 10], words[RESERVE_FIELDS + 11]) = params
            .oracle
            .basePrices();
    }

    function _writeLoan(uint256[] memory words, IIsolatedMarket market, MarketParams memory params) private view {
        MarketTotals memory totals = market.totals();
        uint256 at = RESERVE_FIELDS;
        (words[at], words[at + 1]) = market.indexes();
        if (address(params.rateModel) != address(0)) {
            uint256 rateWad = params.rateModel.currentRate(
                address(market),
                totals.supplyAssets,
                totals.borrowAssets
            );
            words[at + 3] = rateWad * YEARLY_RAY;
        }
        if (totals.supplyAssets != 0) {
            uint256 gross = Math.mulDiv(words[at + 3], totals.borrowAssets, totals.supplyAssets);
            words[at + 2] = BpsMath.bpsMulDown(gross, BpsMath.BPS - market.feeBps());
        }
        words[at + 4] = totals.supplyAssets - totals.borrowAssets;
        words[at + 5] = totals.supplyAssets;
        words[at + 6] = totals.borrowAssets;
        if (market.feeBps() == 0) return;
        uint256 feeShares = market.position(market.feeRecipient()).supplyShares;
        words[at + 9] = feeShares.toAssetsDown(totals.supplyAssets, totals.supplyShares);
    }
}
