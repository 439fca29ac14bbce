// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IIsolatedMarket, MarketParams, Position} from "../interfaces/IIsolatedMarket.sol";
import {ILendingEvents} from "../interfaces/ILendingEvents.sol";
import {
    IPreLiquidation,
    IPreLiquidationCallback,
    PreLiquidationOffer,
    PreLiquidationParams
} from "../interfaces/IPreLiquidation.sol";
import {IsolatedMarketLib, IsolatedSeizure, MarketTotals, SeizeOrRepay} from "../libraries/IsolatedMarketLib.sol";
import {PreLiquidationLib} from "../libraries/PreLiquidationLib.sol";
import {SharesLib} from "../libraries/SharesLib.sol";
import {WadMath} from "../libraries/WadMath.sol";

/// @title PreLiquidation
/// @notice See `IPreLiquidation`. It repays through the market and takes the collateral, in the market's callback,
/// by the borrower's authorisation.
contract PreLiquidation is IPreLiquidation, ILendingEvents {
    using SafeERC20 for IERC20;
    using SharesLib for uint256;
    using WadMath for uint256;

    /// @dev What the market's callback carries back.
    struct Order {
        address borrower;
        address liquidator;
        uint256 seizedAssets;
        uint256 healthBeforeWad;
        bytes data;
    }

    /// @inheritdoc IPreLiquidation
    IIsolatedMarket public immutable market;
    IERC20 private immutable _loanToken;
    IERC20 private immutable _collateralToken;
    uint256 private immutable _lltvWad;

    PreLiquidationParams private _params;

    constructor(IIsolatedMarket market_, PreLiquidationParams memory params_) {
        MarketParams memory of_ = market_.params();
        _requireAtMost("preLltvWad", params_.preLltvWad, of_.lltvWad - 1);
        _requireAtMost("firstCloseFactorWad", params_.firstCloseFactorWad, WadMath.WAD);
        _requireAtMost("firstCloseFactorWad", params_.firstCloseFactorWad, params_.lastCloseFactorWad);
        _requireAtMost("firstIncentiveWad", params_.firstIncentiveWad, params_.lastIncentiveWad);
        _requireAtMost("lastIncentiveWad", params_.lastIncentiveWad, WadMath.WAD.wadDivDown(of_.lltvWad));
        if (params_.firstIncentiveWad < WadMath.WAD) {
            revert ParameterOutOfRange("firstIncentiveWad", params_.firstIncentiveWad, WadMath.WAD);
        }
        market = market_;
        _loanToken = IERC20(of_.loanToken);
        _collateralToken = IERC20(of_.collateralToken);
        _lltvWad = of_.lltvWad;
        _params = params_;
    }

    /// @inheritdoc IPreLiquidation
    function preLiquidate(
        address borrower,
        uint256 seizedAssets,
        uint256 repaidShares,
        bytes calldata data
    ) external returns (uint256 seized, uint256 repaid) {
        if ((seizedAssets == 0) == (repaidShares == 0)) revert ExactlyOneAmount(seizedAssets, repaidShares);
        market.accrueInterest();
        PreLiquidationOffer memory allowed = offer(borrower);
        IsolatedSeizure memory seizure = IsolatedMarketLib.seizure(
            SeizeOrRepay(seizedAssets, repaidShares),
            market.totals(),
            allowed.price,
            allowed.incentiveWad
        );
        if (seizure.repaidShares > allowed.repayableShares) {
            revert ExceedsCloseFactor(seizure.repaidShares, allowed.repayableShares);
        }
        seized = seizure.seizedAssets;
        Order memory order = Order(borrower, msg.sender, seized, market.healthFactorWad(borrower), data);
        (repaid, ) = market.repay(0, seizure.repaidShares, borrower, abi.encode(order));
    }

    /// @notice The market's call between booking a repayment and pulling it.
    function onIsolatedRepay(uint256 assets, bytes calldata data) external {
        if (msg.sender != address(market)) revert UnexpectedCallback(msg.sender);
        Order memory order = abi.decode(data, (Order));
        market.withdrawCollateral(order.seizedAssets, order.borrower, order.liquidator);
        _emitLiquidation(order, assets);
        if (order.data.length != 0) {
            IPreLiquidationCallback(order.liquidator).onPreLiquidate(assets, order.seizedAssets, order.data);
        }
        _loanToken.safeTransferFrom(order.liquidator, address(this), assets);
        _loanToken.forceApprove(address(market), assets);
    }

    function _emitLiquidation(Order memory order, uint256 repaidAssets) private {
        (uint256 collateralBase, , uint256 loanBase, ) = _params.oracle.basePrices();
        emit Liquidation(
            order.borrower,
            address(_collateralToken),
            address(_loanToken),
            order.liquidator,
            repaidAssets,
            order.seizedAssets,
            0,
            false,
            order.healthBeforeWad,
            market.healthFactorWad(order.borrower),
            collateralBase,
            loanBase
        );
    }

    /* VIEWS */

    /// @inheritdoc IPreLiquidation
    function offer(address borrower) public view returns (PreLiquidationOffer memory allowed) {
        PreLiquidationParams memory terms = _params;
        MarketTotals memory totals = market.totals();
        Position memory owned = market.position(borrower);
        allowed.price = terms.oracle.price();
        uint256 debt = owned.borrowShares.toAssetsUp(totals.borrowAssets, totals.borrowShares);
        uint256 value = IsolatedMarketLib.collateralValueDown(owned.collateral, allowed.price);
        uint256 limit = value.wadMulDown(_lltvWad);
        if (debt > limit) revert AlreadyLiquidatable(debt, limit);
        limit = value.wadMulDown(terms.preLltvWad);
        if (debt <= limit) revert NotPreLiquidatable(debt, limit);

        uint256 distanceWad = PreLiquidationLib.distanceWadDown(debt.wadDivUp(value), terms.preLltvWad, _lltvWad);
        allowed.incentiveWad = PreLiquidationLib.interpolateWadDown(
            terms.firstIncentiveWad,
            terms.lastIncentiveWad,
            distanceWad
        );
        uint256 closeFactorWad = PreLiquidationLib.interpolateWadDown(
            terms.firstCloseFactorWad,
            terms.lastCloseFactorWad,
            distanceWad
        );
        allowed.repayableShares = owned.borrowShares.wadMulDown(closeFactorWad);
    }

    /// @inheritdoc IPreLiquidation
    function params() external view returns (PreLiquidationParams memory) {
        return _params;
    }

    function _requireAtMost(bytes32 parameter, uint256 given, uint256 limit) private pure {
        if (given > limit) revert ParameterOutOfRange(parameter, given, limit);
    }
}
