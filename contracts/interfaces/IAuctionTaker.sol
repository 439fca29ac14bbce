// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IAuctionCallee} from "./IAuctionCallee.sol";

/// @title IAuctionTaker
/// @notice Buys from a Dutch auction without money: gets the collateral, sells it, pays, keeps the difference.
/// @dev Shared by all keepers: it holds nothing between calls and leaves no approval behind.
interface IAuctionTaker is IAuctionCallee {
    /// @param auction Auction of the lot.
    /// @param lotId The lot.
    /// @param amount Collateral wanted, in smallest units.
    /// @param maxPriceRay Most to pay per unit.
    /// @param router Swap router of `route`.
    /// @param route Pools from the collateral to the debt asset; unused where the two are the same.
    /// @param minProfit Least profit, in smallest units of the debt asset.
    struct Params {
        address auction;
        uint256 lotId;
        uint256 amount;
        uint256 maxPriceRay;
        address router;
        address[] route;
        uint256 minProfit;
    }

    /// @notice A purchase ended with a profit.
    event AuctionTaken(
        address indexed keeper,
        uint256 indexed lotId,
        address indexed debtAsset,
        uint256 soldAssets,
        uint256 paidAssets,
        uint256 profit
    );

    /// @notice The sale did not bring enough. `profit` is negative where it did not even bring the payment.
    error InsufficientProfit(int256 profit, uint256 minProfit);

    /// @notice Only the auction of a purchase under way may call back.
    error UnexpectedCallback(address caller, address buyer);

    /// @notice Carries out `params` and sends the profit to the caller.
    /// @return profit In smallest units of the debt asset, measured as the change of this contract's balance.
    function take(Params calldata params) external returns (uint256 profit);
}
