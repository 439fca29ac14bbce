// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IHeldMid} from "./IHeldMid.sol";
import {IIndexed} from "./IIndexed.sol";
import {IPerpPricing} from "./IPerpPricing.sol";

/// @title IMakerPricing
/// @notice What both kinds of pricing share: one market, in which they are the maker.
/// @dev Sizes are at most 1e33 (a million billion whole units), and so is the position of the traders.
interface IMakerPricing is IPerpPricing, IHeldMid, IIndexed {
    /// @notice The market was set, for good.
    event MarketSet(address indexed market);

    /// @notice A market was set before.
    error MarketAlreadySet(address market);

    /// @notice The size is 0, or larger than the limit, or leads to a position that is.
    error SizeOutOfRange(int256 sizeDeltaWad, uint256 limitWad);

    /// @notice Sets the one market that may trade. Only the owner, once.
    function setMarket(address market_) external;

    /// @notice The market; the zero address before it is set.
    function market() external view returns (address);

    /// @notice Decimals of the market's quote token.
    function quoteDecimals() external view returns (uint8);

    /// @notice What all traders together are long, less what they are short: minus the maker's position in the
    /// market.
    function netWad(address instrument) external view returns (int256);
}
