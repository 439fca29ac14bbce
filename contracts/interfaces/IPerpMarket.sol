// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IMarkPrice} from "./IMarkPrice.sol";
import {IPerpBooks} from "./IPerpBooks.sol";
import {IPerpCloseTerms} from "./IPerpCloseTerms.sol";
import {IPerpCollateral} from "./IPerpCollateral.sol";
import {IPerpPricing} from "./IPerpPricing.sol";
import {MarginTier} from "../libraries/MarginTierLib.sol";

/// @notice Parameters of an instrument.
/// @param pricing Gives prices and is the other side of every trade. Does not change while there are positions.
/// @param mark Gives mark and index.
/// @param openInterestCapWad Most that the traders' positions of either side may reach through a trade, base with 18
/// decimals; 0: no cap.
/// @param minNotionalQuote Least notional that a trade may leave, and that a liquidation leaves, in quote.
/// @param maintenanceShareBps Maintenance margin as a share of initial margin: 6000 at dYdX v4.
/// @param tradingFeeBps Fee on the value of every trade.
/// @param makerFeeShareBps Share of that fee that goes to the maker's account.
/// @param liquidationFeeBps Fee on the value that a liquidation closes in the book.
/// @param fundShareBps Share of that fee that is due to the insurance fund; the liquidator gets the rest.
/// @param closeMinBps Least share of a position that a liquidation closes.
/// @param fundingIntervalS Time in which a constant premium is paid once: 28800 at Binance; 0: no funding.
/// @param fundingGapS Most seconds that are charged for at once, however long nobody came; 0: all of them.
/// @param fundingInterestWad Rate per interval towards which the premium is brought.
/// @param fundingBoundWad By how much at most.
/// @param fundingCapWad Greatest rate per interval, a share of the notional at the index.
struct InstrumentConfig {
    IPerpPricing pricing;
    IMarkPrice mark;
    uint128 openInterestCapWad;
    uint128 minNotionalQuote;
    uint16 maintenanceShareBps;
    uint16 tradingFeeBps;
    uint16 makerFeeShareBps;
    uint16 liquidationFeeBps;
    uint16 fundShareBps;
    uint16 closeMinBps;
    uint32 fundingIntervalS;
    uint32 fundingGapS;
    int64 fundingInterestWad;
    uint64 fundingBoundWad;
    uint64 fundingCapWad;
}

/// @notice A position.
/// @param sizeWad Base with 18 decimals; long above 0.
/// @param entryQuote What it brought minus what it cost: its profit at a price is its value there plus this.
/// @param fundingIndex Funding index up to which it has paid.
struct PerpPosition {
    int256 sizeWad;
    int256 entryQuote;
    int256 fundingIndex;
}

/// @notice An account at present marks, funding until now included.
/// @param cashQuote Deposits and what was realised, less what is due in funding; may be below 0.
/// @param collateralQuote Collateral after haircuts.
/// @param equityQuote Cash, profit of all positions, and collateral.
/// @param openingQuote The same, with profits (not losses) at the weight of the market: what counts for opening
/// and withdrawing.
/// @param initialQuote Initial margin.
/// @param maintenanceQuote Maintenance margin.
struct PerpAccountState {
    int256 cashQuote;
    uint256 collateralQuote;
    int256 equityQuote;
    int256 openingQuote;
    uint256 initialQuote;
    uint256 maintenanceQuote;
}

/// @notice An instrument.
/// @param longWad Open positions of traders (all accounts but the maker's) that are long.
/// @param shortWad Likewise short, above 0.
/// @param makerWad Position of the maker: short minus long.
/// @param longCount Accounts that are long, the maker included: length of a complete ranking of that side.
/// @param shortCount Likewise short.
/// @param fundingIndex Funding paid per whole base since the beginning, quote with 26 decimals, until now.
/// @param fundingRateWad Rate per interval at which it grows; longs pay where it is above 0.
/// @param fundingPriceE8 Index price on which that rate is paid.
/// @param fundingUpdatedAt When both were set.
/// @param badDebtQuote Losses that nobody has borne yet.
struct InstrumentState {
    uint256 longWad;
    uint256 shortWad;
    int256 makerWad;
    uint256 longCount;
    uint256 shortCount;
    int256 fundingIndex;
    int256 fundingRateWad;
    uint256 fundingPriceE8;
    uint256 fundingUpdatedAt;
    uint256 badDebtQuote;
}

