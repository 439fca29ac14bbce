// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IExchangeRate} from "./IExchangeRate.sol";
import {IFeedChecks} from "./IFeedChecks.sol";
import {IFeedLayer} from "./IFeedLayer.sol";

/// @title IRatioFeed
/// @notice The price of a claim: that of its underlying times the exchange rate, rounded down.
/// @dev Its range is the underlying's price times the rate's. Times and round number are those of the underlying's
/// price: a rate read from a contract is of now. Reverts as the feed or the rate does, with `InvalidAnswer` or
/// `FutureDated` where the underlying's round is not valid, and with `UnusableRate`.
interface IRatioFeed is IFeedLayer, IFeedChecks {
    /// @notice The exchange rate is 0, or one with which the price is 0 or does not fit in 127 bits.
    error UnusableRate(int256 answer, uint256 rateWad);

    /// @notice The exchange rate.
    function rate() external view returns (IExchangeRate);
}
