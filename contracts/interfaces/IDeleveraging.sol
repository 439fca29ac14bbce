// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @notice An open position on the side that is deleveraged, with what its account is worth now.
/// @param owner Owner of the account.
/// @param slot Zero for the cross account, the instrument for an isolated one.
/// @param sizeWad Size in base, 18 decimals; long above 0. The same sign for all candidates.
/// @param entryQuote Minus what the position cost, in units of the quote token.
/// @param equityQuote Equity of the account at the mark price, as far as it may be taken: less a unit for rounding, and
/// 0 where something that the account holds has no price.
/// @param notionalQuote Size times mark price, rounded up.
/// @param maintenanceQuote Maintenance margin of the position.
struct Candidate {
    address owner;
    address slot;
    int256 sizeWad;
    int256 entryQuote;
    int256 equityQuote;
    uint256 notionalQuote;
    uint256 maintenanceQuote;
}

/// @notice A bankrupt position and those that may be closed against it.
/// @param instrument Instrument of all of them.
/// @param sizeWad Base to be closed.
/// @param markE8 Mark price, above 0.
/// @param bankruptcyE8 Price at which positions are closed: of the bankrupt account, unless the market fills at
/// another one, which then stands here.
/// @param bookCount Open positions on the side of the candidates.
/// @param seed Number that nobody chooses for this event, for policies that draw.
/// @param ranking All of these positions, in the order of the policy, with what the market reads of them now.
struct Deleveraging {
    address instrument;
    uint256 sizeWad;
    uint256 markE8;
    uint256 bankruptcyE8;
    uint256 bookCount;
    uint256 seed;
    Candidate[] ranking;
}

/// @title IDeleveraging
/// @notice Who is closed against a bankrupt position when nobody else takes it.
/// @dev A keeper names the candidates in order, the market fills in their numbers, the policy verifies: as many as
/// the book has, strictly ordered by score (falling), owner and slot (rising). Thus a ranking that leaves out,
/// repeats or favours someone is refused, and one that has become stale is, too. The work grows with the book, not
/// with its square.
interface IDeleveraging {
    /// @notice The ranking has not as many entries as there are open positions.
    error RankingIncomplete(uint256 given, uint256 expected);
    /// @notice An entry has a higher score than the one before it, or the same score and a lower account.
    error RankingOutOfOrder(uint256 index, int256 scoreBefore, int256 score);
    /// @notice An account is named twice.
    error RankingDuplicate(uint256 index, address owner, address slot);
    /// @notice The account has no position on the side of the first entry any more.
    error RankingStale(uint256 index, address owner, address slot);
    /// @notice A constructor parameter lies outside of its bounds.
    error DeleveragingOutOfRange(bytes32 parameter, uint256 given, uint256 limit);

    /// @notice Base that is closed of each candidate, in the order of the ranking. In sum it is all that is to be
    /// closed, or, if that is less, all that the policy may close; never more of anyone than the position has, nor so
    /// much that its account falls below nothing.
    function allocate(Deleveraging calldata d) external view returns (uint256[] memory sizesWad);

    /// @notice Score of each candidate, whatever their order: what a keeper sorts by.
    function scores(Deleveraging calldata d) external view returns (int256[] memory);
}
