// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Candidate} from "../../interfaces/IDeleveraging.sol";
import {DeleveragingLib, IndexForm} from "../DeleveragingLib.sol";

/// @title ExposedDeleveraging
/// @notice The internal functions of `DeleveragingLib` as external ones, so that tests hold them against their
/// mirrors. Lists are the first `count` of six. No protocol calls it.
contract ExposedDeleveraging {
    uint256 private constant MOST = 6;

    function profitQuote(Candidate calldata candidate) external pure returns (int256) {
        return DeleveragingLib.profitQuote(candidate);
    }

    function returnLeverageWad(Candidate calldata candidate) external pure returns (int256) {
        return DeleveragingLib.returnLeverageWad(candidate);
    }

    function walletReturnWad(
        Candidate calldata candidate,
        uint256 leastWalletQuote
    ) external pure returns (int256) {
        return DeleveragingLib.walletReturnWad(candidate, leastWalletQuote);
    }

    function indexWad(Candidate calldata candidate, IndexForm form) external pure returns (int256) {
        return DeleveragingLib.indexWad(candidate, form);
    }

    function densityE36(uint256 weight, uint256 closableWad) external pure returns (int256) {
        return DeleveragingLib.densityE36(weight, closableWad);
    }

    function closableWadDown(
        Candidate calldata candidate,
        int256 limitQuote,
        uint256 markE8,
        uint256 priceE8
    ) external pure returns (uint256) {
        return DeleveragingLib.closableWadDown(candidate, limitQuote, markE8, priceE8);
    }

    function queued(
        uint256 sizeWad,
        uint256 start,
        uint256 most,
        uint256 count,
        uint256[MOST] calldata closableWad
    ) external pure returns (uint256[MOST] memory) {
        return _padded(DeleveragingLib.queued(sizeWad, _first(count, closableWad), start, most));
    }

    function shared(
        uint256 sizeWad,
        uint256 count,
        uint256[MOST] calldata weights,
        uint256[MOST] calldata closableWad
    ) external pure returns (uint256[MOST] memory) {
        return _padded(DeleveragingLib.shared(sizeWad, _first(count, weights), _first(count, closableWad)));
    }

    function _first(uint256 count, uint256[MOST] calldata all) private pure returns (uint256[] memory some) {
        some = new uint256[](count);
        for (uint256 i = 0; i < count; ++i) some[i] = all[i];
    }

    function _padded(uint256[] memory some) private pure returns (uint256[MOST] memory all) {
        for (uint256 i = 0; i < some.length; ++i) all[i] = some[i];
    }
}