/// @notice What the market holds and owes beside its accounts, smallest units of quote.
/// @param heldQuote Tokens that it counts as its own; donations are not counted.
/// @param feesQuote Fees that the owner may take.
/// @param fundDuesQuote Fees due to the insurance fund.
/// @param fundingPotQuote Funding received less funding paid: what rounding left once all positions have settled.
/// @param badDebtQuote Bad debt of all instruments.
struct PerpTotals {
    uint256 heldQuote;
    uint256 feesQuote;
    uint256 fundDuesQuote;
    int256 fundingPotQuote;
    uint256 badDebtQuote;
}

/// @title IPerpMarket
/// @notice A market of perpetual futures on several instruments, each named by the address of its base asset,
/// settled in one quote token that is taken at par with the US dollar.
///
/// An account is an owner and a slot: slot 0 is the cross account, whose cash and collateral back all its
/// positions; a slot named as an instrument is an isolated account that may hold only that one. The maker of an
/// instrument, its pricing contract with slot 0, is an account like others and takes the other side of every
/// trade.
///
/// Assumptions on tokens: ERC-20 with at most 18 decimals, without rebasing; one that brings less than asked is
/// refused (`ReceivedLess`). On pricing, mark and stages: chosen by the owner, and trusted not to lie.
///
/// @dev Amounts are smallest units of quote unless the name says otherwise, sizes base with 18 decimals, prices
/// quote per base with 8. Values of positions round against their holder, margins up, fees up, funding up against
/// the payer.
///
/// At the end of every transaction, to the wei:
///
///     heldQuote + badDebtQuote == sum of cash + sum of entryQuote + feesQuote + fundDuesQuote + fundingPotQuote
///
/// over all accounts, and the sizes of every instrument sum to 0.
interface IPerpMarket is IPerpBooks {
    /* EVENTS */

    /// @notice An instrument was added or configured anew.
    event InstrumentConfigured(address indexed instrument, InstrumentConfig config, MarginTier[] tiers);

    /// @notice Rules of the market were set.
    event RulesSet(uint16 profitWeightBps, bool gated, uint32 gateS, address fundReceiver);

    /// @notice Collateral of cross accounts is held here from now on.
    event CollateralSet(address indexed collateral);

    /// @notice The stages of the waterfall, in order, from now on.
    event WaterfallSet(address[] stages);

    /// @notice `payer` paid in for an account.
    event Deposited(address indexed owner, address indexed slot, address payer, uint256 amountQuote);

    /// @notice An owner withdrew to `to`.
    event Withdrawn(address indexed owner, address indexed slot, address to, uint256 amountQuote);

    /// @notice Cash was moved between two accounts of one owner.
    event CashMoved(address indexed owner, address indexed fromSlot, address indexed toSlot, uint256 amountQuote);

    /// @notice A position changed.
    /// @param sizeDeltaWad Change of its size.
    /// @param quoteDelta What the account got for it, before fees.
    /// @param realisedQuote Part that went into cash: profit of what was closed.
    /// @param sizeWad Size after.
    /// @param entryQuote Entry after.
    event PositionChanged(
        address indexed owner,
        address indexed slot,
        address indexed instrument,
        int256 sizeDeltaWad,
        int256 quoteDelta,
        int256 realisedQuote,
        int256 sizeWad,
        int256 entryQuote
    );

