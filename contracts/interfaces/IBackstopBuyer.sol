// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC3156FlashBorrower} from "@openzeppelin/contracts/interfaces/IERC3156FlashBorrower.sol";

/// @title IBackstopBuyer
/// @notice Buys from a backstop with borrowed money in one call: borrow, buy, sell, repay.
/// @dev Shared by all keepers: it holds nothing between calls and leaves no approval behind.
interface IBackstopBuyer is IERC3156FlashBorrower {
    /// @param backstop Seller of the collateral.
    /// @param lender ERC-3156 lender of `debtAsset`; may be the pool that the backstop owes.
    /// @param router Swap router of `route`.
    /// @param route Pools from `collateralAsset` to `debtAsset`.
    /// @param collateralAsset What to buy.
    /// @param debtAsset What to pay with, the currency of the loan and of the profit.
    /// @param debtAmount Most to pay, in smallest units of `debtAsset`.
    /// @param minProfit Least profit in smallest units of `debtAsset`, net of the loan's fee.
    struct Params {
        address backstop;
        address lender;
        address router;
        address[] route;
        address collateralAsset;
        address debtAsset;
        uint256 debtAmount;
        uint256 minProfit;
    }

    /// @notice A purchase ended with a profit.
    event CollateralFlipped(
        address indexed keeper,
        address indexed collateralAsset,
        address indexed debtAsset,
        uint256 paidAssets,
        uint256 profit
    );

    /// @notice The sale did not bring enough. `profit` is negative where even the loan could not be repaid.
    error InsufficientProfit(int256 profit, uint256 minProfit);

    /// @notice Only the lender of a purchase under way may call back.
    error UnexpectedCallback(address caller, address initiator);

    /// @notice Carries out `params` and sends the profit to the caller.
    /// @return profit In smallest units of `params.debtAsset`, measured as the change of this contract's balance.
    function buy(Params calldata params) external returns (uint256 profit);
}
