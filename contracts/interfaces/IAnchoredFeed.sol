// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IAggregatorV3} from "./IAggregatorV3.sol";
import {IFeedChecks} from "./IFeedChecks.sol";
import {IFeedLayer} from "./IFeedLayer.sol";

/// @notice What to do without an anchor: revert with `NoAnchor`, or pass the reported price on.
enum WithoutAnchor {
    Refuse,
    PassOn
}

/// @title IAnchoredFeed
/// @notice A reported price that is brought to within a band around another feed's: at most (1 + b) and at least
/// (1 - b) times the anchor. A report beyond counts as the bound; it is not refused. So did Compound in 2020, with
/// a band of 20 % around a time-weighted price.
/// @dev The bounds round inwards; where there is nothing between them, the upper one counts. A price that the anchor
/// has set has the older of both times, any other those of the report. Reverts as the reported feed does, and with
/// `InvalidAnswer` or `FutureDated` where its answer is no price, rather than make one of it.
interface IAnchoredFeed is IFeedLayer, IFeedChecks {
    /// @notice The anchor has no valid answer, or one that is too old.
    error NoAnchor();

    /// @notice The feed that sets the band.
    function anchor() external view returns (IAggregatorV3);

    /// @notice b, in bps; at most 10000.
    function bandBps() external view returns (uint256);

    /// @notice The oldest anchor that is used, by `updatedAt`, in seconds; 0: of any age.
    function maxAnchorAgeS() external view returns (uint256);

    /// @notice What happens without an anchor.
    function withoutAnchor() external view returns (WithoutAnchor);
}
