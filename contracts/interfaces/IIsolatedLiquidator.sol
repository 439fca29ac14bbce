// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IIsolatedMarket} from "./IIsolatedMarket.sol";
import {IPreLiquidation} from "./IPreLiquidation.sol";

/// @title IIsolatedLiquidator
/// @notice Keeper's hand for isolated markets. It knows which of the two ways is open, turns "at most so many
/// assets" into what the market wants, and needs no loan: the market sends collateral before it asks for money.
/// @dev Shared by all keepers: it holds nothing between calls and leaves no approval behind.
interface IIsolatedLiquidator {
    /// @notice Whom to liquidate, and how much.
    /// @param market The market.
    /// @param preLiquidation Its pre-liquidation, taken where the market itself is closed; the zero address: none.
    /// @param borrower Account.
    /// @param debtToCover Most loan assets to repay; the maximum of uint256 for all that is allowed.
    struct Target {
        IIsolatedMarket market;
        IPreLiquidation preLiquidation;
        address borrower;
        uint256 debtToCover;
    }

    /// @notice What to call and what it moves. Either `askedAssets` or `askedShares` is 0.
    /// @param early Whether it is a pre-liquidation.
    /// @param askedAssets Collateral to name.
    /// @param askedShares Shares of debt to name.
    /// @param repaidAssets Loan assets that will be paid.
    /// @param seizedAssets Collateral that will come.
    struct Plan {
        bool early;
        uint256 askedAssets;
        uint256 askedShares;
        uint256 repaidAssets;
        uint256 seizedAssets;
    }

    /// @notice A liquidation paid out of its own collateral ended with a profit.
    event FlashLiquidated(
        address indexed keeper,
        address indexed user,
        address indexed debtAsset,
        uint256 repaidAssets,
        uint256 seizedAssets,
        uint256 profit
    );

    /// @notice The sale did not bring enough. `profit` is negative where even the debt could not be repaid.
    error InsufficientProfit(int256 profit, uint256 minProfit);
    /// @notice Only the contract that a liquidation under way has called may call back.
    error UnexpectedCallback(address caller);
    /// @notice The account is healthy, and no pre-liquidation was named.
    error HealthFactorNotBelowThreshold(uint256 healthWad, uint256 limitWad);
    /// @notice The amount is worth less than one share of debt.
    error AmountRoundsToZero(uint256 debtToCover);

    /// @notice Liquidates, sells all collateral over `route`, pays, and sends the rest to the caller.
    /// @param router Swap router of `route`.
    /// @param route Pools from the collateral to the loan token.
    /// @param minProfit Least profit in smallest units of the loan token.
    /// @return profit Measured as the change of this contract's balance.
    function liquidate(
        Target calldata target,
        address router,
        address[] calldata route,
        uint256 minProfit
    ) external returns (uint256 profit);

    /// @notice Liquidates with the caller's money, by allowance to this contract, and hands it the collateral.
    /// @return repaid Loan assets taken from the caller.
    /// @return seized Collateral sent to the caller.
    function liquidateAndHold(Target calldata target) external returns (uint256 repaid, uint256 seized);

    /// @notice What a liquidation would do now; reverts where none is open.
    function plan(Target calldata target) external view returns (Plan memory);
}
