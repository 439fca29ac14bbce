// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IFeedChecks} from "./IFeedChecks.sol";
import {IFeedLayer} from "./IFeedLayer.sol";
import {IUpkeep} from "./IUpkeep.sol";

/// @notice Where a band is: prices pass, are held at its edge, or are not given at all.
enum BandStatus {
    Open,
    Limited,
    Halted
}

/// @notice Parameters of a band; times in seconds. US equities (limit-up limit-down): 5 %, 300, 15, 300.
/// @param bandBps Half-width of the band around the mean.
/// @param windowS The mean is over this time.
/// @param limitS How long a price may stand at an edge before trading halts.
/// @param haltS How long a halt lasts.
struct BandParams {
    uint16 bandBps;
    uint32 windowS;
    uint32 limitS;
    uint32 haltS;
}

/// @title IPriceBand
/// @notice A circuit breaker: a price may not leave a band around its own mean of the last minutes at once. Beyond
/// the band the answer is the band's edge; if the price is not back within `limitS`, the feed halts for `haltS` and
/// reverts with `Halted`. Then it opens at whatever the price is, with no history: the gap is what a halt costs.
/// @dev The mean is of answers as `poke` saw them, each weighted by the time until the next, over at most the last 64
/// changes since the opening. An answer lies between the prices below that were seen within the window (or at the
/// opening) and the price now. What a reader sees is what `poke` would write. Before the first `poke` there is
/// no answer.
interface IPriceBand is IFeedLayer, IFeedChecks, IUpkeep {
    /// @notice The price left the band; the answer is its edge from now on.
    event LimitReached(uint256 price, uint256 edge, uint256 mean);
    /// @notice The price came back before it halted.
    event LimitLeft(uint256 price, uint256 mean);
    /// @notice The feed gives no price until `untilS`.
    event HaltBegun(uint256 lastPrice, uint256 untilS);
    /// @notice The feed gives prices again.
    /// @param lastPrice The answer that was stored last before the halt.
    /// @param firstPrice The first after it.
    /// @param gapBps Their distance in bps of the last, rounded down.
    event Resumed(uint256 lastPrice, uint256 firstPrice, uint256 gapBps);

    /// @notice No price until then.
    error Halted(uint256 untilS);

    /// @notice Where the band is now, and since when; in a halt, until when.
    function state() external view returns (BandStatus status, uint256 atS);

    /// @notice Mean of the window and the band's edges now; zeros before the first `poke`.
    function band() external view returns (uint256 mean, uint256 lower, uint256 upper);

    /// @notice Parameters.
    function params() external view returns (BandParams memory);
}
