// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IBonusRule} from "./IBonusRule.sol";

/// @title IFermentedBonus
/// @notice A bonus that grows from the moment an account was first seen to be unhealthy. Anyone may mark an
/// account that is unhealthy and clear the mark of one that is healthy.
interface IFermentedBonus is IBonusRule {
    /// @param startBps Bonus of an account that is not marked, or was marked in this second.
    /// @param growthBpsPerHour How fast it grows; 3000: 5 % in ten minutes.
    /// @param expiryS Age at which a mark no longer counts; it may then be set anew.
    struct Params {
        uint256 startBps;
        uint256 growthBpsPerHour;
        uint256 expiryS;
    }

    /// @notice The bonus of `user` in `pool` starts to grow.
    event Marked(address indexed pool, address indexed user);

    /// @notice `user` in `pool` is healthy again and its mark is gone.
    event Cleared(address indexed pool, address indexed user);

    /// @notice Only an unhealthy account can be marked.
    error AccountHealthy(uint256 healthFactorWad);

    /// @notice Only a healthy account can be cleared.
    error AccountUnhealthy(uint256 healthFactorWad);

    /// @notice The account has a mark that still counts.
    error AlreadyMarked(uint256 markedAtS);

    /// @notice The account has no mark.
    error NotMarked();

    /// @notice Starts the growth of the bonus for an account that is unhealthy now.
    function mark(address pool, address user) external;

    /// @notice Removes the mark of an account that is healthy now.
    function clear(address pool, address user) external;

    /// @notice Time of the mark that counts for `user` in `pool`; 0 if there is none or it has expired.
    function markedAtS(address pool, address user) external view returns (uint256);
}
