// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {IPerpCloseTerms} from "../interfaces/IPerpCloseTerms.sol";
import {IPerpCollateral} from "../interfaces/IPerpCollateral.sol";
import {
    InstrumentConfig,
    InstrumentState,
    IPerpMarket,
    PerpAccountState,
    PerpPosition,
    PerpTotals
} from "../interfaces/IPerpMarket.sol";
import {BpsMath} from "../libraries/BpsMath.sol";
import {MarginTier, MarginTierLib} from "../libraries/MarginTierLib.sol";
import {PerpLedger} from "./PerpLedger.sol";
import {PerpLiquidation} from "./PerpLiquidation.sol";
import {PerpWaterfall} from "./PerpWaterfall.sol";

/// @title PerpMarket
/// @notice See `IPerpMarket`. Books live in `PerpLedger`, funding in `PerpFunding`, margin in `PerpMargin`, cash and
/// collateral in `PerpCash`, trades in `PerpTrading`, the stages of the waterfall in `PerpWaterfall`, liquidation in
/// `PerpLiquidation`; configuration and views are here.
contract PerpMarket is PerpLiquidation {
    uint256 private constant MAX_DECIMALS = 18;

    address private _fundReceiver;

    constructor(
        address owner,
        address quoteToken_,
        IPerpCloseTerms terms_
    ) Ownable(owner) PerpLedger(quoteToken_, 10 ** (26 - _decimals(quoteToken_))) PerpWaterfall(terms_) {}

    /* CONFIGURATION */

    // solhint-disable gas-calldata-parameters
    // One decoder and one encoder for the structs: from calldata there would be two of each.

    /// @inheritdoc IPerpMarket
    function setInstrument(
        address instrument,
        InstrumentConfig memory config,
        MarginTier[] memory tiers
    ) external onlyOwner {
        Instrument storage entry = _instruments[instrument];
        address pricing = address(entry.config.pricing);
        if (pricing == address(0)) _instrumentsList.push(instrument);
        else if (pricing != address(config.pricing)) _requireAtMost("positions", entry.holders.length, 0);
        if (address(config.pricing) == address(0)) revert UnknownInstrument(instrument);
        _requireAtMost("maintenanceShareBps", config.maintenanceShareBps, BpsMath.BPS);
        if (config.maintenanceShareBps == 0) revert ParameterOutOfRange("maintenanceShareBps", 0, 1);
        _requireAtMost("tradingFeeBps", config.tradingFeeBps, BpsMath.BPS);
        _requireAtMost("makerFeeShareBps", config.makerFeeShareBps, BpsMath.BPS);
        _requireAtMost("liquidationFeeBps", config.liquidationFeeBps, BpsMath.BPS);
        _requireAtMost("fundShareBps", config.fundShareBps, BpsMath.BPS);
        _requireAtMost("closeMinBps", config.closeMinBps, BpsMath.BPS);
        MarginTierLib.requireContinuous(tiers);
        _settleRate(entry);
        entry.config = config;
        delete entry.tiers;
        for (uint256 i = 0; i < tiers.length; ++i) entry.tiers.push(tiers[i]);
        _accrue(instrument, entry);
        emit InstrumentConfigured(instrument, config, tiers);
    }

    // solhint-enable gas-calldata-parameters

    /// @dev Charges at the old terms until now; the rate of the new ones is set at once.
    function _settleRate(Instrument storage entry) private {
        entry.fundingIndex = _fundingIndex(entry);
        entry.fundingUpdatedAt = 0;
        entry.fundingRateWad = 0;
    }

    /// @inheritdoc IPerpMarket
    function setCollateral(IPerpCollateral collateral_) external onlyOwner {
        collateral = collateral_;
        emit CollateralSet(address(collateral_));
    }

    /// @inheritdoc IPerpMarket
    function setRules(uint16 profitWeightBps, bool gated, uint32 gateS, address fundReceiver) external onlyOwner {
        _requireAtMost("profitWeightBps", profitWeightBps, BpsMath.BPS);
        (_profitWeightBps, _gated, _gateS, _fundReceiver) = (profitWeightBps, gated, gateS, fundReceiver);
        emit RulesSet(profitWeightBps, gated, gateS, fundReceiver);
    }

    /// @inheritdoc IPerpMarket
    function setWaterfall(address[] calldata stages) external onlyOwner {
        _stages = stages;
        emit WaterfallSet(stages);
    }

    /// @inheritdoc IPerpMarket
    function takeFees(address to) external onlyOwner nonReentrant returns (uint256 amountQuote) {
        amountQuote = _feesQuote;
        _feesQuote = 0;
        emit FeesTaken(to, amountQuote);
        _pushQuote(to, amountQuote);
    }

    /// @inheritdoc IPerpMarket
    function sendFundDues() external nonReentrant returns (uint256 amountQuote) {
        amountQuote = _fundDuesQuote;
        _fundDuesQuote = 0;
        emit FundDuesSent(_fundReceiver, amountQuote);
        _pushQuote(_fundReceiver, amountQuote);
    }

    function _requireAtMost(bytes32 parameter, uint256 given, uint256 limit) private pure {
        if (given > limit) revert ParameterOutOfRange(parameter, given, limit);
    }

    function _decimals(address token) private view returns (uint256 decimals) {
        decimals = IERC20Metadata(token).decimals();
        _requireAtMost("decimals", decimals, MAX_DECIMALS);
    }

    /* VIEWS */

    /// @inheritdoc IPerpMarket
    function accountState(address owner, address slot) external view returns (PerpAccountState memory) {
        return _state(_account(owner, slot));
    }

    /// @inheritdoc IPerpMarket
    function cashOf(address owner, address slot) external view returns (int256) {
        return _account(owner, slot).cashQuote;
    }

    /// @inheritdoc IPerpMarket
    function position(
        address owner,
        address slot,
        address instrument
    ) external view returns (PerpPosition memory) {
        return _account(owner, slot).positions[instrument];
    }

    /// @inheritdoc IPerpMarket
    function openInstruments(address owner, address slot) external view returns (address[] memory) {
        return _account(owner, slot).open;
    }

    /// @inheritdoc IPerpMarket
    function requirement(address instrument, uint256 sizeWad) external view returns (uint256, uint256, uint256) {
        _instrument(instrument);
        return _requirement(instrument, int256(sizeWad), _markE8(instrument));
    }

    /// @inheritdoc IPerpMarket
    function holders(address instrument) external view returns (address[] memory, address[] memory) {
        return _named(_instruments[instrument].holders);
    }

    /// @inheritdoc IPerpMarket
    function accounts() external view returns (address[] memory, address[] memory) {
        return _named(_accountsList);
    }

    function _named(bytes32[] storage ids) private view returns (address[] memory owners, address[] memory slots) {
        owners = new address[](ids.length);
        slots = new address[](ids.length);
        for (uint256 i = 0; i < owners.length; ++i) {
            Account storage account = _accounts[ids[i]];
            (owners[i], slots[i]) = (account.owner, account.slot);
        }
    }

    /// @inheritdoc IPerpMarket
    function instruments() external view returns (address[] memory) {
        return _instrumentsList;
    }

    /// @inheritdoc IPerpMarket
    function instrumentConfig(
        address instrument
    ) external view returns (InstrumentConfig memory, MarginTier[] memory) {
        Instrument storage entry = _instrument(instrument);
        return (entry.config, entry.tiers);
    }

    /// @inheritdoc IPerpMarket
    function instrumentState(address instrument) external view returns (InstrumentState memory state) {
        Instrument storage entry = _instrument(instrument);
        state.longWad = entry.longWad;
        state.shortWad = entry.shortWad;
        state.makerWad = _maker(entry).positions[instrument].sizeWad;
        state.longCount = entry.longCount;
        state.shortCount = entry.shortCount;
        state.fundingIndex = _fundingIndex(entry);
        state.fundingRateWad = entry.fundingRateWad;
        state.fundingPriceE8 = entry.fundingPriceE8;
        state.fundingUpdatedAt = entry.fundingUpdatedAt;
        state.badDebtQuote = entry.badDebtQuote;
    }

    /// @inheritdoc IPerpMarket
    function totals() external view returns (PerpTotals memory) {
        return PerpTotals(_heldQuote, _feesQuote, _fundDuesQuote, _fundingPotQuote, _badDebtQuote);
    }

    /// @inheritdoc IPerpMarket
    function waterfall() external view returns (address[] memory) {
        return _stages;
    }
}
