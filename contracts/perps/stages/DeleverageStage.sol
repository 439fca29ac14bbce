// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {SignedMath} from "@openzeppelin/contracts/utils/math/SignedMath.sol";
import {ReentrancyGuard} from "@openzeppelin/contracts/utils/ReentrancyGuard.sol";
import {FillPrice, IDeleverageStage, RankedAccount} from "../../interfaces/IDeleverageStage.sol";
import {Candidate, Deleveraging, IDeleveraging} from "../../interfaces/IDeleveraging.sol";
import {
    InstrumentConfig,
    InstrumentState,
    IPerpMarket,
    PerpAccountState,
    PerpPosition
} from "../../interfaces/IPerpMarket.sol";
import {IRanker} from "../../interfaces/IRanker.sol";
import {IWaterfallStage, Shortfall} from "../../interfaces/IWaterfallStage.sol";
import {MarginTier, MarginTierLib} from "../../libraries/MarginTierLib.sol";
import {PositionLib} from "../../libraries/PositionLib.sol";
import {PerpStage} from "./PerpStage.sol";

/// @title DeleverageStage
/// @notice See `IDeleverageStage`.
contract DeleverageStage is IDeleverageStage, PerpStage, ReentrancyGuard {
    using SafeCast for uint256;
    using SignedMath for int256;

    /// @dev Values of two parts of a position are rounded apart.
    int256 private constant ROUNDING_QUOTE = 1;

    struct Marks {
        uint128 lastE8;
        uint128 previousE8;
        uint64 notedAt;
    }

    /// @inheritdoc IDeleverageStage
    IDeleveraging public immutable policy;
    /// @inheritdoc IDeleverageStage
    FillPrice public immutable fillPrice;
    /// @inheritdoc IDeleverageStage
    mapping(address keeper => uint256) public feeOwedQuote;

    mapping(address instrument => Marks) private _marks;
    /// @dev Counts events, so that the seed of each is another one and nobody's choice.
    uint256 private _events;
    /// @dev Whether a liquidation through this stage is under way.
    bool private _isRanked;
    /// @dev Who is asked for its ranking; the zero address where that came with it.
    address private _ranker;
    /// @dev Slots are used again by the next ranking, which costs a quarter of clearing them.
    RankedAccount[] private _ranking;
    uint256 private _rankingLength;

    constructor(IPerpMarket market_, IDeleveraging policy_, FillPrice fillPrice_) PerpStage(market_) {
        policy = policy_;
        fillPrice = fillPrice_;
    }

    /* LIQUIDATION */

    /// @inheritdoc IDeleverageStage
    function liquidate(
        address owner,
        address slot,
        address instrument,
        RankedAccount[] calldata ranking
    ) external nonReentrant returns (int256 closedWad, uint256 feeQuote) {
        _store(ranking);
        return _liquidate(owner, slot, instrument, msg.sender);
    }

    /// @inheritdoc IDeleverageStage
    function liquidateAsking(
        address owner,
        address slot,
        address instrument,
        address keeper
    ) external nonReentrant returns (int256 closedWad, uint256 feeQuote) {
        _ranker = msg.sender;
        (closedWad, feeQuote) = _liquidate(owner, slot, instrument, keeper);
        _ranker = address(0);
    }

    function _liquidate(
        address owner,
        address slot,
        address instrument,
        address keeper
    ) private returns (int256 closedWad, uint256 feeQuote) {
        _isRanked = true;
        (closedWad, feeQuote) = market.liquidate(owner, slot, instrument);
        _isRanked = false;
        if (feeQuote == 0) return (closedWad, feeQuote);
        try market.withdraw(feeQuote, address(0), keeper) {} catch {
            feeOwedQuote[keeper] += feeQuote;
            emit FeeOwed(keeper, feeQuote);
        }
    }

    /// @inheritdoc IDeleverageStage
    function claimFee(address keeper) external nonReentrant returns (uint256 amountQuote) {
        amountQuote = feeOwedQuote[keeper];
        feeOwedQuote[keeper] = 0;
        if (amountQuote != 0) market.withdraw(amountQuote, address(0), keeper);
    }

    function _store(RankedAccount[] calldata ranking) private {
        uint256 room = _ranking.length;
        for (uint256 i = 0; i < ranking.length; ++i) {
            if (i < room) _ranking[i] = ranking[i];
            else _ranking.push(ranking[i]);
        }
        _rankingLength = ranking.length;
    }

    /* PRICES */

    /// @inheritdoc IDeleverageStage
    function noteMark(address instrument) external {
        _note(instrument, _markE8(instrument));
    }

    /// @dev Within one second the last mark counts.
    function _note(address instrument, uint256 markE8) private {
        Marks storage marks = _marks[instrument];
        if (marks.notedAt != block.timestamp) marks.previousE8 = marks.lastE8;
        marks.lastE8 = markE8.toUint128();
        marks.notedAt = uint64(block.timestamp);
        emit MarkNoted(instrument, markE8);
    }

    /// @dev Without an earlier mark, the present one.
    function _fillE8(Shortfall calldata s) private returns (uint256) {
        if (fillPrice == FillPrice.Bankruptcy) return s.bankruptcyE8;
        if (fillPrice == FillPrice.Index) {
            (InstrumentConfig memory config, ) = market.instrumentConfig(s.instrument);
            return config.mark.indexE8(s.instrument);
        }
        _note(s.instrument, s.markE8);
        uint256 previous = _marks[s.instrument].previousE8;
        return previous == 0 ? s.markE8 : previous;
    }

    /* STAGE */

    /// @dev Money alone is no business of this stage.
    function _absorb(Shortfall calldata s) internal override returns (int256 closedWad, uint256 paidQuote) {
        if (s.sizeWad == 0) return (0, 0);
        if (!_isRanked) revert RankingMissing(s.instrument);
        Deleveraging memory d = _deleveraging(s);
        uint256[] memory sizes = policy.allocate(d);
        if (sizes.length != d.ranking.length) revert PolicyAnswerMismatch(sizes.length, d.ranking.length);
        for (uint256 i = 0; i < sizes.length; ++i) {
            if (sizes[i] != 0) closedWad += _close(s, d, i, sizes[i].toInt256());
        }
    }

    function _close(
        Shortfall calldata s,
        Deleveraging memory d,
        uint256 number,
        int256 absWad
    ) private returns (int256 size) {
        Candidate memory candidate = d.ranking[number];
        size = s.sizeWad > 0 ? absWad : -absWad;
        uint256 fillE8 = d.bankruptcyE8;
        market.transferPosition(s.owner, s.slot, s.instrument, candidate.owner, candidate.slot, size, fillE8);
        int256 haircut =
            PositionLib.valueFloor(size, fillE8, _unit) - PositionLib.valueFloor(size, d.markE8, _unit);
        emit Deleveraged(s.instrument, s.owner, candidate.owner, candidate.slot, size, fillE8, d.markE8, haircut);
    }

    function _deleveraging(Shortfall calldata s) private returns (Deleveraging memory d) {
        InstrumentState memory state = market.instrumentState(s.instrument);
        d.instrument = s.instrument;
        d.sizeWad = s.sizeWad.abs();
        d.markE8 = s.markE8;
        d.bankruptcyE8 = _fillE8(s);
        d.bookCount = s.sizeWad > 0 ? state.shortCount : state.longCount;
        d.seed = uint256(keccak256(abi.encode(address(this), ++_events)));
        (, MarginTier[] memory tiers) = market.instrumentConfig(s.instrument);
        d.ranking = _ranker == address(0) ? _given(d, tiers) : _asked(d, tiers, s.sizeWad < 0);
        for (uint256 i = 0; i < d.ranking.length; ++i) {
            Candidate memory found = d.ranking[i];
            if (found.sizeWad == 0 || (found.sizeWad > 0) == (s.sizeWad > 0)) {
                revert IDeleveraging.RankingStale(i, found.owner, found.slot);
            }
        }
    }

    function _given(
        Deleveraging memory d,
        MarginTier[] memory tiers
    ) private view returns (Candidate[] memory found) {
        found = new Candidate[](_rankingLength);
        for (uint256 i = 0; i < found.length; ++i) {
            RankedAccount memory ranked = _ranking[i];
            found[i] = _candidate(d, tiers, ranked.owner, ranked.isolated ? d.instrument : address(0));
        }
    }

    /// @dev Positions are read once: the ranker gets them and only says in which order they come.
    function _asked(
        Deleveraging memory d,
        MarginTier[] memory tiers,
        bool long
    ) private view returns (Candidate[] memory found) {
        (address[] memory owners, address[] memory slots) = market.holders(d.instrument);
        d.ranking = new Candidate[](d.bookCount);
        uint256 count = 0;
        for (uint256 i = 0; i < owners.length; ++i) {
            if ((market.position(owners[i], slots[i], d.instrument).sizeWad > 0) != long) continue;
            d.ranking[count++] = _candidate(d, tiers, owners[i], slots[i]);
        }
        uint256[] memory numbers = IRanker(_ranker).order(d);
        found = new Candidate[](numbers.length);
        for (uint256 i = 0; i < numbers.length; ++i) {
            if (numbers[i] >= count) revert UnknownCandidate(numbers[i], count);
            found[i] = d.ranking[numbers[i]];
        }
    }

    function _candidate(
        Deleveraging memory d,
        MarginTier[] memory tiers,
        address owner,
        address slot
    ) private view returns (Candidate memory found) {
        (found.owner, found.slot) = (owner, slot);
        PerpPosition memory held = market.position(owner, slot, d.instrument);
        found.sizeWad = held.sizeWad;
        found.entryQuote = held.entryQuote;
        if (held.sizeWad == 0) return found;
        found.equityQuote = _equityQuote(owner, slot);
        found.notionalQuote = PositionLib.notionalUp(held.sizeWad, d.markE8, _unit);
        found.maintenanceQuote = MarginTierLib.maintenanceQuoteUp(found.notionalQuote, tiers);
    }

    /// @dev What may be taken: rounding costs whoever is closed in part up to a unit more. Nothing where the account
    /// holds something that has no price now, so that nobody else's liquidation waits for that price.
    function _equityQuote(address owner, address slot) private view returns (int256) {
        try market.accountState(owner, slot) returns (PerpAccountState memory state) {
            return state.equityQuote - ROUNDING_QUOTE;
        } catch {
            return 0;
        }
    }

    /* VIEWS */

    /// @inheritdoc IDeleverageStage
    function candidates(
        address instrument,
        RankedAccount[] calldata ranking
    ) external view returns (Candidate[] memory found) {
        (, MarginTier[] memory tiers) = market.instrumentConfig(instrument);
        Deleveraging memory d;
        (d.instrument, d.markE8) = (instrument, _markE8(instrument));
        found = new Candidate[](ranking.length);
        for (uint256 i = 0; i < ranking.length; ++i) {
            found[i] = _candidate(d, tiers, ranking[i].owner, ranking[i].isolated ? instrument : address(0));
        }
    }

    /// @inheritdoc IDeleverageStage
    function notedMarks(address instrument) external view returns (uint256, uint256, uint256) {
        Marks memory marks = _marks[instrument];
        return (marks.lastE8, marks.previousE8, marks.notedAt);
    }

    /// @inheritdoc IWaterfallStage
    /// @dev Notional of all positions of one side, which are as large as those of the other.
    function capacity(address instrument) external view returns (uint256 notionalQuote) {
        InstrumentState memory state = market.instrumentState(instrument);
        uint256 longWad = state.longWad + uint256(SignedMath.max(state.makerWad, 0));
        (notionalQuote, , ) = market.requirement(instrument, longWad);
    }
}
