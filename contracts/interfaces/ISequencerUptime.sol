// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IAggregatorV3} from "./IAggregatorV3.sol";

/// @title ISequencerUptime
/// @notice Whether a chain's sequencer works: answer 0 for up, 1 for down; `startedAt` is when that changed and
/// `updatedAt` when it was last said.
/// @dev Its reporter stands outside of the chain. What it says while the sequencer is down waits, and comes in as
/// the first transactions once it works again: `down` and then `up`, each with its own time.
interface ISequencerUptime is IAggregatorV3 {
    /// @notice The status was reported.
    event StatusReported(uint80 indexed roundId, bool up, uint256 changedAtS);

    /// @notice Only the reporter may write.
    error NotReporter(address caller, address reporter);
    /// @notice A change lies after the block that would write it.
    error ChangedInFuture(uint256 changedAtS, uint256 nowS);
    /// @notice A change lies before the one that is known.
    error ChangeOutOfOrder(uint256 changedAtS, uint256 lastChangedAtS);
    /// @notice The feed has no round of this number: it keeps the newest only.
    error RoundNotFound(uint80 roundId, uint80 latestRoundId);

    /// @notice Writes the status. Saying again what is known only renews `updatedAt`. Reporter only.
    /// @param up Whether the sequencer works.
    /// @param changedAtS Since when, in seconds since the epoch.
    function report(bool up, uint64 changedAtS) external;

    /// @notice The only account that may write.
    function reporter() external view returns (address);
}