    /// @notice A trade against the pricing; the position changes of both sides come before.
    event Traded(
        address indexed owner,
        address indexed slot,
        address indexed instrument,
        int256 sizeDeltaWad,
        int256 quoteDelta,
        uint256 feeQuote,
        uint256 markE8
    );

    /// @notice Funding grew to `fundingIndex`; from now on it grows by `fundingRateWad` of `fundingPriceE8` an interval.
    event FundingAccrued(
        address indexed instrument,
        int256 fundingIndex,
        int256 fundingRateWad,
        uint256 fundingPriceE8
    );

    /// @notice A position paid funding; below 0, it received.
    event FundingSettled(
        address indexed owner,
        address indexed slot,
        address indexed instrument,
        int256 paidQuote
    );

    /// @notice An account below maintenance margin was liquidated.
    /// @param sizeBeforeWad Its position before.
    /// @param bookWad Part closed in the book at or above the bankruptcy price.
    /// @param stagesWad Part closed by the waterfall, the forced close at its end included.
    /// @param feeQuote Fee, of which the liquidator got its share.
    /// @param equityQuote Equity before.
    /// @param maintenanceQuote Maintenance margin before.
    /// @param bankruptcyE8 Bankruptcy price.
    /// @param markE8 Mark price.
    event Liquidated(
        address indexed owner,
        address indexed slot,
        address indexed instrument,
        address liquidator,
        int256 sizeBeforeWad,
        int256 bookWad,
        int256 stagesWad,
        uint256 feeQuote,
        int256 equityQuote,
        uint256 maintenanceQuote,
        uint256 bankruptcyE8,
        uint256 markE8
    );

    /// @notice A stage was asked to absorb a shortfall.
    event StageAsked(
        address indexed stage,
        address indexed owner,
        address indexed instrument,
        int256 sizeWad,
        uint256 deficitQuote,
        int256 closedWad,
        uint256 paidQuote
    );

    /// @notice A position went from the account in shortfall to another one.
    event PositionTransferred(
        address indexed owner,
        address indexed instrument,
        address indexed toOwner,
        address slot,
        address toSlot,
        int256 sizeWad,
        uint256 priceE8,
        uint256 markE8
    );

    /// @notice `payer` paid in tokens against a shortfall.
    event DeficitPaid(address indexed payer, address indexed owner, address indexed slot, uint256 amountQuote);

    /// @notice An account bore part of a shortfall.
    event LossSocialised(
        address indexed fromOwner,
        address indexed fromSlot,
        address indexed owner,
        address slot,
        uint256 amountQuote
    );

    /// @notice A loss that no stage bore was booked.
    event BadDebtBooked(
        address indexed owner,
        address indexed slot,
        address indexed instrument,
        uint256 amountQuote
    );

    /// @notice Bad debt of an instrument was covered.
    event BadDebtCovered(address indexed instrument, address indexed payer, uint256 amountQuote);

    /// @notice An account with equity below 0 was shown: withdrawals wait.
    event WithdrawalsGated(
        address indexed owner,
        address indexed slot,
        int256 equityQuote,
        uint256 untilTimestamp
    );

    /// @notice Fees were taken out by the owner.
    event FeesTaken(address indexed to, uint256 amountQuote);

    /// @notice Dues were sent to the insurance fund.
    event FundDuesSent(address indexed receiver, uint256 amountQuote);

    /* ERRORS */

    /// @notice No such instrument.
    error UnknownInstrument(address instrument);

    /// @notice A slot is 0 or an instrument, and an isolated account holds only its own.
    error WrongSlot(address slot, address instrument);

    /// @notice A parameter lies outside of its bounds.
    error ParameterOutOfRange(bytes32 parameter, uint256 given, uint256 limit);

    /// @notice The amount is 0.
    error ZeroAmount();

    /// @notice The market holds less than that: more of its accounts are in debt.
    error InsufficientHeld(uint256 asked, uint256 held);

