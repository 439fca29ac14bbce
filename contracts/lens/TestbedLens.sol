// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {IAggregatorV3} from "../interfaces/IAggregatorV3.sol";
import {IConstantProductPool} from "../interfaces/IConstantProductPool.sol";
import {ILendingPool, ReserveConfig, ReserveState} from "../interfaces/ILendingPool.sol";
import {IRiskRules} from "../interfaces/IRiskRules.sol";
import {ITestbedLens} from "../interfaces/ITestbedLens.sol";
import {AccountSums, HealthLib} from "../libraries/HealthLib.sol";
import {RayMath} from "../libraries/RayMath.sol";

/// @title TestbedLens
/// @notice See `ITestbedLens`. Accounts are valued here, from one read of the reserves and one of all scaled
/// balances, with the pool's own libraries.
contract TestbedLens is ITestbedLens {
    using HealthLib for AccountSums;

    uint256 private constant ACCOUNT_HEAD = 3;
    uint256 private constant RESERVE_FIELDS = 12;
    uint256 private constant POOL_FIELDS = 3;
    uint256 private constant FEED_FIELDS = 4;

    /// @dev Whose collateral is weighed, and by which rules.
    struct Weigher {
        IRiskRules rules;
        address user;
    }

    /// @dev What is needed of a reserve to value a balance.
    struct ReserveView {
        address asset;
        uint256 liquidityIndexRay;
        uint256 borrowIndexRay;
        uint256 priceBase;
        uint256 unit;
        uint256 ltvBps;
        uint256 thresholdBps;
    }

    /* LENDING */

    /// @inheritdoc ITestbedLens
    function accountWords(address pool, address[] calldata users) external view returns (uint256[] memory words) {
        ReserveView[] memory reserves = _reserveViews(ILendingPool(pool));
        IRiskRules rules = ILendingPool(pool).riskRules();
        uint256[] memory scaled = ILendingPool(pool).scaledBalances(users);
        words = new uint256[](users.length * (ACCOUNT_HEAD + 2 * reserves.length));
        for (uint256 i = 0; i < users.length; ++i) {
            _writeAccount(words, scaled, reserves, i, Weigher(rules, users[i]));
        }
    }

    function _reserveViews(ILendingPool pool) private view returns (ReserveView[] memory views) {
        address[] memory assets = pool.reservesList();
        views = new ReserveView[](assets.length);
        for (uint256 i = 0; i < assets.length; ++i) {
            ReserveState memory state = pool.reserveState(assets[i]);
            ReserveConfig memory config = pool.reserveConfig(assets[i]);
            views[i] = ReserveView({
                asset: assets[i],
                liquidityIndexRay: state.liquidityIndexRay,
                borrowIndexRay: state.borrowIndexRay,
                priceBase: state.priceBase,
                unit: 10 ** IERC20Metadata(assets[i]).decimals(),
                ltvBps: config.ltvBps,
                thresholdBps: config.liquidationThresholdBps
            });
        }
    }

    function _writeAccount(
        uint256[] memory words,
        uint256[] memory scaled,
        ReserveView[] memory reserves,
        uint256 account,
        Weigher memory weigher
    ) private view {
        uint256 count = reserves.length;
        AccountSums memory sums;
        // Positions in arrays of this very shape: nothing here can overflow.
        unchecked {
            uint256 at = account * (ACCOUNT_HEAD + 2 * count);
            uint256 suppliedAt = at + ACCOUNT_HEAD;
            uint256 from = account * 2 * count;
            for (uint256 r = 0; r < count; ++r) {
                uint256 scaledSupply = scaled[from + r];
                uint256 scaledDebt = scaled[from + count + r];
                if (scaledSupply != 0)
                    words[suppliedAt + r] = _addSupply(sums, reserves[r], scaledSupply, weigher);
                if (scaledDebt != 0) words[suppliedAt + count + r] = _addDebt(sums, reserves[r], scaledDebt);
            }
            words[at] = sums.healthFactorWadDown();
            words[at + 1] = sums.collateralBase;
            words[at + 2] = sums.debtBase;
        }
    }

    function _addSupply(
        AccountSums memory sums,
        ReserveView memory reserve,
        uint256 scaled,
        Weigher memory weigher
    ) private view returns (uint256 supplied) {
        supplied = RayMath.rayMulDown(scaled, reserve.liquidityIndexRay);
        if (reserve.thresholdBps == 0) return supplied;
        uint256 base = HealthLib.valueDown(supplied, reserve.priceBase, reserve.unit);
        if (address(weigher.rules) == address(0)) {
            sums.addCollateral(base, reserve.ltvBps, reserve.thresholdBps);
            return supplied;
        }
        (uint256 ltvWeighted, uint256 thresholdWeighted) = weigher.rules.weights(
            weigher.user,
            reserve.asset,
            base,
            reserve.ltvBps,
            reserve.thresholdBps
        );
        sums.addWeighted(base, ltvWeighted, thresholdWeighted);
    }

    function _addDebt(
        AccountSums memory sums,
        ReserveView memory reserve,
        uint256 scaled
    ) private pure returns (uint256 debt) {
        debt = RayMath.rayMulUp(scaled, reserve.borrowIndexRay);
        sums.debtBase += HealthLib.valueUp(debt, reserve.priceBase, reserve.unit);
    }

    /// @inheritdoc ITestbedLens
    function reserveWords(address pool) external view returns (uint256[] memory words) {
        address[] memory assets = ILendingPool(pool).reservesList();
        words = new uint256[](assets.length * RESERVE_FIELDS);
        for (uint256 i = 0; i < assets.length; ++i) {
            ReserveState memory state = ILendingPool(pool).reserveState(assets[i]);
            uint256 at = i * RESERVE_FIELDS;
            words[at] = state.liquidityIndexRay;
            words[at + 1] = state.borrowIndexRay;
            words[at + 2] = state.supplyRateRay;
            words[at + 3] = state.borrowRateRay;
            words[at + 4] = state.cash;
            words[at + 5] = state.totalSupplied;
            words[at + 6] = state.totalDebt;
            words[at + 7] = state.deficit;
            words[at + 8] = state.claims;
            words[at + 9] = state.treasuryAccrued;
            words[at + 10] = state.priceBase;
            words[at + 11] = state.priceUpdatedAt;
        }
    }

    /* TOKENS */

    /// @inheritdoc ITestbedLens
    function balanceWords(
        address[] calldata tokens,
        address[] calldata holders
    ) external view returns (uint256[] memory words) {
        words = new uint256[](tokens.length * holders.length);
        for (uint256 t = 0; t < tokens.length; ++t) {
            for (uint256 h = 0; h < holders.length; ++h) {
                words[t * holders.length + h] = IERC20(tokens[t]).balanceOf(holders[h]);
            }
        }
    }

    /// @inheritdoc ITestbedLens
    function sumBalances(address token, address[] calldata holders) external view returns (uint256 sum) {
        for (uint256 h = 0; h < holders.length; ++h) {
            sum += IERC20(token).balanceOf(holders[h]);
        }
    }

    /* VENUES AND FEEDS */

    /// @inheritdoc ITestbedLens
    function poolWords(address[] calldata pools) external view returns (uint256[] memory words) {
        words = new uint256[](pools.length * POOL_FIELDS);
        for (uint256 i = 0; i < pools.length; ++i) {
            (uint112 reserve0, uint112 reserve1, ) = IConstantProductPool(pools[i]).getReserves();
            words[i * POOL_FIELDS] = reserve0;
            words[i * POOL_FIELDS + 1] = reserve1;
            words[i * POOL_FIELDS + 2] = IERC20(pools[i]).totalSupply();
        }
    }

    /// @inheritdoc ITestbedLens
    function feedWords(address[] calldata feeds) external view returns (uint256[] memory words) {
        words = new uint256[](feeds.length * FEED_FIELDS);
        for (uint256 i = 0; i < feeds.length; ++i) {
            try IAggregatorV3(feeds[i]).latestRoundData() returns (
                uint80 roundId,
                int256 answer,
                uint256 startedAt,
                uint256 updatedAt,
                uint80
            ) {
                words[i * FEED_FIELDS] = roundId;
                words[i * FEED_FIELDS + 1] = uint256(answer);
                words[i * FEED_FIELDS + 2] = startedAt;
                words[i * FEED_FIELDS + 3] = updatedAt;
            } catch {
                // The words stay 0.
            }
        }
    }
}
