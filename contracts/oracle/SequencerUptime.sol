// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IAggregatorV3} from "../interfaces/IAggregatorV3.sol";
import {ISequencerUptime} from "../interfaces/ISequencerUptime.sol";

/// @title SequencerUptime
/// @notice See `ISequencerUptime`.
contract SequencerUptime is ISequencerUptime {
    /// @inheritdoc IAggregatorV3
    uint256 public constant version = 1;
    /// @inheritdoc IAggregatorV3
    uint8 public constant decimals = 0;
    /// @inheritdoc IAggregatorV3
    string public constant description = "sequencer uptime";
    /// @inheritdoc ISequencerUptime
    address public immutable reporter;

    bool private _up = true;
    uint80 private _roundId = 1;
    uint64 private _changedAtS;
    uint64 private _updatedAtS;

    /// @param reporter_ The only account that may write.
    /// @param upSinceS Since when the sequencer has been up at deployment; not in the future.
    constructor(address reporter_, uint64 upSinceS) {
        if (upSinceS > block.timestamp) revert ChangedInFuture(upSinceS, block.timestamp);
        reporter = reporter_;
        (_changedAtS, _updatedAtS) = (upSinceS, uint64(block.timestamp));
    }

    /// @inheritdoc ISequencerUptime
    function report(bool up, uint64 changedAtS) external {
        if (msg.sender != reporter) revert NotReporter(msg.sender, reporter);
        if (changedAtS > block.timestamp) revert ChangedInFuture(changedAtS, block.timestamp);
        if (changedAtS < _changedAtS) revert ChangeOutOfOrder(changedAtS, _changedAtS);
        _updatedAtS = uint64(block.timestamp);
        if (up != _up) {
            (_up, _changedAtS) = (up, changedAtS);
            ++_roundId;
        }
        emit StatusReported(_roundId, up, _changedAtS);
    }

    /// @inheritdoc IAggregatorV3
    function getRoundData(uint80 roundId_) external view returns (uint80, int256, uint256, uint256, uint80) {
        if (roundId_ != _roundId) revert RoundNotFound(roundId_, _roundId);
        return latestRoundData();
    }

    /// @inheritdoc IAggregatorV3
    function latestRoundData() public view returns (uint80, int256, uint256, uint256, uint80) {
        return (_roundId, _up ? int256(0) : int256(1), _changedAtS, _updatedAtS, _roundId);
    }
}
