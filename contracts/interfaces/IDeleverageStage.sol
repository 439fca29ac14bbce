// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Candidate, IDeleveraging} from "./IDeleveraging.sol";
import {IPerpStage} from "./IPerpStage.sol";

/// @notice At which price positions are closed against a bankrupt one: the price at which it is worth nothing
/// (BitMEX, dYdX v4), the mark as last noted at an earlier time (Hyperliquid), or the index.
enum FillPrice {
    Bankruptcy,
    PreviousMark,
    Index
}

/// @notice An account in a ranking.
/// @param owner Owner.
/// @param isolated Whether it is the isolated account of the instrument, and not the cross account.
struct RankedAccount {
    address owner;
    bool isolated;
}

/// @title IDeleverageStage
/// @notice Deleveraging: positions of the other side are closed against the rest of a bankrupt one. A keeper
/// liquidates through this stage with a ranking of all positions of that side, made beforehand or when it is asked; the
/// stage fills in what the market knows of each, the policy verifies the order and says who gives how much.
///
/// At the bankruptcy price those who are closed bear the whole loss. At another price what the bankrupt account then
/// lacks is left to later stages.
///
/// @dev A liquidation that comes to this stage without a ranking is refused, since else whoever liquidates would choose
/// who bears the loss. One that ends before needs none. The liquidation's fee is the keeper's.
///
/// Whoever opens or closes a position in between makes a ranking stale; what that costs is set by the least notional
/// of the instrument. A liquidation itself may do so, since part of the position is closed in the book before and moves
/// the maker's and the mark. A keeper that ranks when it is asked is hindered by neither.
///
/// Nothing is taken of an account that is worth nothing, or cannot be valued for want of another instrument's price.
interface IDeleverageStage is IPerpStage {
    /// @notice A position was closed against a bankrupt one.
    /// @param sizeWad Part of the bankrupt position, with its sign.
    /// @param haircutQuote What the account gives up against the mark; below 0 where the fill is better than the mark.
    event Deleveraged(
        address indexed instrument,
        address indexed bankruptOwner,
        address indexed owner,
        address slot,
        int256 sizeWad,
        uint256 fillE8,
        uint256 markE8,
        int256 haircutQuote
    );

    /// @notice A mark was noted.
    event MarkNoted(address indexed instrument, uint256 markE8);

    /// @notice A fee waits for a keeper, since the market does not pay out now.
    event FeeOwed(address indexed keeper, uint256 amountQuote);

    /// @notice The liquidation needs a ranking: see `liquidate`.
    error RankingMissing(address instrument);

    /// @notice The policy gave another number of sizes than there are candidates.
    error PolicyAnswerMismatch(uint256 given, uint256 expected);

    /// @notice A ranker named a candidate that there is not.
    error UnknownCandidate(uint256 number, uint256 count);

    /// @notice Liquidates with a ranking of the side that is closed against the position, highest score first.
    function liquidate(
        address owner,
        address slot,
        address instrument,
        RankedAccount[] calldata ranking
    ) external returns (int256 closedWad, uint256 feeQuote);

    /// @notice Liquidates with the ranking of the caller, an `IRanker`, which is asked when the liquidation comes to
    /// this stage, and only if it does: what book and earlier stages did by then has moved prices and positions, and
    /// with them the order. The policy verifies it as any other.
    /// @param keeper Whom the fee is paid to.
    function liquidateAsking(
        address owner,
        address slot,
        address instrument,
        address keeper
    ) external returns (int256 closedWad, uint256 feeQuote);

    /// @notice Pays out a fee that is owed.
    function claimFee(address keeper) external returns (uint256 amountQuote);

    /// @notice Notes the mark, for fills at the mark of an earlier time. Anybody may call it.
    function noteMark(address instrument) external;

    /// @notice What the market knows of the accounts in a ranking now.
    function candidates(
        address instrument,
        RankedAccount[] calldata ranking
    ) external view returns (Candidate[] memory);

    /// @notice Who gives how much.
    function policy() external view returns (IDeleveraging);

    /// @notice At which price.
    function fillPrice() external view returns (FillPrice);

    /// @notice Fee that waits for a keeper.
    function feeOwedQuote(address keeper) external view returns (uint256);

    /// @notice Mark last noted, the one noted before at an earlier time, and when the last was.
    function notedMarks(
        address instrument
    ) external view returns (uint256 lastE8, uint256 previousE8, uint256 notedAt);
}
