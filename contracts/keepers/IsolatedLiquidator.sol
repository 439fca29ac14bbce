// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {ReentrancyGuard} from "@openzeppelin/contracts/utils/ReentrancyGuard.sol";
import {IIsolatedLiquidator} from "../interfaces/IIsolatedLiquidator.sol";
import {MarketParams, Position} from "../interfaces/IIsolatedMarket.sol";
import {IPreLiquidationCallback, PreLiquidationOffer} from "../interfaces/IPreLiquidation.sol";
import {IVenueRouter} from "../interfaces/IVenueRouter.sol";
import {IsolatedMarketLib, IsolatedSeizure, MarketTotals, SeizeOrRepay} from "../libraries/IsolatedMarketLib.sol";
import {SharesLib} from "../libraries/SharesLib.sol";

/// @title IsolatedLiquidator
/// @notice See `IIsolatedLiquidator`.
contract IsolatedLiquidator is IIsolatedLiquidator, IPreLiquidationCallback, ReentrancyGuard {
    using SafeERC20 for IERC20;
    using SharesLib for uint256;

    uint256 private constant HEALTH_LIMIT_WAD = 1e18;

    /// @dev What a callback carries back: who may make it, and how to sell.
    struct Sale {
        address caller;
        address collateralToken;
        address loanToken;
        address router;
        address[] route;
        uint256 minProfit;
        uint256 balanceBefore;
    }

    /* LIQUIDATION */

    /// @inheritdoc IIsolatedLiquidator
    function liquidate(
        Target calldata target,
        address router,
        address[] calldata route,
        uint256 minProfit
    ) external nonReentrant returns (uint256 profit) {
        Plan memory planned = plan(target);
        MarketParams memory market = target.market.params();
        Sale memory sale = Sale({
            caller: _venue(target, planned),
            collateralToken: market.collateralToken,
            loanToken: market.loanToken,
            router: router,
            route: route,
            minProfit: minProfit,
            balanceBefore: IERC20(market.loanToken).balanceOf(address(this))
        });
        (uint256 repaid, uint256 seized) = _execute(target, planned, abi.encode(sale));
        profit = IERC20(market.loanToken).balanceOf(address(this)) - sale.balanceBefore;
        if (profit < minProfit) revert InsufficientProfit(int256(profit), minProfit);
        emit FlashLiquidated(msg.sender, target.borrower, market.loanToken, repaid, seized, profit);
        IERC20(market.loanToken).safeTransfer(msg.sender, profit);
    }

    /// @inheritdoc IIsolatedLiquidator
    function liquidateAndHold(
        Target calldata target
    ) external nonReentrant returns (uint256 repaid, uint256 seized) {
        Plan memory planned = plan(target);
        MarketParams memory market = target.market.params();
        IERC20(market.loanToken).safeTransferFrom(msg.sender, address(this), planned.repaidAssets);
        IERC20(market.loanToken).forceApprove(_venue(target, planned), planned.repaidAssets);
        (repaid, seized) = _execute(target, planned, "");
        IERC20(market.collateralToken).safeTransfer(msg.sender, seized);
    }

    function _venue(Target calldata target, Plan memory planned) private pure returns (address) {
        return planned.early ? address(target.preLiquidation) : address(target.market);
    }

    function _execute(
        Target calldata target,
        Plan memory planned,
        bytes memory data
    ) private returns (uint256 repaid, uint256 seized) {
        (uint256 assets, uint256 shares) = (planned.askedAssets, planned.askedShares);
        (seized, repaid) = planned.early
            ? target.preLiquidation.preLiquidate(target.borrower, assets, shares, data)
            : target.market.liquidate(target.borrower, assets, shares, data);
    }

    /* CALLBACKS */

    /// @notice The market's call after sending collateral.
    function onIsolatedLiquidate(uint256 repaidAssets, uint256 seizedAssets, bytes calldata data) external {
        _sellAndPay(repaidAssets, seizedAssets, data);
    }

    /// @inheritdoc IPreLiquidationCallback
    function onPreLiquidate(uint256 repaidAssets, uint256 seizedAssets, bytes calldata data) external {
        _sellAndPay(repaidAssets, seizedAssets, data);
    }

    /// @dev Open only while `liquidate` runs, and only to the contract it called. No least output for the swap:
    /// the profit is checked over the whole, in the same transaction.
    function _sellAndPay(uint256 repaidAssets, uint256 seizedAssets, bytes calldata data) private {
        Sale memory sale = abi.decode(data, (Sale));
        if (!_reentrancyGuardEntered() || msg.sender != sale.caller) revert UnexpectedCallback(msg.sender);
        if (sale.collateralToken != sale.loanToken) {
            IERC20(sale.collateralToken).forceApprove(sale.router, seizedAssets);
            IVenueRouter(sale.router).swapExactIn(
                sale.route,
                sale.collateralToken,
                seizedAssets,
                0,
                address(this),
                block.timestamp
            );
            IERC20(sale.collateralToken).forceApprove(sale.router, 0);
        }
        uint256 balance = IERC20(sale.loanToken).balanceOf(address(this));
        int256 profit = int256(balance) - int256(sale.balanceBefore + repaidAssets);
        if (profit < int256(sale.minProfit)) revert InsufficientProfit(profit, sale.minProfit);
        IERC20(sale.loanToken).forceApprove(msg.sender, repaidAssets);
    }

    /* PLAN */

    /// @inheritdoc IIsolatedLiquidator
    /// @dev Where shares would take more collateral than there is, all of it is named instead: it then costs at
    /// most those shares, since each step of one direction rounds against the other.
    function plan(Target calldata target) public view returns (Plan memory planned) {
        Position memory owned = target.market.position(target.borrower);
        PreLiquidationOffer memory allowed = _allowed(target, owned, planned);
        MarketTotals memory totals = target.market.totals();
        uint256 shares = allowed.repayableShares;
        if (target.debtToCover != type(uint256).max) {
            uint256 wanted = target.debtToCover.toSharesDown(totals.borrowAssets, totals.borrowShares);
            shares = Math.min(shares, wanted);
        }
        if (shares == 0) revert AmountRoundsToZero(target.debtToCover);
        planned.askedShares = shares;
        IsolatedSeizure memory seizure = _seizure(planned, totals, allowed);
        if (seizure.seizedAssets > owned.collateral) {
            (planned.askedAssets, planned.askedShares) = (owned.collateral, 0);
            seizure = _seizure(planned, totals, allowed);
        }
        planned.repaidAssets = seizure.repaidAssets;
        planned.seizedAssets = seizure.seizedAssets;
    }

    /// @dev The market's own terms below a health factor of 1, those of the pre-liquidation above it.
    function _allowed(
        Target calldata target,
        Position memory owned,
        Plan memory planned
    ) private view returns (PreLiquidationOffer memory) {
        uint256 healthWad = target.market.healthFactorWad(target.borrower);
        if (healthWad < HEALTH_LIMIT_WAD) {
            uint256 incentiveWad = target.market.liquidationIncentiveWad();
            uint256 price = target.market.params().oracle.price();
            return PreLiquidationOffer(owned.borrowShares, incentiveWad, price);
        }
        if (address(target.preLiquidation) == address(0)) {
            revert HealthFactorNotBelowThreshold(healthWad, HEALTH_LIMIT_WAD);
        }
        planned.early = true;
        return target.preLiquidation.offer(target.borrower);
    }

    function _seizure(
        Plan memory planned,
        MarketTotals memory totals,
        PreLiquidationOffer memory allowed
    ) private pure returns (IsolatedSeizure memory) {
        SeizeOrRepay memory asked = SeizeOrRepay(planned.askedAssets, planned.askedShares);
        return IsolatedMarketLib.seizure(asked, totals, allowed.price, allowed.incentiveWad);
    }
}
