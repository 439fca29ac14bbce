// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @notice What a stage is asked to absorb.
/// @param owner Owner of the account that is liquidated; the zero address where booked bad debt of `instrument`
/// is to be covered.
/// @param slot Its slot.
/// @param instrument Instrument of the position.
/// @param sizeWad Rest of the position to be closed, long above 0; 0 where only money is missing.
/// @param bankruptcyE8 Price at which closing the rest takes exactly the equity behind it, rounded against the
/// account.
/// @param markE8 Mark price; 0 where the owner is the zero address.
/// @param deficitQuote Money that is missing to close the rest in the book (at the mark, where the book has no
/// offer); where `sizeWad` is 0, by how much the equity of the account is below 0.
struct Shortfall {
    address owner;
    address slot;
    address instrument;
    int256 sizeWad;
    uint256 bankruptcyE8;
    uint256 markE8;
    uint256 deficitQuote;
}

/// @title IWaterfallStage
/// @notice One stage of what happens to a position that the book cannot close without a loss beyond its equity.
interface IWaterfallStage {
    /// @notice Takes over what it can through `IPerpBooks` of the caller, during this call.
    /// @dev A revert undoes the liquidation as a whole: a stage that may refuse without freezing liquidations
    /// returns zeros instead. After each stage the market closes in the book what the money paid in allows, looks
    /// at its own books again, and asks the next one about the rest; the returned values are reported, not relied
    /// on.
    /// @return closedWad Size taken over, with the sign of `sizeWad`.
    /// @return paidQuote Money brought in.
    function absorb(Shortfall calldata shortfall) external returns (int256 closedWad, uint256 paidQuote);

    /// @notice Quote that the stage could bring in, or worth of positions that it could take, at most.
    function capacity(address instrument) external view returns (uint256);
}
