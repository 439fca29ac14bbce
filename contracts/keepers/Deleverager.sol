// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {LibSort} from "solady/src/utils/LibSort.sol";
import {IDeleverager} from "../interfaces/IDeleverager.sol";
import {IDeleverageStage} from "../interfaces/IDeleverageStage.sol";
import {Candidate, Deleveraging} from "../interfaces/IDeleveraging.sol";
import {IRanker} from "../interfaces/IRanker.sol";

/// @title Deleverager
/// @notice See `IDeleverager`.
contract Deleverager is IDeleverager {
    using LibSort for uint256[];

    uint256 private constant SIGN = 1 << 255;
    uint256 private constant NUMBER_BITS = 64;

    /// @inheritdoc IDeleverager
    function liquidate(
        IDeleverageStage stage,
        address owner,
        address slot,
        address instrument
    ) external virtual returns (int256 closedWad, uint256 feeQuote) {
        return stage.liquidateAsking(owner, slot, instrument, msg.sender);
    }

    /// @inheritdoc IRanker
    /// @dev Sorted by account first, then by score with the number in that order to tell equal ones apart.
    function order(Deleveraging calldata d) public view virtual returns (uint256[] memory) {
        int256[] memory scores = IDeleverageStage(msg.sender).policy().scores(d);
        uint256[] memory numbers = _byAccount(d.ranking);
        uint256[] memory keys = new uint256[](numbers.length);
        for (uint256 i = 0; i < keys.length; ++i) keys[i] = _falling(scores[numbers[i]]);
        uint256[] memory levels = keys.copy();
        levels.sort();
        levels.uniquifySorted();
        for (uint256 i = 0; i < keys.length; ++i) {
            (, uint256 level) = levels.searchSorted(keys[i]);
            keys[i] = _key(_key(level, i), numbers[i]);
        }
        return _numbers(keys);
    }

    /// @dev Owner and slot rising. A slot is 0 or the instrument, so that one bit orders slots.
    function _byAccount(Candidate[] calldata candidates) private pure returns (uint256[] memory) {
        uint256[] memory keys = new uint256[](candidates.length);
        for (uint256 i = 0; i < keys.length; ++i) {
            uint256 account = uint256(uint160(candidates[i].owner)) << 1;
            keys[i] = _key(candidates[i].slot == address(0) ? account : account + 1, i);
        }
        return _numbers(keys);
    }

    /// @dev The highest score comes first.
    function _falling(int256 score) private pure returns (uint256) {
        return ~(uint256(score) ^ SIGN);
    }

    function _key(uint256 rank, uint256 number) private pure returns (uint256) {
        return (rank << NUMBER_BITS) | number;
    }

    /// @dev Sorts keys in place and leaves the numbers in them.
    function _numbers(uint256[] memory keys) private pure returns (uint256[] memory) {
        keys.sort();
        for (uint256 i = 0; i < keys.length; ++i) keys[i] &= (1 << NUMBER_BITS) - 1;
        return keys;
    }
}
