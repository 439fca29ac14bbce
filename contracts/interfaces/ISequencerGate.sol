// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IAggregatorV3} from "./IAggregatorV3.sol";
import {IFeedChecks} from "./IFeedChecks.sol";
import {IFeedLayer} from "./IFeedLayer.sol";

/// @title ISequencerGate
/// @notice Passes a price on only where the sequencer works and has for longer than a grace period, in which
/// borrowers can act before anybody liquidates them.
/// @dev Who needs no price, to repay or to add collateral, is not held up; liquidations are. Reverts as the uptime
/// feed does where that fails.
interface ISequencerGate is IFeedLayer, IFeedChecks {
    /// @notice The sequencer is down, or its status is not known (`sinceS` is 0).
    error SequencerDown(uint256 sinceS);
    /// @notice The sequencer has been up for no longer than the grace period.
    error GracePeriod(uint256 upForS, uint256 graceS);

    /// @notice The uptime feed: answer 0 is up, `startedAt` when that changed.
    function uptime() external view returns (IAggregatorV3);

    /// @notice The grace period, in seconds.
    function graceS() external view returns (uint256);
}
