// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {InstrumentConfig, IPerpMarket} from "../../interfaces/IPerpMarket.sol";
import {IPerpStage} from "../../interfaces/IPerpStage.sol";
import {IWaterfallStage, Shortfall} from "../../interfaces/IWaterfallStage.sol";

/// @title PerpStage
/// @notice What all stages share: the market, which alone asks them.
abstract contract PerpStage is IPerpStage {
    /// @inheritdoc IPerpStage
    IPerpMarket public immutable market;

    /// @dev Size (18 decimals) times price (8) over this is quote.
    uint256 internal immutable _unit;

    constructor(IPerpMarket market_) {
        market = market_;
        _unit = 10 ** (26 - IERC20Metadata(market_.quoteToken()).decimals());
    }

    /// @inheritdoc IWaterfallStage
    function absorb(Shortfall calldata s) external returns (int256 closedWad, uint256 paidQuote) {
        if (msg.sender != address(market)) revert NotMarket(msg.sender);
        return _absorb(s);
    }

    function _absorb(Shortfall calldata s) internal virtual returns (int256 closedWad, uint256 paidQuote);

    /// @dev The slot by which the market knows what is being covered: booked bad debt goes by its instrument.
    function _slotOf(Shortfall calldata s) internal pure returns (address) {
        return s.owner == address(0) ? s.instrument : s.slot;
    }

    function _markE8(address instrument) internal view returns (uint256) {
        (InstrumentConfig memory config, ) = market.instrumentConfig(instrument);
        return config.mark.markE8(instrument);
    }
}
