// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SignedMath} from "@openzeppelin/contracts/utils/math/SignedMath.sol";
import {Candidate, IDeleveraging} from "../interfaces/IDeleveraging.sol";

/// @notice Hyperliquid's index as it is documented, (mark / entry) * (notional / account value), the same with
/// entry / mark for shorts, or profit over entry notional times leverage, which is what the program is said to do.
/// They order candidates differently, and by the first a winning short counts for less the more it has won.
enum IndexForm {
    Documented,
    DocumentedBySide,
    ProfitTimesLeverage
}

/// @title DeleveragingLib
/// @notice Scores by which winners are ranked, and what each of them gives.
/// @dev Scores are wad, rounded towards 0 and capped at the greatest int256. An equity, entry or
/// notional that is not above 0 counts as one unit. Quote amounts stay below 2^127, sizes below 2^112.
library DeleveragingLib {
    uint256 private constant WAD = 1e18;

    /* SCORES */

    /// @notice Profit of the position at the mark price: at most the exact one rounded up, so above 0 only if that
    /// is.
    function profitQuote(Candidate memory candidate) internal pure returns (int256) {
        int256 value = int256(candidate.notionalQuote);
        return (candidate.sizeWad > 0 ? value : -value) + candidate.entryQuote;
    }

    /// @notice BitMEX: return times leverage of a winner, return over leverage of a loser; leverage is the mark value
    /// over what it lies above the bankrupt value, which is the equity.
    function returnLeverageWad(Candidate memory candidate) internal pure returns (int256) {
        int256 profit = profitQuote(candidate);
        uint256 size = SignedMath.abs(profit);
        (uint256 entry, uint256 equity) = (_entry(candidate), _positive(candidate.equityQuote));
        if (profit > 0) return int256(_ratio(size * candidate.notionalQuote, WAD, entry * equity));
        return -int256(_ratio(size * equity, WAD, entry * Math.max(candidate.notionalQuote, 1)));
    }

    /// @notice Binance: profit over the wallet's balance, times maintenance margin over equity; 0 without profit or
    /// equity.
    /// @param leastWalletQuote Balance that a smaller one counts as, above 0: one whole quote token.
    function walletReturnWad(Candidate memory candidate, uint256 leastWalletQuote) internal pure returns (int256) {
        int256 profit = profitQuote(candidate);
        if (profit <= 0 || candidate.equityQuote <= 0) return 0;
        int256 wallet = SignedMath.max(candidate.equityQuote - profit, int256(leastWalletQuote));
        return
            int256(
                _ratio(
                    uint256(profit) * candidate.maintenanceQuote,
                    WAD,
                    uint256(wallet) * uint256(candidate.equityQuote)
                )
            );
    }

    /// @notice Hyperliquid's index, in one of its forms; 0 for no profit by the last.
    function indexWad(Candidate memory candidate, IndexForm form) internal pure returns (int256) {
        (uint256 entry, uint256 equity) = (_entry(candidate), _positive(candidate.equityQuote));
        if (form == IndexForm.ProfitTimesLeverage) {
            return SignedMath.max(returnLeverageWad(candidate), 0);
        }
        if (form == IndexForm.DocumentedBySide && candidate.sizeWad < 0) return int256(_ratio(entry, WAD, equity));
        return int256(_ratio(candidate.notionalQuote * candidate.notionalQuote, WAD, entry * equity));
    }

    /// @notice Weight per base that may be closed, times 1e36: along this score, falling, capped shares are filled.
    /// 0 where nothing may be closed.
    function densityE36(uint256 weight, uint256 closableWad) internal pure returns (int256) {
        return closableWad == 0 ? int256(0) : int256(_ratio(weight, 1e36, closableWad));
    }

    /* ORDER */

    /// @notice Reverts unless the ranking has all positions of the side, each once and in order: score falling, then
    /// owner and slot rising.
    function requireRanked(Candidate[] memory ranking, int256[] memory scores, uint256 bookCount) internal pure {
        if (ranking.length != bookCount) revert IDeleveraging.RankingIncomplete(ranking.length, bookCount);
        for (uint256 i = 0; i < ranking.length; ++i) {
            Candidate memory next = ranking[i];
            if (next.sizeWad == 0 || (next.sizeWad > 0) != (ranking[0].sizeWad > 0)) {
                revert IDeleveraging.RankingStale(i, next.owner, next.slot);
            }
            if (i == 0 || scores[i] < scores[i - 1]) continue;
            Candidate memory last = ranking[i - 1];
            if (next.owner == last.owner && next.slot == last.slot) {
                revert IDeleveraging.RankingDuplicate(i, next.owner, next.slot);
            }
            bool later = next.owner == last.owner ? next.slot > last.slot : next.owner > last.owner;
            if (scores[i] > scores[i - 1] || !later) {
                revert IDeleveraging.RankingOutOfOrder(i, scores[i - 1], scores[i]);
            }
        }
    }

    /* ALLOCATION */

    /// @notice Base that may be closed of a candidate at a price: all of it unless that would take more than a limit,
    /// rounded down. Whose limit is not above 0 gives nothing, at a good price either: what is left after it might be
    /// below nothing still.
    /// @param limitQuote What may be taken: the account's equity, or the profit.
    function closableWadDown(
        Candidate memory candidate,
        int256 limitQuote,
        uint256 markE8,
        uint256 priceE8
    ) internal pure returns (uint256) {
        if (limitQuote <= 0) return 0;
        uint256 size = SignedMath.abs(candidate.sizeWad);
        uint256 gapE8 =
            candidate.sizeWad > 0 ? Math.saturatingSub(markE8, priceE8) : Math.saturatingSub(priceE8, markE8);
        if (gapE8 == 0) return size;
        uint256 limit = uint256(limitQuote);
        uint256 taken = Math.mulDiv(candidate.notionalQuote, gapE8, markE8, Math.Rounding.Ceil);
        return limit >= taken ? size : Math.mulDiv(size, limit, taken);
    }

    /// @notice A queue: each gives all that may be closed until nothing is left to close.
    /// @param start Where the queue begins; it goes on from its end at its beginning.
    /// @param most How many entries are looked at.
    function queued(
        uint256 sizeWad,
        uint256[] memory closableWad,
        uint256 start,
        uint256 most
    ) internal pure returns (uint256[] memory sizesWad) {
        uint256 count = closableWad.length;
        sizesWad = new uint256[](count);
        for (uint256 i = 0; i < count && i < most && sizeWad > 0; ++i) {
            uint256 at = (start + i) % count;
            sizesWad[at] = Math.min(sizeWad, closableWad[at]);
            sizeWad -= sizesWad[at];
        }
    }

    /// @notice Shares in proportion to weights, of nobody more than may be closed: water-filling, x = min(level *
    /// weight, closable). In sum exactly what is asked for, or all that weights above 0 can give.
    /// @dev One pass is enough where `densityE36` falls along the entries: once a share is below what may be closed,
    /// so are all after it. A second pass gives out what ties in the last digit of a score leave.
    function shared(
        uint256 sizeWad,
        uint256[] memory weights,
        uint256[] memory closableWad
    ) internal pure returns (uint256[] memory sizesWad) {
        uint256 count = weights.length;
        sizesWad = new uint256[](count);
        uint256 weightLeft = 0;
        for (uint256 i = 0; i < count; ++i) {
            if (closableWad[i] > 0) weightLeft += weights[i];
        }
        for (uint256 i = 0; i < count && sizeWad > 0; ++i) {
            if (weights[i] == 0 || closableWad[i] == 0) continue;
            sizesWad[i] = Math.min(closableWad[i], Math.mulDiv(sizeWad, weights[i], weightLeft));
            sizeWad -= sizesWad[i];
            weightLeft -= weights[i];
        }
        for (uint256 i = 0; i < count && sizeWad > 0; ++i) {
            if (weights[i] == 0) continue;
            uint256 more = Math.min(sizeWad, closableWad[i] - sizesWad[i]);
            sizesWad[i] += more;
            sizeWad -= more;
        }
    }

    function _entry(Candidate memory candidate) private pure returns (uint256) {
        return Math.max(SignedMath.abs(candidate.entryQuote), 1);
    }

    function _positive(int256 quote) private pure returns (uint256) {
        return quote > 0 ? uint256(quote) : 1;
    }

    function _ratio(uint256 numerator, uint256 scale, uint256 denominator) private pure returns (uint256) {
        (uint256 high, ) = Math.mul512(numerator, scale);
        uint256 most = uint256(type(int256).max);
        return high >= denominator ? most : Math.min(Math.mulDiv(numerator, scale, denominator), most);
    }
}
