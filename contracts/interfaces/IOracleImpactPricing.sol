// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IAggregatorV3} from "./IAggregatorV3.sol";
import {IMakerPricing} from "./IMakerPricing.sol";

/// @notice Parameters of an instrument.
/// @param feed The index: quote per base.
/// @param maxIndexAgeS Oldest index that counts, in seconds since its `updatedAt`; 0: of any age.
/// @param favourableWad Impact factor while the imbalance shrinks, wad per unit of quote; at most `adverseWad`.
/// @param adverseWad Impact factor while it grows; at most 1e18. GMX v2 has about 5e7 for its largest markets: a
/// million dollars more of imbalance at balance then cost $50.
/// @param favourableCapBps Most that a trade gets in impact, in bps of its value; at most 5000. GMX v2: 50.
/// @param liquidationCapBps Most that a liquidation pays or gets in impact, in bps of its value; at most 10000. GMX
/// v2 has 0, so that liquidations do not cause more of themselves.
struct ImpactParams {
    IAggregatorV3 feed;
    uint32 maxIndexAgeS;
    uint64 favourableWad;
    uint64 adverseWad;
    uint16 favourableCapBps;
    uint16 liquidationCapBps;
}

/// @title IOracleImpactPricing
/// @notice Trades at an index, whatever their size, plus an impact that grows with the imbalance of open interest:
///
///     impact = (before² − after²) · factor
///
/// with the imbalance, long minus short of all traders at the index, before and after the trade. Liquidity providers
/// thus carry what traders win or lose as the index moves, and the impact is what they are paid for being unbalanced.
///
/// All impact is between the trader and the maker's account. What traders pay fills the instrument's impact pool, a
/// part of the maker's capital; what they get comes out of it, as far as it goes: over time impact never costs the
/// maker anything. A sale pays at most what it brings.
/// @dev The imbalance is read from the market. `midE8` is the index with the premium that the imbalance stands for,
/// (favourableWad + adverseWad) · imbalance: the mean of what the next small buy and sale pay, limits aside.
/// Invalid or stale indices revert as `IMarkPrice` says, as does an instrument without parameters.
interface IOracleImpactPricing is IMakerPricing {
    /// @notice Parameters of an instrument were set; its impact pool stays.
    event ImpactSet(address indexed instrument, ImpactParams params);

    /// @notice A trade was priced.
    /// @param quoteDelta What the trader gets, impact included.
    /// @param impactQuote Impact; above 0 the trader gets it.
    /// @param poolQuote Impact pool after the trade.
    /// @param indexE8 Index.
    /// @param liquidation Whether it is a liquidation.
    event Priced(
        address indexed instrument,
        int256 sizeDeltaWad,
        int256 quoteDelta,
        int256 impactQuote,
        uint256 poolQuote,
        uint256 indexE8,
        bool liquidation
    );

    /// @notice Sets the parameters of an instrument. Only the owner.
    function setInstrument(address instrument, ImpactParams calldata params_) external;

    /// @notice Impact that a trade would pay now; above 0 the trader gets it. Reverts as `quoteTrade` does.
    function impactQuote(address instrument, int256 sizeDeltaWad, bool liquidation) external view returns (int256);

    /// @notice Impact paid so far and not paid out again, smallest units of quote.
    function impactPoolQuote(address instrument) external view returns (uint256);

    /// @notice Parameters of an instrument.
    function params(address instrument) external view returns (ImpactParams memory);
}
