// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IFeedChecks} from "./IFeedChecks.sol";
import {IFeedLayer} from "./IFeedLayer.sol";
import {IUpkeep} from "./IUpkeep.sol";

/// @title ISmoothedFeed
/// @notice The exponential moving average of a feed, as crvUSD's price oracles have it:
///
///     average(t) = price + (average - price) * e^(-(t - stored) / time constant)
///
/// with the price and the average that `poke` stored last. A price counts from the moment it is stored on, so within a
/// block nothing moves the average. One that is pushed, stored and pulled back counts until the next `poke`: after
/// d seconds by 1 - e^(-d / time constant) of its distance.
/// @dev Reads nothing below: after the first `poke` it always answers, within the range of all prices stored so far.
/// Times and round are those of the price stored last, so that a source that has died ages. Before the first `poke`
/// there is no answer. `poke` is due when there is another valid round below.
interface ISmoothedFeed is IFeedLayer, IFeedChecks, IUpkeep {
    /// @notice A price was stored.
    event PriceStored(uint256 price, uint256 average);

    /// @notice Seconds after which a step has arrived but for 1/e.
    function timeConstantS() external view returns (uint256);

    /// @notice The price stored last, the average then, and when that was; zeros before the first.
    function stored() external view returns (uint256 price, uint256 average, uint256 atS);
}
