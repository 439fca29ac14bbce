// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ISoftLiquidationMarket, SoftLiquidation} from "./ISoftLiquidationMarket.sol";

/// @title ISoftLiquidator
/// @notice Keeper's hand for hard liquidations of soft markets. It turns "at most so many assets" into a part of the
/// account, and needs no loan: the market sends what it seizes before it asks for money.
/// @dev Shared by all keepers: it holds nothing between calls.
interface ISoftLiquidator {
    /// @notice Whom to liquidate, and how much.
    /// @param market The market.
    /// @param user Account.
    /// @param debtToCover Most borrowed assets to pay; the maximum of uint256 for all that is left.
    struct Target {
        ISoftLiquidationMarket market;
        address user;
        uint256 debtToCover;
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

    /// @notice The sale did not bring enough.
    error InsufficientProfit(int256 profit, uint256 minProfit);
    /// @notice Only the market that a liquidation under way has called may call back.
    error UnexpectedCallback(address caller);
    /// @notice The amount pays for no part of the account.
    error AmountRoundsToZero(uint256 debtToCover);

    /// @notice Liquidates, sells all collateral over `route`, pays, and sends the rest to the caller.
    /// @param router Swap router of `route`.
    /// @param route Pools from the collateral to the borrowed asset.
    /// @param minProfit Least profit in smallest units of the borrowed asset.
    /// @return profit Measured as the change of this contract's balance.
    function liquidate(
        Target calldata target,
        address router,
        address[] calldata route,
        uint256 minProfit
    ) external returns (uint256 profit);

    /// @notice Liquidates with the caller's money, by allowance to this contract, and hands it all that is seized.
    function liquidateAndHold(Target calldata target) external returns (SoftLiquidation memory);

    /// @notice The part of the account, and what liquidating it would do now; reverts alike.
    function plan(
        Target calldata target
    ) external view returns (uint256 partWad, SoftLiquidation memory liquidation);
}
