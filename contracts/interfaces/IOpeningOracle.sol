// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IPairOracle} from "./IPairOracle.sol";

/// @title IOpeningOracle
/// @notice An oracle whose price is lifted while a world is opened, and that of another oracle ever after.
/// @dev A market's LLTV never changes, so that this is how a scenario opens positions that are at their limit, or
/// beyond it, from the first block on.
interface IOpeningOracle is IPairOracle {
    /// @notice The opening is over: from now on the price is the other oracle's.
    event OpeningEnded(address indexed inner);

    /// @notice Only the account that deployed the opening may end it.
    error NotOpener(address caller, address opener);

    /// @notice Ends the opening, for good.
    function endOpening() external;

    /// @notice The oracle that is read.
    function inner() external view returns (IPairOracle);

    /// @notice Whether the price is still lifted.
    function opening() external view returns (bool);
}
