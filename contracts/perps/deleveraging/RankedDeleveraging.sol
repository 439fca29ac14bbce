// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Candidate, Deleveraging, IDeleveraging} from "../../interfaces/IDeleveraging.sol";
import {DeleveragingLib} from "../../libraries/DeleveragingLib.sol";

/// @title RankedDeleveraging
/// @notice Verifies a ranking and asks the policy who gives what. Candidates whose position does not win never pay.
abstract contract RankedDeleveraging is IDeleveraging {
    /// @inheritdoc IDeleveraging
    function allocate(Deleveraging calldata d) external view returns (uint256[] memory) {
        uint256[] memory closableWad = _closable(d);
        _requireRanked(d, closableWad);
        return _allocated(d, closableWad);
    }

    /// @inheritdoc IDeleveraging
    function scores(Deleveraging calldata d) external view returns (int256[] memory) {
        return _scores(d, _closable(d));
    }

    /// @dev Reverts unless the ranking is complete, fresh and in the order of the scores.
    function _requireRanked(Deleveraging calldata d, uint256[] memory closableWad) internal view virtual {
        DeleveragingLib.requireRanked(d.ranking, _scores(d, closableWad), d.bookCount);
    }

    /// @dev Whether a candidate may be closed at all.
    function _pays(Candidate calldata candidate) internal view virtual returns (bool) {
        return DeleveragingLib.profitQuote(candidate) > 0;
    }

    /// @dev What may be taken of a candidate who pays: the account does not fall below nothing.
    function _limit(Candidate calldata candidate) internal view virtual returns (int256) {
        return candidate.equityQuote;
    }

    /// @dev Score of a candidate of whom `closableWad` may be closed.
    function _score(Candidate calldata candidate, uint256 closableWad) internal view virtual returns (int256);

    /// @dev What each gives, of no one more than may be closed.
    function _allocated(
        Deleveraging calldata d,
        uint256[] memory closableWad
    ) internal view virtual returns (uint256[] memory) {
        return DeleveragingLib.queued(d.sizeWad, closableWad, 0, closableWad.length);
    }

    function _closable(Deleveraging calldata d) private view returns (uint256[] memory closableWad) {
        closableWad = new uint256[](d.ranking.length);
        for (uint256 i = 0; i < closableWad.length; ++i) {
            if (!_pays(d.ranking[i])) continue;
            closableWad[i] = DeleveragingLib.closableWadDown(
                d.ranking[i],
                _limit(d.ranking[i]),
                d.markE8,
                d.bankruptcyE8
            );
        }
    }

    function _scores(
        Deleveraging calldata d,
        uint256[] memory closableWad
    ) private view returns (int256[] memory found) {
        found = new int256[](d.ranking.length);
        for (uint256 i = 0; i < found.length; ++i) found[i] = _score(d.ranking[i], closableWad[i]);
    }
}
