// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC3156FlashBorrower} from "@openzeppelin/contracts/interfaces/IERC3156FlashBorrower.sol";

/// @title IFlashLiquidator
/// @notice Liquidates with borrowed money in one call: borrow, liquidate, sell what was seized, repay.
/// @dev Shared by all keepers: it holds nothing between calls and leaves no approval behind.
interface IFlashLiquidator is IERC3156FlashBorrower {
    /// @param pool Lending pool of the account.
    /// @param lender ERC-3156 lender of `debtAsset`; may be `pool` itself.
    /// @param router Swap router of `route`.
    /// @param route Pools from `collateralAsset` to `debtAsset`; unused where the two are the same.
    /// @param collateralAsset Reserve to seize.
    /// @param debtAsset Reserve to repay, the currency of the loan and of the profit.
    /// @param user Account to liquidate.
    /// @param debtToCover In smallest units of `debtAsset`; the maximum of uint256 for all that is allowed.
    /// @param minProfit Least profit in smallest units of `debtAsset`, net of the loan's fee.
    struct Params {
        address pool;
        address lender;
        address router;
        address[] route;
        address collateralAsset;
        address debtAsset;
        address user;
        uint256 debtToCover;
        uint256 minProfit;
    }

    /// @notice A flash liquidation ended with a profit.
    event FlashLiquidated(
        address indexed keeper,
        address indexed user,
        address indexed debtAsset,
        uint256 repaidAssets,
        uint256 seizedAssets,
        uint256 profit
    );

    /// @notice The sale did not bring enough. `profit` is negative where even the loan could not be repaid.
    error InsufficientProfit(int256 profit, uint256 minProfit);

    /// @notice Only the lender of a liquidation under way may call back.
    error UnexpectedCallback(address caller, address initiator);

    /// @notice Carries out `params` and sends the profit to the caller.
    /// @return profit In smallest units of `params.debtAsset`, measured as the change of this contract's balance.
    function liquidate(Params calldata params) external returns (uint256 profit);
}
