// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IPerpMarket} from "./IPerpMarket.sol";
import {Shortfall} from "./IWaterfallStage.sol";

/// @notice How a position is liquidated.
/// @param equityQuote Equity of the account before.
/// @param maintenanceQuote Its maintenance margin before.
/// @param markE8 Mark price.
/// @param bankruptcyE8 Bankruptcy price.
/// @param targetWad What is to be closed, without sign.
/// @param bookWad Part of it that the book takes at or above the bankruptcy price, without sign.
/// @param force Whether what neither book nor stages take is closed at any price.
struct ClosePlan {
    int256 equityQuote;
    uint256 maintenanceQuote;
    uint256 markE8;
    uint256 bankruptcyE8;
    uint256 targetWad;
    uint256 bookWad;
    bool force;
}

/// @title IPerpCloseTerms
/// @notice How much of a position a perpetual market closes and what its book takes: read by the market during a
/// liquidation, and by anybody who wants to know beforehand.
/// @dev Stateless; all functions read the books of `market` as they are.
interface IPerpCloseTerms {
    /// @notice Plan for a position whose funding is settled.
    function plan(
        IPerpMarket market,
        address owner,
        address slot,
        address instrument
    ) external view returns (ClosePlan memory);

    /// @notice What a stage is to be asked about when `restWad` (without sign) of the position is left to close;
    /// empty where nothing is missing.
    function shortfall(
        IPerpMarket market,
        address owner,
        address slot,
        address instrument,
        uint256 restWad
    ) external view returns (Shortfall memory);

    /// @notice What closing `closeWad` (without sign) in the book would bring, and whether the book offers it: whether
    /// the pricing quotes it and the liquidity of the maker carries it. The maker's own account has no book.
    function bookQuote(
        IPerpMarket market,
        address owner,
        address slot,
        address instrument,
        uint256 closeWad
    ) external view returns (bool offered, int256 quoteDelta);

    /// @notice Price at which closing the position takes exactly the equity behind it: of a cross account with several
    /// positions, the share of its equity that the maintenance margin of this one has in all (dYdX v4).
    function bankruptcyE8(
        IPerpMarket market,
        address owner,
        address slot,
        address instrument
    ) external view returns (uint256);
}
