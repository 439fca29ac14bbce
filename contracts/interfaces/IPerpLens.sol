// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IPerpMarket} from "./IPerpMarket.sol";

/// @title IPerpLens
/// @notice Reads of a perpetual market in bulk, as words: signed ones in two's complement. Instruments are in the
/// order of `IPerpMarket.instruments`.
interface IPerpLens {
    /// @notice What is booked, of every account that was ever used: owner, slot, cash without funding since it last
    /// settled, then size and entry of each instrument. Needs no price.
    function bookWords(IPerpMarket market) external view returns (int256[] memory words);

    /// @notice What accounts are worth: the six fields of `PerpAccountState` and whether they could be read (1 or 0:
    /// a price was invalid, and the fields are 0), then the size of each instrument.
    function accountWords(
        IPerpMarket market,
        address[] calldata owners,
        address[] calldata slots
    ) external view returns (int256[] memory words);

    /// @notice Of each instrument mark, index and mid (0 where it is invalid) and the fields of `InstrumentState`.
    function instrumentWords(IPerpMarket market) external view returns (int256[] memory words);
}
