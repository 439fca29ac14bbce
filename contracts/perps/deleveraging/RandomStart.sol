// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Candidate, Deleveraging} from "../../interfaces/IDeleveraging.sol";
import {DeleveragingLib} from "../../libraries/DeleveragingLib.sol";
import {RankedDeleveraging} from "./RankedDeleveraging.sol";

/// @title RandomStart
/// @notice No ranking (dYdX v4): from an account that the event's seed picks, one after the other in the order of
/// addresses, at most so many; whose own bankruptcy price does not overlap gives only what it can bear.
contract RandomStart is RankedDeleveraging {
    /// @notice Most accounts that are looked at: 500 at dYdX.
    uint256 public immutable mostAccounts;
    /// @notice Whether losing positions are spared, which dYdX does not do.
    bool public immutable winnersOnly;

    constructor(uint256 mostAccounts_, bool winnersOnly_) {
        if (mostAccounts_ == 0) revert DeleveragingOutOfRange("mostAccounts", 0, 1);
        mostAccounts = mostAccounts_;
        winnersOnly = winnersOnly_;
    }

    function _pays(Candidate calldata candidate) internal view override returns (bool) {
        return !winnersOnly || super._pays(candidate);
    }

    function _score(Candidate calldata, uint256) internal pure override returns (int256) {
        return 0;
    }

    function _allocated(
        Deleveraging calldata d,
        uint256[] memory closableWad
    ) internal view override returns (uint256[] memory) {
        uint256 count = closableWad.length;
        uint256 start = count == 0 ? 0 : uint256(keccak256(abi.encode(d.instrument, d.seed))) % count;
        return DeleveragingLib.queued(d.sizeWad, closableWad, start, mostAccounts);
    }
}