    /// @notice What counts for opening and withdrawing is below initial margin.
    error InsufficientMargin(int256 openingQuote, uint256 initialQuote);

    /// @notice Collateral backs positions, it is not lent against: cash and weighted profits would fall below 0.
    error CashBelowZero(int256 cashQuote);

    /// @notice A reduction would leave the account worse than it was, or below 0.
    error ReductionWorsens(int256 marginBefore, int256 marginAfter);

    /// @notice The trade would leave a position smaller than the instrument allows.
    error PositionTooSmall(uint256 notionalQuote, uint256 minNotionalQuote);

    /// @notice The trade brings less than the limit.
    error LimitExceeded(int256 quoteDelta, int256 limitQuote);

    /// @notice One side of the traders' positions would exceed its cap.
    error OpenInterestCapExceeded(address instrument, uint256 openInterestWad, uint256 capWad);

    /// @notice The liquidity of the maker does not carry more.
    error MakerMarginExceeded(address maker, int256 openingQuote, uint256 initialQuote);

    /// @notice The maker does not trade with itself.
    error MakerMayNotTrade(address maker);

    /// @notice The account's equity is not below its maintenance margin.
    error NotLiquidatable(int256 equityQuote, uint256 maintenanceQuote);

    /// @notice The account has no such position.
    error NoPosition(address owner, address slot, address instrument);

    /// @notice Neither the book nor any stage could close anything.
    error NothingLiquidated();

    /// @notice The account has nothing to resolve: positions are liquidated first, and its equity is not below 0.
    error NothingToResolve(int256 equityQuote);

    /// @notice Withdrawals wait until bad debt is covered.
    error WithdrawalsWait(uint256 badDebtQuote, uint256 untilTimestamp);

    /* CONFIGURATION */

    /// @notice Adds an instrument or configures it anew; `tiers` are its brackets of maintenance margin.
    function setInstrument(
        address instrument,
        InstrumentConfig calldata config,
        MarginTier[] calldata tiers
    ) external;

    /// @notice Sets what holds for all instruments.
    /// @param profitWeightBps Share of unrealised profits that counts for opening and withdrawing. At 10000 paper
    /// profits pay out cash, the failure of Mango.
    /// @param gated Whether withdrawals wait while there is bad debt, so that nobody leaves ahead of a socialised
    /// loss.
    /// @param gateS How long they wait after `gateWithdrawals` has shown an insolvent account.
    /// @param fundReceiver Where dues of the insurance fund go, as a plain transfer.
    function setRules(uint16 profitWeightBps, bool gated, uint32 gateS, address fundReceiver) external;

    /// @notice Sets the stages of the waterfall after the book.
    function setWaterfall(address[] calldata stages) external;

    /// @notice Sets where collateral of cross accounts is held; the zero address: there is none.
    function setCollateral(IPerpCollateral collateral) external;

    /// @notice Sends all fees to `to`.
    function takeFees(address to) external returns (uint256 amountQuote);

    /// @notice Sends dues of the insurance fund to their receiver. Anybody may call it.
    function sendFundDues() external returns (uint256 amountQuote);

    /* CASH */

    /// @notice Pays in tokens for an account. Needs no price.
    function deposit(uint256 amountQuote, address owner, address slot) external;

    /// @notice Withdraws from an account of the caller. What is left has to meet initial margin, and cash with
    /// weighted profits must not fall below 0: collateral backs positions, it is not lent against.
    /// @param amountQuote `type(uint256).max`: all cash.
    function withdraw(uint256 amountQuote, address slot, address to) external returns (uint256 withdrawn);

    /// @notice Registers the cross account of `owner`, as a deposit does. Anybody may call it.
    function register(address owner) external;

    /// @notice Moves cash between two accounts of the caller, under the terms of a withdrawal.
    function moveCash(address fromSlot, address toSlot, uint256 amountQuote) external;

    /* TRADING */

