// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IDutchAuctionCore} from "./IDutchAuctionCore.sol";
import {IExecution} from "./IExecution.sol";
import {ILendingPool} from "./ILendingPool.sol";

/// @title IDutchAuction
/// @notice Dutch auctions as the execution of a lending pool.
///
/// Of an account with several reserves, a lot is cut from the largest vault of the chosen pair that has the ratio of
/// the whole: all of the debt with its share of the collateral's value, or all of the collateral with its share of
/// the debt. What is left keeps that ratio, and ends after as many starts as there are reserves, less one. Where
/// the pool's terms offer only a part of a debt, the vault is cut down to it.
///
/// Payments settle the debt of a lot first; what exceeds it, the penalty, feeds the incentives. Whoever starts or
/// resets an auction gets a flat reward and a share of what it has to raise, as far as the incentives of that debt
/// asset go: what is not there is not paid, and not owed later. Anybody may add to them. Nothing is minted: per
/// token, and but for donations,
///
///     balance of this contract = incentives + collateral of all lots + returns kept
///
/// and the pool's claims on this contract are the unsettled debts of all lots.
///
/// @dev Assumptions on tokens are those of the pool; one that takes a fee on transfer cannot be auctioned.
interface IDutchAuction is IDutchAuctionCore, IExecution {
    /* EVENTS */

    /// @notice A keeper was rewarded. `offeredAssets` is the full reward, `paidAssets` what the incentives allowed.
    event KeeperRewarded(
        uint256 indexed lotId,
        address indexed keeper,
        address indexed debtAsset,
        uint256 offeredAssets,
        uint256 paidAssets
    );

    /// @notice Incentives grew by `amount`, from `payer` or, where that is this contract, from a penalty.
    event IncentivesFunded(address indexed debtAsset, address indexed payer, uint256 amount);

    /// @notice The owner took `amount` out of the incentives.
    event IncentivesWithdrawn(address indexed debtAsset, address indexed to, uint256 amount);

    /// @notice Collateral that the pool would not take back for `user` waits here for its owner.
    event ReturnKept(address indexed user, address indexed collateralAsset, uint256 amount);

    /// @notice `user` fetched what was kept.
    event ReturnWithdrawn(
        address indexed user,
        address indexed collateralAsset,
        address indexed to,
        uint256 amount
    );

    /* ERRORS */

    /// @notice Less arrived than was owed, as with a token that takes a fee.
    error PaymentShort(uint256 received, uint256 owed);
    /// @notice More than the incentives hold.
    error InsufficientIncentives(uint256 requested, uint256 available);

    /* INCENTIVES */

    /// @notice Adds `amount` of the caller's to the incentives.
    function fundIncentives(address debtAsset, uint256 amount) external;

    /// @notice Takes penalties that keepers do not need out of the incentives (owner only).
    function withdrawIncentives(address debtAsset, uint256 amount, address to) external;

    /* RETURNS */

    /// @notice Fetches what is kept for the caller.
    function withdrawReturn(address collateralAsset, address to) external returns (uint256 amount);

    /* VIEWS */

    /// @notice The pool.
    function pool() external view returns (ILendingPool);

    /// @notice What rewards can be paid from.
    function incentives(address debtAsset) external view returns (uint256);

    /// @notice Collateral kept for `user`, whom the pool would not take it for.
    function keptReturns(address user, address collateralAsset) external view returns (uint256);

    /// @notice Debt that a running lot took over, penalty apart, and what of it is still to be settled.
    function lotDebt(uint256 lotId) external view returns (uint256 takenAssets, uint256 leftAssets);
}
