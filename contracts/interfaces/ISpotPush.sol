// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC3156FlashBorrower} from "@openzeppelin/contracts/interfaces/IERC3156FlashBorrower.sol";

/// @title ISpotPush
/// @notice An attack on a market that believes a venue's price, in one transaction: push the price with money that
/// is borrowed for the transaction, use the market while it believes, let the price go, repay.
/// @dev The attack is on `loanAsset`, which is what the attacker ends with. Buying the other asset with it makes the
/// other asset dear and the loan asset cheap; either way round is one of four attacks:
/// - borrow, loan asset is the quote: collateral that is bought becomes dear, and more is borrowed than it cost;
/// - borrow, loan asset is the base: the base becomes cheap, and more of it is borrowed than the quote would buy;
/// - liquidate, loan asset is the base: accounts whose collateral fell are liquidated, and the base is bought back;
/// - liquidate, loan asset is the quote: the same with accounts that owe the base.
///
/// A contract for one attacker: it owns the position that an attack leaves, which its owner may `exit`.
interface ISpotPush is IERC3156FlashBorrower {
    /// @param pool Lending pool that is attacked.
    /// @param lender ERC-3156 lender of `loanAsset`; may be `pool` itself. Unused where `flashAssets` is 0.
    /// @param router Router of `route`.
    /// @param route The venue; it must lead both ways.
    /// @param loanAsset What is borrowed, pushed with, and gained.
    /// @param otherAsset The venue's other asset.
    /// @param flashAssets Flash loan, in smallest units of `loanAsset`.
    /// @param ownAssets The attacker's own `loanAsset` that is pushed with; comes back as far as it is left.
    /// @param ownCollateral The attacker's own `otherAsset`, supplied besides what is bought.
    /// @param pushAssets Amount of `loanAsset` to sell for `otherAsset`; at most flash loan and own together.
    /// @param supplyAssets Amount of `otherAsset` to supply and borrow against; the maximum of uint256 for all. What
    /// the loan does not need is taken back and sold with the rest.
    /// @param victims Accounts to liquidate: they owe `otherAsset` and hold `loanAsset`. Those that cannot be
    /// liquidated at the pushed price are passed over.
    /// @param minProfit Least change of the attacker's `loanAsset`, net of the loan's fee; may be negative. What is
    /// left in the lending pool is not counted.
    struct Push {
        address pool;
        address lender;
        address router;
        address[] route;
        address loanAsset;
        address otherAsset;
        uint256 flashAssets;
        uint256 ownAssets;
        uint256 ownCollateral;
        uint256 pushAssets;
        uint256 supplyAssets;
        address[] victims;
        int256 minProfit;
    }

    /// @notice An attack went through.
    /// @param owner Whose it was.
    /// @param pool The lending pool.
    /// @param loanAsset The asset that it was on.
    /// @param profit Change of the owner's `loanAsset`.
    /// @param flashFee Paid for the flash loan.
    /// @param borrowed Taken from the lending pool against collateral.
    /// @param liquidated Accounts that were liquidated.
    event SpotPushed(
        address indexed owner,
        address indexed pool,
        address indexed loanAsset,
        int256 profit,
        uint256 flashFee,
        uint256 borrowed,
        uint256 liquidated
    );

    /// @notice The attack would not bring enough. `profit` is below zero where even the loan could not be repaid.
    error InsufficientProfit(int256 profit, int256 minProfit);

    /// @notice More is to be pushed with than there is.
    error PushTooLarge(uint256 pushAssets, uint256 available);

    /// @notice Only the lender of an attack under way may call back.
    error UnexpectedCallback(address caller, address initiator);

    /// @notice Carries out an attack; only the owner.
    /// @return profit Change of the owner's `loanAsset`, in smallest units.
    function push(Push calldata attack) external returns (int256 profit);

    /// @notice Repays this contract's debt with the owner's money and sends its collateral to the owner; only the
    /// owner.
    /// @param pool The lending pool.
    /// @param debtAsset What is owed; nothing is repaid where nothing is.
    /// @param collateralAsset What is withdrawn, all of it.
    function exit(address pool, address debtAsset, address collateralAsset) external;
}