    /// @notice Trades against the pricing with an account of the caller.
    /// @param sizeDeltaWad Above 0: buys.
    /// @param limitQuote Least `quoteDelta` accepted; below 0 for a buy.
    /// @return quoteDelta What the account got, before the fee.
    function trade(
        address slot,
        address instrument,
        int256 sizeDeltaWad,
        int256 limitQuote
    ) external returns (int256 quoteDelta);

    /// @notice Brings the funding of an instrument up to date. Anybody may call it.
    function accrueFunding(address instrument) external;

    /// @notice Settles funding of all positions of an account. Anybody may call it; needs no price.
    function settle(address owner, address slot) external;

    /* LIQUIDATION */

    /// @notice Liquidates a position of an account whose equity is below its maintenance margin.
    ///
    /// Closes just enough to be back at initial margin, at least `closeMinBps` of the position, and all of it
    /// where equity is below half of maintenance margin or the rest would be dust. The book closes what it can at
    /// or above the bankruptcy price; the stages are asked for the rest, in order. What remains is closed in the
    /// book at any price and a deficit is booked as bad debt of the instrument.
    /// @return closedWad What was closed, with the sign of the position.
    /// @return feeQuote Credited to the caller's cross account.
    function liquidate(
        address owner,
        address slot,
        address instrument
    ) external returns (int256 closedWad, uint256 feeQuote);

    /// @notice Takes an account without positions and with equity below 0 through the waterfall.
    function resolveDeficit(address owner, address slot) external;

    /// @notice Asks the stages to cover bad debt that was booked.
    function resolveBadDebt(address instrument) external;

    /// @notice Pays in tokens against bad debt.
    function coverBadDebt(address instrument, uint256 amountQuote) external;

    /// @notice Makes withdrawals wait by showing an account with equity below 0, where the market is gated.
    function gateWithdrawals(address owner, address slot) external;

    /* VIEWS */

    /// @notice The settlement asset.
    function quoteToken() external view returns (address);

    /// @notice Where collateral of cross accounts is held.
    function collateral() external view returns (IPerpCollateral);

    /// @notice Reverts unless something may leave the account now: withdrawals do not wait, and it meets initial
    /// margin.
    function requireWithdrawable(address owner, address slot) external view;

    /// @notice An account at present marks. Reverts where a price that it needs is invalid.
    function accountState(address owner, address slot) external view returns (PerpAccountState memory);

    /// @notice Cash as booked, without funding since it last settled.
    function cashOf(address owner, address slot) external view returns (int256);

    /// @notice A position as booked.
    function position(address owner, address slot, address instrument) external view returns (PerpPosition memory);

    /// @notice Instruments in which an account has positions.
    function openInstruments(address owner, address slot) external view returns (address[] memory);

    /// @notice Notional at the mark, and initial and maintenance margin for it.
    function requirement(
        address instrument,
        uint256 sizeWad
    ) external view returns (uint256 notionalQuote, uint256 initialQuote, uint256 maintenanceQuote);

    /// @notice How positions are closed: size of liquidations, bankruptcy prices, what the book takes.
    function terms() external view returns (IPerpCloseTerms);

    /// @notice Accounts with a position in the instrument, in no order that matters.
    function holders(address instrument) external view returns (address[] memory owners, address[] memory slots);

    /// @notice Every account that was ever used.
    function accounts() external view returns (address[] memory owners, address[] memory slots);

    /// @notice All instruments.
    function instruments() external view returns (address[] memory);

    /// @notice Parameters of an instrument.
    function instrumentConfig(
        address instrument
    ) external view returns (InstrumentConfig memory config, MarginTier[] memory tiers);

    /// @notice State of an instrument.
    function instrumentState(address instrument) external view returns (InstrumentState memory);

    /// @notice What the market holds and owes beside its accounts.
    function totals() external view returns (PerpTotals memory);

    /// @notice Stages of the waterfall, in order.
    function waterfall() external view returns (address[] memory);
}
