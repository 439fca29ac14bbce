// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IAverageRateModel} from "../interfaces/IAverageRateModel.sol";
import {IIsolatedMarket, MarketParams, Position} from "../interfaces/IIsolatedMarket.sol";
import {IIsolatedMarketCallbacks} from "../interfaces/IIsolatedMarketCallbacks.sol";
import {IPairOracle} from "../interfaces/IPairOracle.sol";
import {BpsMath} from "../libraries/BpsMath.sol";
import {InterestLib} from "../libraries/InterestLib.sol";
import {IsolatedMarketLib, IsolatedSeizure, MarketTotals, SeizeOrRepay} from "../libraries/IsolatedMarketLib.sol";
import {RayMath} from "../libraries/RayMath.sol";
import {SharesLib} from "../libraries/SharesLib.sol";
import {WadMath} from "../libraries/WadMath.sol";

/// @title IsolatedMarket
/// @notice See `IIsolatedMarket`.
contract IsolatedMarket is IIsolatedMarket, Ownable {
    using SafeERC20 for IERC20;
    using SharesLib for uint256;

    /// @dev What a liquidation will do.
    struct Plan {
        IsolatedSeizure seizure;
        uint256 badDebtAssets;
        uint256 badDebtShares;
        uint256 healthBeforeWad;
        uint256 healthAfterWad;
    }

    uint256 private constant HEALTH_LIMIT_WAD = 1e18;
    uint256 private constant MAX_FEE_BPS = 2_500;
    /// @dev A yearly rate in ray per rate per second in wad.
    uint256 private constant YEARLY_RAY = InterestLib.YEAR_S * 1e9;

    IERC20 private immutable _loanToken;
    IERC20 private immutable _collateralToken;
    IPairOracle private immutable _oracle;
    IAverageRateModel private immutable _rateModel;
    uint256 private immutable _lltvWad;
    /// @inheritdoc IIsolatedMarket
    uint256 public immutable liquidationIncentiveWad;

    /// @inheritdoc IIsolatedMarket
    uint256 public feeBps;
    /// @inheritdoc IIsolatedMarket
    address public feeRecipient;
    /// @inheritdoc IIsolatedMarket
    uint256 public accruedAt;
    /// @inheritdoc IIsolatedMarket
    mapping(address user => mapping(address delegate => bool)) public isAuthorized;

    MarketTotals private _totals;
    mapping(address user => Position) private _positions;
    uint256 private _borrowIndexRay = RayMath.RAY;

    constructor(address owner, MarketParams memory params_) Ownable(owner) {
        if (params_.lltvWad >= WadMath.WAD) {
            revert ParameterOutOfRange("lltvWad", params_.lltvWad, WadMath.WAD - 1);
        }
        _loanToken = IERC20(params_.loanToken);
        _collateralToken = IERC20(params_.collateralToken);
        _oracle = params_.oracle;
        _rateModel = params_.rateModel;
        _lltvWad = params_.lltvWad;
        liquidationIncentiveWad = IsolatedMarketLib.incentiveFactorWadDown(params_.lltvWad);
        accruedAt = block.timestamp;
    }

    /* CONFIGURATION */

    /// @inheritdoc IIsolatedMarket
    function setFee(uint256 newFeeBps, address recipient) external onlyOwner {
        if (newFeeBps > MAX_FEE_BPS) revert ParameterOutOfRange("feeBps", newFeeBps, MAX_FEE_BPS);
        _accrue();
        feeBps = newFeeBps;
        feeRecipient = recipient;
        emit FeeSet(newFeeBps, recipient);
    }

    /// @inheritdoc IIsolatedMarket
    function setAuthorization(address delegate, bool authorized) external {
        isAuthorized[msg.sender][delegate] = authorized;
        emit AuthorizationSet(msg.sender, delegate, authorized);
    }

    /* SUPPLY */

    /// @inheritdoc IIsolatedMarket
    function supply(
        uint256 assets,
        uint256 shares,
        address onBehalfOf,
        bytes calldata data
    ) external returns (uint256, uint256) {
        _requireExactlyOne(assets, shares);
        _accrue();
        if (assets != 0) shares = assets.toSharesDown(_totals.supplyAssets, _totals.supplyShares);
        else assets = shares.toAssetsUp(_totals.supplyAssets, _totals.supplyShares);
        _positions[onBehalfOf].supplyShares += shares;
        _totals.supplyShares += shares;
        _totals.supplyAssets += assets;
        emit Supplied(address(_loanToken), onBehalfOf, msg.sender, assets);
        if (data.length != 0) IIsolatedMarketCallbacks(msg.sender).onIsolatedSupply(assets, data);
        _pull(_loanToken, assets);
        return (assets, shares);
    }

    /// @inheritdoc IIsolatedMarket
    function withdraw(
        uint256 assets,
        uint256 shares,
        address onBehalfOf,
        address receiver
    ) external returns (uint256, uint256) {
        _requireExactlyOne(assets, shares);
        _requireAuthorized(onBehalfOf);
        _accrue();
        if (assets != 0) shares = assets.toSharesUp(_totals.supplyAssets, _totals.supplyShares);
        else assets = shares.toAssetsDown(_totals.supplyAssets, _totals.supplyShares);
        Position storage owned = _positions[onBehalfOf];
        if (shares > owned.supplyShares) revert InsufficientBalance(shares, owned.supplyShares);
        _requireCash(assets);
        owned.supplyShares -= shares;
        _totals.supplyShares -= shares;
        _totals.supplyAssets -= assets;
        emit Withdrawn(address(_loanToken), onBehalfOf, receiver, assets);
        _loanToken.safeTransfer(receiver, assets);
        return (assets, shares);
    }

    /* COLLATERAL */

    /// @inheritdoc IIsolatedMarket
    function supplyCollateral(uint256 assets, address onBehalfOf, bytes calldata data) external {
        if (assets == 0) revert ZeroAmount();
        _positions[onBehalfOf].collateral += assets;
        emit Supplied(address(_collateralToken), onBehalfOf, msg.sender, assets);
        if (data.length != 0) IIsolatedMarketCallbacks(msg.sender).onIsolatedSupplyCollateral(assets, data);
        _pull(_collateralToken, assets);
    }

    /// @inheritdoc IIsolatedMarket
    function withdrawCollateral(uint256 assets, address onBehalfOf, address receiver) external {
        if (assets == 0) revert ZeroAmount();
        _requireAuthorized(onBehalfOf);
        _accrue();
        Position storage owned = _positions[onBehalfOf];
        if (assets > owned.collateral) revert InsufficientBalance(assets, owned.collateral);
        owned.collateral -= assets;
        _requireHealthy(onBehalfOf);
        emit Withdrawn(address(_collateralToken), onBehalfOf, receiver, assets);
        _collateralToken.safeTransfer(receiver, assets);
    }

    /* DEBT */

    /// @inheritdoc IIsolatedMarket
    function borrow(
        uint256 assets,
        uint256 shares,
        address onBehalfOf,
        address receiver
    ) external returns (uint256, uint256) {
        _requireExactlyOne(assets, shares);
        _requireAuthorized(onBehalfOf);
        _accrue();
        if (assets != 0) shares = assets.toSharesUp(_totals.borrowAssets, _totals.borrowShares);
        else assets = shares.toAssetsDown(_totals.borrowAssets, _totals.borrowShares);
        _requireCash(assets);
        _positions[onBehalfOf].borrowShares += shares;
        _totals.borrowShares += shares;
        _totals.borrowAssets += assets;
        _requireHealthy(onBehalfOf);
        emit Borrowed(address(_loanToken), onBehalfOf, assets);
        _loanToken.safeTransfer(receiver, assets);
        return (assets, shares);
    }

    /// @inheritdoc IIsolatedMarket
    function repay(
        uint256 assets,
        uint256 shares,
        address onBehalfOf,
        bytes calldata data
    ) external returns (uint256, uint256) {
        _requireExactlyOne(assets, shares);
        _accrue();
        if (assets != 0) shares = assets.toSharesDown(_totals.borrowAssets, _totals.borrowShares);
        else assets = shares.toAssetsUp(_totals.borrowAssets, _totals.borrowShares);
        _burnDebt(onBehalfOf, assets, shares);
        emit Repaid(address(_loanToken), onBehalfOf, msg.sender, assets);
        if (data.length != 0) IIsolatedMarketCallbacks(msg.sender).onIsolatedRepay(assets, data);
        _pull(_loanToken, assets);
        return (assets, shares);
    }

    /* LIQUIDATION */

    /// @inheritdoc IIsolatedMarket
    function liquidate(
        address borrower,
        uint256 seizedAssets,
        uint256 repaidShares,
        bytes calldata data
    ) external returns (uint256 seized, uint256 repaid) {
        _accrue();
        uint256 price = _oracle.price();
        Plan memory plan = _plan(borrower, SeizeOrRepay(seizedAssets, repaidShares), _totals, price);
        seized = plan.seizure.seizedAssets;
        repaid = plan.seizure.repaidAssets;
        _burnDebt(borrower, repaid, plan.seizure.repaidShares);
        _positions[borrower].collateral -= seized;
        if (plan.badDebtShares != 0) _socialise(borrower, plan);
        plan.healthAfterWad = _health(_positions[borrower], _totals, price);
        _emitLiquidation(borrower, plan);
        _collateralToken.safeTransfer(msg.sender, seized);
        if (data.length != 0) {
            IIsolatedMarketCallbacks(msg.sender).onIsolatedLiquidate(repaid, seized, data);
        }
        _pull(_loanToken, repaid);
    }

    /// @inheritdoc IIsolatedMarket
    function previewLiquidation(
        address borrower,
        uint256 seizedAssets,
        uint256 repaidShares
    ) external view returns (uint256 seized, uint256 repaid, uint256 badDebt) {
        Plan memory plan = _plan(borrower, SeizeOrRepay(seizedAssets, repaidShares), totals(), _oracle.price());
        return (plan.seizure.seizedAssets, plan.seizure.repaidAssets, plan.badDebtAssets);
    }

    /// @dev All checks are made here, so that the preview reverts alike.
    function _plan(
        address borrower,
        SeizeOrRepay memory asked,
        MarketTotals memory sums,
        uint256 price
    ) private view returns (Plan memory plan) {
        _requireExactlyOne(asked.seizedAssets, asked.repaidShares);
        Position memory owned = _positions[borrower];
        plan.healthBeforeWad = _health(owned, sums, price);
        if (plan.healthBeforeWad >= HEALTH_LIMIT_WAD) {
            revert HealthFactorNotBelowThreshold(plan.healthBeforeWad, HEALTH_LIMIT_WAD);
        }
        IsolatedSeizure memory seizure = IsolatedMarketLib.seizure(asked, sums, price, liquidationIncentiveWad);
        plan.seizure = seizure;
        if (seizure.repaidShares > owned.borrowShares) {
            revert ExceedsDebt(seizure.repaidShares, owned.borrowShares);
        }
        if (seizure.seizedAssets > owned.collateral) {
            revert ExceedsCollateral(seizure.seizedAssets, owned.collateral);
        }
        if (seizure.seizedAssets != owned.collateral) return plan;
        plan.badDebtShares = owned.borrowShares - seizure.repaidShares;
        uint256 assetsLeft = sums.borrowAssets - Math.min(seizure.repaidAssets, sums.borrowAssets);
        uint256 worth = plan.badDebtShares.toAssetsUp(assetsLeft, sums.borrowShares - seizure.repaidShares);
        plan.badDebtAssets = Math.min(worth, assetsLeft);
    }

    /// @dev The rest of the debt leaves both totals: borrowers owe it no more, suppliers own it no more.
    function _socialise(address borrower, Plan memory plan) private {
        uint256 loss = plan.badDebtAssets;
        _burnDebt(borrower, loss, plan.badDebtShares);
        _totals.supplyAssets -= loss;
        if (loss == 0) return;
        emit DeficitCreated(borrower, address(_loanToken), loss);
        emit LossSocialised(address(_loanToken), loss, _shareRay(_totals));
    }

    function _emitLiquidation(address borrower, Plan memory plan) private {
        (uint256 collateralBase, , uint256 loanBase, ) = _oracle.basePrices();
        emit Liquidation(
            borrower,
            address(_collateralToken),
            address(_loanToken),
            msg.sender,
            plan.seizure.repaidAssets,
            plan.seizure.seizedAssets,
            0,
            false,
            plan.healthBeforeWad,
            plan.healthAfterWad,
            collateralBase,
            loanBase
        );
    }

    /* FLASH LOANS */

    /// @inheritdoc IIsolatedMarket
    function flashLoan(address token, uint256 assets, bytes calldata data) external {
        if (assets == 0) revert ZeroAmount();
        emit FlashLoan(msg.sender, token, assets, 0);
        IERC20(token).safeTransfer(msg.sender, assets);
        IIsolatedMarketCallbacks(msg.sender).onIsolatedFlashLoan(token, assets, data);
        _pull(IERC20(token), assets);
    }

    /* INTEREST */

    /// @inheritdoc IIsolatedMarket
    function accrueInterest() external {
        _accrue();
    }

    function _accrue() private {
        uint256 elapsedS = block.timestamp - accruedAt;
        if (elapsedS == 0) return;
        accruedAt = block.timestamp;
        if (address(_rateModel) == address(0)) return;
        MarketTotals memory sums = _totals;
        uint256 rateWad = _rateModel.averageRate(sums.supplyAssets, sums.borrowAssets, elapsedS);
        uint256 feeShares = _addInterest(sums, rateWad, elapsedS);
        _totals = sums;
        _borrowIndexRay += IsolatedMarketLib.interestUp(_borrowIndexRay, rateWad, elapsedS);
        if (feeShares != 0) _positions[feeRecipient].supplyShares += feeShares;
        uint256 rateRay = rateWad * YEARLY_RAY;
        emit ReserveUpdated(
            address(_loanToken),
            _shareRay(sums),
            _borrowIndexRay,
            _supplyRateRay(rateRay, sums),
            rateRay
        );
    }

    /// @dev Suppliers own the interest; the fee dilutes them by new shares of its worth.
    function _addInterest(
        MarketTotals memory sums,
        uint256 rateWad,
        uint256 elapsedS
    ) private view returns (uint256 feeShares) {
        uint256 interest = IsolatedMarketLib.interestUp(sums.borrowAssets, rateWad, elapsedS);
        sums.borrowAssets += interest;
        sums.supplyAssets += interest;
        uint256 fee = BpsMath.bpsMulDown(interest, feeBps);
        if (fee == 0) return 0;
        feeShares = fee.toSharesDown(sums.supplyAssets - fee, sums.supplyShares);
        sums.supplyShares += feeShares;
    }

    function _supplyRateRay(uint256 borrowRateRay, MarketTotals memory sums) private view returns (uint256) {
        if (sums.supplyAssets == 0) return 0;
        uint256 gross = Math.mulDiv(borrowRateRay, sums.borrowAssets, sums.supplyAssets);
        return BpsMath.bpsMulDown(gross, BpsMath.BPS - feeBps);
    }

    function _averageRateWad(MarketTotals memory sums, uint256 elapsedS) private view returns (uint256) {
        if (elapsedS == 0 || address(_rateModel) == address(0)) return 0;
        return _rateModel.previewAverageRate(address(this), sums.supplyAssets, sums.borrowAssets, elapsedS);
    }

    /// @dev Supplied assets per share, 1e27 for the first.
    function _shareRay(MarketTotals memory sums) private pure returns (uint256) {
        return (SharesLib.VIRTUAL_SHARES * RayMath.RAY).toAssetsDown(sums.supplyAssets, sums.supplyShares);
    }

    /* VIEWS */

    /// @inheritdoc IIsolatedMarket
    function params() external view returns (MarketParams memory) {
        return MarketParams(address(_loanToken), address(_collateralToken), _oracle, _rateModel, _lltvWad);
    }

    /// @inheritdoc IIsolatedMarket
    function totals() public view returns (MarketTotals memory sums) {
        sums = _totals;
        uint256 elapsedS = block.timestamp - accruedAt;
        _addInterest(sums, _averageRateWad(sums, elapsedS), elapsedS);
    }

    /// @inheritdoc IIsolatedMarket
    function indexes() external view returns (uint256 liquidityIndexRay, uint256 borrowIndexRay) {
        uint256 elapsedS = block.timestamp - accruedAt;
        uint256 rateWad = _averageRateWad(_totals, elapsedS);
        liquidityIndexRay = _shareRay(totals());
        borrowIndexRay = _borrowIndexRay + IsolatedMarketLib.interestUp(_borrowIndexRay, rateWad, elapsedS);
    }

    /// @inheritdoc IIsolatedMarket
    function position(address user) external view returns (Position memory) {
        return _positions[user];
    }

    /// @inheritdoc IIsolatedMarket
    function positions(address[] calldata users) external view returns (Position[] memory owned) {
        owned = new Position[](users.length);
        for (uint256 i = 0; i < users.length; ++i) {
            owned[i] = _positions[users[i]];
        }
    }

    /// @inheritdoc IIsolatedMarket
    function supplyBalance(address user) external view returns (uint256) {
        MarketTotals memory sums = totals();
        return _positions[user].supplyShares.toAssetsDown(sums.supplyAssets, sums.supplyShares);
    }

    /// @inheritdoc IIsolatedMarket
    function debtBalance(address user) external view returns (uint256) {
        MarketTotals memory sums = totals();
        return _positions[user].borrowShares.toAssetsUp(sums.borrowAssets, sums.borrowShares);
    }

    /// @inheritdoc IIsolatedMarket
    function healthFactorWad(address user) external view returns (uint256) {
        Position memory owned = _positions[user];
        if (owned.borrowShares == 0) return IsolatedMarketLib.NO_DEBT;
        return _health(owned, totals(), _oracle.price());
    }

    /* CHECKS AND BOOKS */

    /// @dev Repaying every share may round up to an asset more than the total, which the market keeps.
    function _burnDebt(address user, uint256 assets, uint256 shares) private {
        Position storage owed = _positions[user];
        if (shares > owed.borrowShares) revert ExceedsDebt(shares, owed.borrowShares);
        owed.borrowShares -= shares;
        _totals.borrowShares -= shares;
        _totals.borrowAssets -= Math.min(assets, _totals.borrowAssets);
    }

    function _health(
        Position memory owned,
        MarketTotals memory sums,
        uint256 price
    ) private view returns (uint256) {
        uint256 debt = owned.borrowShares.toAssetsUp(sums.borrowAssets, sums.borrowShares);
        return IsolatedMarketLib.healthFactorWadDown(owned.collateral, debt, price, _lltvWad);
    }

    /// @dev Without debt no price is asked for.
    function _requireHealthy(address user) private view {
        Position memory owned = _positions[user];
        if (owned.borrowShares == 0) return;
        uint256 healthWad = _health(owned, _totals, _oracle.price());
        if (healthWad < HEALTH_LIMIT_WAD) revert HealthFactorTooLow(healthWad, HEALTH_LIMIT_WAD);
    }

    function _requireCash(uint256 assets) private view {
        uint256 cash = _totals.supplyAssets - _totals.borrowAssets;
        if (assets > cash) revert InsufficientCash(assets, cash);
    }

    function _requireAuthorized(address user) private view {
        if (msg.sender != user && !isAuthorized[user][msg.sender]) revert Unauthorized(msg.sender, user);
    }

    function _requireExactlyOne(uint256 first, uint256 second) private pure {
        if ((first == 0) == (second == 0)) revert ExactlyOneAmount(first, second);
    }

    function _pull(IERC20 token, uint256 assets) private {
        uint256 before = token.balanceOf(address(this));
        token.safeTransferFrom(msg.sender, address(this), assets);
        uint256 received = token.balanceOf(address(this)) - before;
        if (received < assets) revert ReceivedLess(address(token), received, assets);
    }
}
