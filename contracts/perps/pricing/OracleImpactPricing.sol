// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SignedMath} from "@openzeppelin/contracts/utils/math/SignedMath.sol";
import {IHeldMid} from "../../interfaces/IHeldMid.sol";
import {IOracleImpactPricing, ImpactParams} from "../../interfaces/IOracleImpactPricing.sol";
import {IPerpPricing} from "../../interfaces/IPerpPricing.sol";
import {IndexLib, IndexSource} from "../../libraries/IndexLib.sol";
import {OpenInterestImpactLib} from "../../libraries/OpenInterestImpactLib.sol";
import {PositionLib} from "../../libraries/PositionLib.sol";
import {MakerPricing} from "./MakerPricing.sol";

/// @title OracleImpactPricing
/// @notice See `IOracleImpactPricing`.
contract OracleImpactPricing is MakerPricing, IOracleImpactPricing {
    using IndexLib for IndexSource;
    using SignedMath for int256;

    uint256 private constant BPS = 1e4;
    uint256 private constant MAX_FACTOR_WAD = 1e18;
    uint256 private constant MAX_FAVOURABLE_CAP_BPS = 5_000;

    struct Quoted {
        int256 quoteDelta;
        int256 impact;
        uint256 indexE8;
    }

    mapping(address instrument => ImpactParams) private _params;
    mapping(address instrument => IndexSource) private _index;

    /// @inheritdoc IOracleImpactPricing
    mapping(address instrument => uint256) public impactPoolQuote;

    /// @param quoteDecimals_ Decimals of the market's quote token, at most 18.
    /// @param owner_ Who sets market and parameters.
    constructor(uint8 quoteDecimals_, address owner_) MakerPricing(quoteDecimals_, owner_) {}

    /// @inheritdoc IOracleImpactPricing
    function setInstrument(address instrument, ImpactParams calldata params_) external onlyOwner {
        _requireAtMost("adverseWad", params_.adverseWad, MAX_FACTOR_WAD);
        _requireAtMost("favourableWad", params_.favourableWad, params_.adverseWad);
        _requireAtMost("favourableCapBps", params_.favourableCapBps, MAX_FAVOURABLE_CAP_BPS);
        _requireAtMost("liquidationCapBps", params_.liquidationCapBps, BPS);
        _params[instrument] = params_;
        _index[instrument] = IndexLib.sourceOf(params_.feed, params_.maxIndexAgeS);
        emit ImpactSet(instrument, params_);
    }

    /* TRADING */

    /// @inheritdoc IPerpPricing
    function trade(address instrument, int256 sizeDeltaWad) external onlyMarket returns (int256) {
        return _trade(instrument, sizeDeltaWad, false);
    }

    /// @inheritdoc IPerpPricing
    function tradeLiquidation(address instrument, int256 sizeDeltaWad) external onlyMarket returns (int256) {
        return _trade(instrument, sizeDeltaWad, true);
    }

    function _trade(address instrument, int256 sizeDeltaWad, bool liquidation) private returns (int256) {
        int256 net = netWad(instrument);
        Quoted memory quoted = _quote(instrument, sizeDeltaWad, net, liquidation);
        _hold(instrument, net);
        // Not below 0: an impact that the trader gets is within the pool.
        uint256 poolQuote = uint256(int256(impactPoolQuote[instrument]) - quoted.impact);
        impactPoolQuote[instrument] = poolQuote;
        emit Priced(
            instrument,
            sizeDeltaWad,
            quoted.quoteDelta,
            quoted.impact,
            poolQuote,
            quoted.indexE8,
            liquidation
        );
        return quoted.quoteDelta;
    }

    /* VIEWS */

    /// @inheritdoc IPerpPricing
    function quoteTrade(address instrument, int256 sizeDeltaWad) external view returns (int256) {
        return _quote(instrument, sizeDeltaWad, netWad(instrument), false).quoteDelta;
    }

    /// @inheritdoc IPerpPricing
    function quoteLiquidation(address instrument, int256 sizeDeltaWad) external view returns (int256) {
        return _quote(instrument, sizeDeltaWad, netWad(instrument), true).quoteDelta;
    }

    /// @inheritdoc IOracleImpactPricing
    function impactQuote(
        address instrument,
        int256 sizeDeltaWad,
        bool liquidation
    ) external view returns (int256) {
        return _quote(instrument, sizeDeltaWad, netWad(instrument), liquidation).impact;
    }

    /// @inheritdoc IPerpPricing
    function midE8(address instrument) external view returns (uint256) {
        return _midE8(instrument, netWad(instrument));
    }

    /// @inheritdoc IHeldMid
    function heldMidE8(address instrument) external view returns (uint256, uint256) {
        (int256 net, uint256 sinceS) = _heldState(instrument, netWad(instrument));
        return (_midE8(instrument, net), sinceS);
    }

    /// @inheritdoc IOracleImpactPricing
    function params(address instrument) external view returns (ImpactParams memory) {
        return _params[instrument];
    }

    function _midE8(address instrument, int256 net) private view returns (uint256) {
        ImpactParams memory terms = _params[instrument];
        uint256 indexE8 = _index[instrument].priceE8(instrument);
        return OpenInterestImpactLib.skewedMidE8Down(net, indexE8, terms.favourableWad, terms.adverseWad);
    }

    function _quote(
        address instrument,
        int256 sizeDeltaWad,
        int256 net,
        bool liquidation
    ) private view returns (Quoted memory quoted) {
        _requireSize(sizeDeltaWad, net);
        ImpactParams memory terms = _params[instrument];
        quoted.indexE8 = _index[instrument].priceE8(instrument);
        int256 fair = PositionLib.valueFloor(-sizeDeltaWad, quoted.indexE8, _unit);
        uint256 value = fair.abs();
        uint256 gainLimit = (value * terms.favourableCapBps) / BPS;
        // A sale brings nothing at the least.
        uint256 lossLimit = sizeDeltaWad < 0 ? value : type(uint256).max;
        if (liquidation) {
            lossLimit = (value * terms.liquidationCapBps) / BPS;
            gainLimit = Math.min(gainLimit, lossLimit);
        }
        int256 impact = OpenInterestImpactLib.impactQuoteDown(
            net,
            net + sizeDeltaWad,
            quoted.indexE8,
            terms.favourableWad,
            terms.adverseWad,
            quoteDecimals
        );
        gainLimit = Math.min(gainLimit, impactPoolQuote[instrument]);
        quoted.impact = OpenInterestImpactLib.cappedImpact(impact, gainLimit, lossLimit);
        quoted.quoteDelta = fair + quoted.impact;
    }
}
