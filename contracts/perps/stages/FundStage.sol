// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {ReentrancyGuard} from "@openzeppelin/contracts/utils/ReentrancyGuard.sol";
import {IFundStage} from "../../interfaces/IFundStage.sol";
import {IInsuranceFund} from "../../interfaces/IInsuranceFund.sol";
import {IPerpMarket} from "../../interfaces/IPerpMarket.sol";
import {IWaterfallStage, Shortfall} from "../../interfaces/IWaterfallStage.sol";
import {PerpStage} from "./PerpStage.sol";

/// @title FundStage
/// @notice See `IFundStage`.
contract FundStage is IFundStage, PerpStage, Ownable, ReentrancyGuard {
    using SafeERC20 for IERC20;

    /// @inheritdoc IFundStage
    IInsuranceFund public immutable fund;
    /// @inheritdoc IFundStage
    bool public immutable requireFull;

    address private immutable _quoteToken;

    mapping(address instrument => uint256) private _capQuote;
    mapping(address instrument => uint256) private _drawnQuote;

    constructor(
        IPerpMarket market_,
        IInsuranceFund fund_,
        bool requireFull_,
        address owner_
    ) PerpStage(market_) Ownable(owner_) {
        fund = fund_;
        requireFull = requireFull_;
        _quoteToken = market_.quoteToken();
        if (fund_.asset() != _quoteToken) revert FundAssetMismatch(fund_.asset(), _quoteToken);
    }

    /// @inheritdoc IFundStage
    function setInstrumentCap(address instrument, uint256 capQuote) external onlyOwner {
        _capQuote[instrument] = capQuote;
        emit InstrumentCapSet(instrument, capQuote);
    }

    /// @inheritdoc IFundStage
    function forwardDues() external nonReentrant returns (uint256 amountQuote) {
        amountQuote = IERC20(_quoteToken).balanceOf(address(this));
        emit DuesForwarded(amountQuote);
        IERC20(_quoteToken).forceApprove(address(fund), amountQuote);
        fund.contribute(amountQuote);
    }

    /// @dev Counts what arrived, not what the fund says.
    function _absorb(
        Shortfall calldata s
    ) internal override nonReentrant returns (int256 closedWad, uint256 paidQuote) {
        uint256 missing = s.deficitQuote;
        if (missing == 0) return (0, 0);
        uint256 asked = Math.min(missing, _capLeft(s.instrument));
        if (asked != 0) {
            uint256 before = IERC20(_quoteToken).balanceOf(address(this));
            fund.coverDeficit(_quoteToken, asked);
            paidQuote = Math.min(IERC20(_quoteToken).balanceOf(address(this)) - before, asked);
        }
        if (requireFull && paidQuote < missing) revert FundShort(missing, paidQuote);
        emit FundDrawn(s.instrument, s.owner, missing, paidQuote);
        if (paidQuote == 0) return (0, 0);
        _drawnQuote[s.instrument] += paidQuote;
        IERC20(_quoteToken).forceApprove(address(market), paidQuote);
        market.payDeficit(s.owner, _slotOf(s), paidQuote);
    }

    function _capLeft(address instrument) private view returns (uint256) {
        uint256 cap = _capQuote[instrument];
        return cap == 0 ? type(uint256).max : Math.saturatingSub(cap, _drawnQuote[instrument]);
    }

    /// @inheritdoc IWaterfallStage
    function capacity(address instrument) external view returns (uint256) {
        (, uint256 cap, uint256 drawn) = fund.protocolDraws(address(this));
        uint256 left = Math.min(Math.saturatingSub(cap, drawn), fund.totalAssets());
        return Math.min(left, _capLeft(instrument));
    }

    /// @inheritdoc IFundStage
    function instrumentDraws(address instrument) external view returns (uint256 capQuote, uint256 drawnQuote) {
        return (_capQuote[instrument], _drawnQuote[instrument]);
    }
}
