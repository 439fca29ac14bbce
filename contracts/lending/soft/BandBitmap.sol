// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title BandBitmap
/// @notice The set of bands that have shareholders, with the next one in either direction. Bands lie in
/// [-1024, 1023].
library BandBitmap {
    struct Bitmap {
        mapping(uint256 word => uint256) words;
    }

    int256 private constant OFFSET = 1_024;
    uint256 private constant LAST_WORD = 7;

    function set(Bitmap storage self, int256 band) internal {
        (uint256 word, uint256 bit) = _at(band);
        self.words[word] |= 1 << bit;
    }

    function clear(Bitmap storage self, int256 band) internal {
        (uint256 word, uint256 bit) = _at(band);
        self.words[word] &= ~(1 << bit);
    }

    /// @notice Lowest band in the set that is not below `band`.
    function atOrAbove(Bitmap storage self, int256 band) internal view returns (bool, int256) {
        if (band >= OFFSET) return (false, band);
        (uint256 word, uint256 bit) = _at(band);
        uint256 bits = self.words[word] & (type(uint256).max << bit);
        while (bits == 0 && word < LAST_WORD) bits = self.words[++word];
        if (bits == 0) return (false, band);
        return (true, int256(word * 256 + Math.log2(bits & (~bits + 1))) - OFFSET);
    }

    /// @notice Highest band in the set that is not above `band`.
    function atOrBelow(Bitmap storage self, int256 band) internal view returns (bool, int256) {
        if (band < -OFFSET) return (false, band);
        (uint256 word, uint256 bit) = _at(band);
        uint256 bits = self.words[word] & (type(uint256).max >> (255 - bit));
        while (bits == 0 && word > 0) bits = self.words[--word];
        if (bits == 0) return (false, band);
        return (true, int256(word * 256 + Math.log2(bits)) - OFFSET);
    }

    function _at(int256 band) private pure returns (uint256 word, uint256 bit) {
        uint256 index = uint256(band + OFFSET);
        return (index >> 8, index & 255);
    }
}
