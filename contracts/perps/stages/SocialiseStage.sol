// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SignedMath} from "@openzeppelin/contracts/utils/math/SignedMath.sol";
import {IPerpMarket, PerpAccountState, PerpPosition} from "../../interfaces/IPerpMarket.sol";
import {ISocialiseStage} from "../../interfaces/ISocialiseStage.sol";
import {IWaterfallStage, Shortfall} from "../../interfaces/IWaterfallStage.sol";
import {PositionLib} from "../../libraries/PositionLib.sol";
import {SocialLossLib} from "../../libraries/SocialLossLib.sol";
import {PerpStage} from "./PerpStage.sol";

/// @title SocialiseStage
/// @notice See `ISocialiseStage`.
contract SocialiseStage is ISocialiseStage, PerpStage {
    using SignedMath for int256;

    /// @dev Accounts with a position, and what they are weighed by.
    struct Bearers {
        address[] owners;
        address[] slots;
        uint256[] profitsQuote;
        uint256[] marginsQuote;
    }

    constructor(IPerpMarket market_) PerpStage(market_) {}

    function _absorb(Shortfall calldata s) internal override returns (int256 closedWad, uint256 paidQuote) {
        if (s.deficitQuote == 0) return (0, 0);
        Bearers memory bearers = _bearers(s.owner, s.slot, s.instrument);
        uint256[] memory parts = SocialLossLib.sharedLoss(
            s.deficitQuote,
            bearers.profitsQuote,
            bearers.marginsQuote
        );
        uint256 paying = 0;
        for (uint256 i = 0; i < parts.length; ++i) {
            if (parts[i] == 0) continue;
            paidQuote += parts[i];
            ++paying;
            market.socialise(bearers.owners[i], bearers.slots[i], s.owner, _slotOf(s), parts[i]);
        }
        emit LossShared(s.instrument, s.owner, s.deficitQuote, paidQuote, paying);
    }

    /// @dev All holders; the account in shortfall weighs nothing.
    function _bearers(
        address owner,
        address slot,
        address instrument
    ) private view returns (Bearers memory bearers) {
        (bearers.owners, bearers.slots) = market.holders(instrument);
        uint256 count = bearers.owners.length;
        bearers.profitsQuote = new uint256[](count);
        bearers.marginsQuote = new uint256[](count);
        uint256 markE8 = _markE8(instrument);
        for (uint256 i = 0; i < count; ++i) {
            if (bearers.owners[i] == owner && bearers.slots[i] == slot) continue;
            (bearers.profitsQuote[i], bearers.marginsQuote[i]) = _weights(
                bearers.owners[i],
                bearers.slots[i],
                instrument,
                markE8
            );
        }
    }

    function _weights(
        address owner,
        address slot,
        address instrument,
        uint256 markE8
    ) private view returns (uint256 profitQuote, uint256 marginQuote) {
        uint256 worth = _worth(owner, slot);
        if (worth == 0) return (0, 0);
        PerpPosition memory held = market.position(owner, slot, instrument);
        int256 profit = PositionLib.valueFloor(held.sizeWad, markE8, _unit) + held.entryQuote;
        if (profit > 0) profitQuote = Math.min(uint256(profit), worth);
        (, uint256 initial, ) = market.requirement(instrument, held.sizeWad.abs());
        marginQuote = Math.min(initial, worth - profitQuote);
    }

    function _worth(address owner, address slot) private view returns (uint256) {
        try market.accountState(owner, slot) returns (PerpAccountState memory state) {
            return state.equityQuote > 0 ? uint256(state.equityQuote) : 0;
        } catch {
            return 0;
        }
    }

    /// @inheritdoc IWaterfallStage
    function capacity(address instrument) external view returns (uint256 capacityQuote) {
        Bearers memory bearers = _bearers(address(0), address(0), instrument);
        for (uint256 i = 0; i < bearers.owners.length; ++i) {
            capacityQuote += bearers.profitsQuote[i] + bearers.marginsQuote[i];
        }
    }
}
