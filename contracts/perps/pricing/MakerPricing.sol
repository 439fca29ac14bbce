// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {SignedMath} from "@openzeppelin/contracts/utils/math/SignedMath.sol";
import {IMakerPricing} from "../../interfaces/IMakerPricing.sol";
import {IPerpMarket} from "../../interfaces/IPerpMarket.sol";
import {PerpBounds} from "../../libraries/PerpBounds.sol";

/// @title MakerPricing
/// @notice See `IMakerPricing`.
abstract contract MakerPricing is IMakerPricing, Ownable {
    uint8 private constant MAX_QUOTE_DECIMALS = 18;

    /// @dev What the mid depended on before the first change of the block of the last change, since when, and when
    /// that block was.
    struct Held {
        int256 state;
        uint64 sinceS;
        uint64 changedAtS;
    }

    /// @inheritdoc IMakerPricing
    uint8 public immutable quoteDecimals;
    /// @dev What size times price is divided by for quote.
    uint256 internal immutable _unit;

    /// @inheritdoc IMakerPricing
    address public market;

    mapping(address instrument => Held) private _held;

    constructor(uint8 quoteDecimals_, address owner_) Ownable(owner_) {
        _requireAtMost("quoteDecimals", quoteDecimals_, MAX_QUOTE_DECIMALS);
        quoteDecimals = quoteDecimals_;
        _unit = 10 ** (PerpBounds.VALUE_DECIMALS - quoteDecimals_);
    }

    modifier onlyMarket() {
        if (msg.sender != market) revert NotMarket(msg.sender);
        _;
    }

    /// @inheritdoc IMakerPricing
    function setMarket(address market_) external onlyOwner {
        if (market != address(0)) revert MarketAlreadySet(market);
        market = market_;
        emit MarketSet(market_);
    }

    /// @inheritdoc IMakerPricing
    function netWad(address instrument) public view returns (int256) {
        if (market == address(0)) return 0;
        return -IPerpMarket(market).position(address(this), address(0), instrument).sizeWad;
    }

    /* CHECKS */

    /// @dev Reverts unless the size is one, and leaves traders with a position within the limit.
    function _requireSize(int256 sizeDeltaWad, int256 net) internal pure {
        uint256 limit = PerpBounds.MAX_SIZE_WAD;
        if (
            sizeDeltaWad == 0 || SignedMath.abs(sizeDeltaWad) > limit || SignedMath.abs(net + sizeDeltaWad) > limit
        ) {
            revert SizeOutOfRange(sizeDeltaWad, limit);
        }
    }

    function _requireAtMost(bytes32 parameter, uint256 given, uint256 limit) internal pure {
        if (given > limit) revert ParameterOutOfRange(parameter, given, limit);
    }

    /* THE MID OF EARLIER BLOCKS */

    /// @dev To be called before the mid changes, with what it depends on.
    function _hold(address instrument, int256 state) internal {
        Held storage held = _held[instrument];
        if (held.changedAtS == block.timestamp) return;
        (held.state, held.sinceS, held.changedAtS) = (state, held.changedAtS, uint64(block.timestamp));
    }

    /// @dev What the mid depended on when the block began, given what it depends on now, and since when.
    function _heldState(address instrument, int256 state) internal view returns (int256, uint256) {
        Held storage held = _held[instrument];
        if (held.changedAtS == block.timestamp) return (held.state, held.sinceS);
        return (state, held.changedAtS);
    }
}
