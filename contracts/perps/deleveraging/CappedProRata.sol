// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {SignedMath} from "@openzeppelin/contracts/utils/math/SignedMath.sol";
import {Candidate, Deleveraging} from "../../interfaces/IDeleveraging.sol";
import {DeleveragingLib} from "../../libraries/DeleveragingLib.sol";
import {RankedDeleveraging} from "./RankedDeleveraging.sol";

/// @notice What shares are proportional to: the profit of the position, or its size.
enum ShareOf {
    Profit,
    Size
}

/// @title CappedProRata
/// @notice All winners at once: the same share h = min(eta, beta) of everyone's profit (arXiv 2512.01112), where beta
/// is what closing the whole position takes, and no more than the profit. The one rule that splitting an account does
/// not change, nor the unit of account, and under which nobody gives less when more is needed.
/// @dev With shares of size every winner gives the same part of the position.
contract CappedProRata is RankedDeleveraging {
    /// @notice What shares are proportional to.
    ShareOf public immutable shareOf;

    constructor(ShareOf shareOf_) {
        shareOf = shareOf_;
    }

    function _limit(Candidate calldata candidate) internal pure override returns (int256) {
        return SignedMath.min(candidate.equityQuote, DeleveragingLib.profitQuote(candidate));
    }

    function _score(Candidate calldata candidate, uint256 closableWad) internal view override returns (int256) {
        return closableWad == 0 ? int256(0) : DeleveragingLib.densityE36(_weight(candidate), closableWad);
    }

    function _allocated(
        Deleveraging calldata d,
        uint256[] memory closableWad
    ) internal view override returns (uint256[] memory) {
        uint256[] memory weights = new uint256[](closableWad.length);
        for (uint256 i = 0; i < weights.length; ++i) {
            if (closableWad[i] > 0) weights[i] = _weight(d.ranking[i]);
        }
        return DeleveragingLib.shared(d.sizeWad, weights, closableWad);
    }

    /// @dev Of a candidate that may be closed, who thus wins.
    function _weight(Candidate calldata candidate) private view returns (uint256) {
        if (shareOf == ShareOf.Size) return SignedMath.abs(candidate.sizeWad);
        return uint256(DeleveragingLib.profitQuote(candidate));
    }
}
