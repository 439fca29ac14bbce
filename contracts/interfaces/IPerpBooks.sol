// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title IPerpBooks
/// @notice What a stage of the waterfall may do to the books of the market, while it is asked to absorb a
/// shortfall and for that account only.
interface IPerpBooks {
    /// @notice The caller is not the stage that is being asked.
    error NotActiveStage(address caller);

    /// @notice The account is not the one whose shortfall is being absorbed.
    error NotInShortfall(address owner, address slot, address instrument);

    /// @notice More than the rest of the position, or of the other sign, or nothing.
    error InvalidTransfer(int256 sizeWad, int256 restWad);

    /// @notice Only the stage itself may take on a position; others may be moved towards zero, not beyond.
    error MustReduce(address owner, address slot, int256 sizeWad);

    /// @notice An account would be left with equity below 0, in smallest units of the quote token.
    error CounterpartyInsolvent(address owner, address slot, int256 equityQuote);

    /// @notice The account has no position in the instrument, and so does not pay for its losses.
    error NotExposed(address owner, address slot);

    /// @notice More than what is missing.
    error ExceedsShortfall(uint256 quoteAmount, uint256 deficitQuote);

    /// @notice Moves `sizeWad` (of the sign of the position) at `priceE8` from the account in shortfall to another
    /// one. Where the other's position has the opposite sign both shrink: that is deleveraging. A stage may take
    /// positions on its own account (owner = the caller), which then has to meet initial margin.
    function transferPosition(
        address owner,
        address slot,
        address instrument,
        address toOwner,
        address toSlot,
        int256 sizeWad,
        uint256 priceE8
    ) external;

    /// @notice Takes `quoteAmount` tokens from the caller, which has approved them, and credits the account in
    /// shortfall; where the owner is the zero address, lowers the bad debt of instrument `slot`.
    function payDeficit(address owner, address slot, uint256 quoteAmount) external;

    /// @notice Takes `quoteAmount` from the cash of an account with a position in the instrument, which must keep
    /// an equity of at least 0, and credits the account in shortfall as `payDeficit` does: a socialised loss.
    function socialise(
        address fromOwner,
        address fromSlot,
        address owner,
        address slot,
        uint256 quoteAmount
    ) external;
}
