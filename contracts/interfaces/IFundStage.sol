// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IInsuranceFund} from "./IInsuranceFund.sol";
import {IPerpStage} from "./IPerpStage.sol";

/// @title IFundStage
/// @notice The insurance fund as a stage: pays what is missing to close a position in the book, or a booked loss.
///
/// The fund bounds what this market draws in all, and may insure others besides; the owner of the stage may bound
/// what a single instrument draws. Where the stage requires full cover, a fund that is short makes it refuse, and with
/// it the liquidation: an empty fund freezes liquidations (Perpetual Protocol's Curie). Without, it pays what there is
/// and the next stage is asked about the rest.
///
/// As receiver of the market's dues it passes them on to the fund, where they belong to the stakers.
interface IFundStage is IPerpStage {
    /// @notice From now on the instrument draws at most `capQuote` in its lifetime; 0: no cap of its own.
    event InstrumentCapSet(address indexed instrument, uint256 capQuote);

    /// @notice The fund gave `paidQuote` of `askedQuote` that were missing.
    event FundDrawn(address indexed instrument, address indexed owner, uint256 askedQuote, uint256 paidQuote);

    /// @notice Dues went to the fund.
    event DuesForwarded(uint256 amountQuote);

    /// @notice The fund holds another asset than the market settles in.
    error FundAssetMismatch(address fundAsset, address quoteToken);

    /// @notice Full cover is required, and the fund gives less.
    error FundShort(uint256 askedQuote, uint256 givenQuote);

    /// @notice Sets the lifetime cap of an instrument; 0: none.
    function setInstrumentCap(address instrument, uint256 capQuote) external;

    /// @notice Contributes the tokens that are here to the fund. Anybody may call it.
    function forwardDues() external returns (uint256 amountQuote);

    /// @notice The fund.
    function fund() external view returns (IInsuranceFund);

    /// @notice Whether a fund that is short refuses a liquidation.
    function requireFull() external view returns (bool);

    /// @notice Lifetime cap of an instrument and what it has drawn.
    function instrumentDraws(address instrument) external view returns (uint256 capQuote, uint256 drawnQuote);
}
