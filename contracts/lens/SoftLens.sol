// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IAggregatorV3} from "../interfaces/IAggregatorV3.sol";
import {BandConfig, IBandExchange} from "../interfaces/IBandExchange.sol";
import {ISoftLens} from "../interfaces/ISoftLens.sol";
import {ISoftLiquidationMarket} from "../interfaces/ISoftLiquidationMarket.sol";
import {HealthLib} from "../libraries/HealthLib.sol";
import {RayMath} from "../libraries/RayMath.sol";

/// @title SoftLens
/// @notice See `ISoftLens`.
contract SoftLens is ISoftLens {
    uint256 private constant ACCOUNT_FIELDS = 7;
    uint256 private constant RESERVE_FIELDS = 12;
    uint256 private constant WAD = 1e18;

    /// @dev What is needed to value an account; prices are 0 where a feed has none.
    struct Valuation {
        IBandExchange exchange;
        uint256 collateralBase;
        uint256 collateralUnit;
        uint256 borrowedBase;
        uint256 borrowedUnit;
    }

    /// @inheritdoc ISoftLens
    function accountWords(
        ISoftLiquidationMarket market,
        address[] calldata users
    ) external view returns (uint256[] memory words) {
        Valuation memory at = _valuation(market);
        words = new uint256[](users.length * ACCOUNT_FIELDS);
        for (uint256 i = 0; i < users.length; ++i) {
            uint256 to = i * ACCOUNT_FIELDS;
            if (at.borrowedBase == 0) {
                words[to] = HealthLib.NO_DEBT;
                words[to + 6] = market.debtOf(users[i]);
                (words[to + 4], words[to + 3]) = at.exchange.previewWithdraw(users[i], WAD);
                continue;
            }
            int256 health;
            (health, words[to + 6], words[to + 4], words[to + 3]) = market.accountOf(users[i]);
            words[to] = words[to + 6] == 0 ? HealthLib.NO_DEBT : _onePlus(health);
            words[to + 1] =
                HealthLib.valueDown(words[to + 3], at.collateralBase, at.collateralUnit) +
                HealthLib.valueDown(words[to + 4], at.borrowedBase, at.borrowedUnit);
            words[to + 2] = HealthLib.valueUp(words[to + 6], at.borrowedBase, at.borrowedUnit);
        }
    }

    function _onePlus(int256 health) private pure returns (uint256) {
        return health < -int256(WAD) ? 0 : uint256(health + int256(WAD));
    }

    /// @dev The collateral at the exchange's price, which is not the feed's while its step is bound.
    function _valuation(ISoftLiquidationMarket market) private view returns (Valuation memory at) {
        at.exchange = market.config().exchange;
        BandConfig memory bands = at.exchange.config();
        at.collateralUnit = 10 ** IERC20Metadata(address(bands.collateral)).decimals();
        at.borrowedUnit = 10 ** IERC20Metadata(address(bands.borrowed)).decimals();
        try at.exchange.pricesBase() returns (uint256, uint256 borrowedBase) {
            at.borrowedBase = borrowedBase;
            (uint256 oracleWad, ) = at.exchange.oracleWad();
            at.collateralBase = Math.mulDiv(oracleWad, borrowedBase, WAD);
        } catch {
            return at;
        }
    }

    /// @inheritdoc ISoftLens
    function reserveWords(ISoftLiquidationMarket market) external view returns (uint256[] memory words) {
        Valuation memory at = _valuation(market);
        BandConfig memory bands = at.exchange.config();
        words = new uint256[](2 * RESERVE_FIELDS);
        (words[0], words[1]) = (RayMath.RAY, RayMath.RAY);
        words[10] = at.collateralBase;
        words[11] = _updatedAt(bands.collateralFeed);
        uint256 to = RESERVE_FIELDS;
        (words[to], words[to + 1], words[to + 2], words[to + 3]) = market.indexes();
        (words[to + 4], words[to + 6], words[to + 7]) = market.totals();
        words[to + 5] = words[to + 4] + words[to + 6] + words[to + 7];
        words[to + 9] = market.supplyOf(Ownable(address(market)).owner());
        words[to + 10] = at.borrowedBase;
        words[to + 11] = _updatedAt(bands.borrowedFeed);
    }

    function _updatedAt(IAggregatorV3 feed) private view returns (uint256 updatedAt) {
        try feed.latestRoundData() returns (uint80, int256, uint256, uint256 at, uint80) {
            return at;
        } catch {
            return 0;
        }
    }
}
