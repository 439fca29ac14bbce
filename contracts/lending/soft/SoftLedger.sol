// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuard} from "@openzeppelin/contracts/utils/ReentrancyGuard.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IInsuranceFund} from "../../interfaces/IInsuranceFund.sol";
import {ILossPolicy, LossBearer} from "../../interfaces/ILossPolicy.sol";
import {IRateModel, RateContext} from "../../interfaces/IRateModel.sol";
import {ISoftLiquidationMarket} from "../../interfaces/ISoftLiquidationMarket.sol";
import {BpsMath} from "../../libraries/BpsMath.sol";
import {InterestLib} from "../../libraries/InterestLib.sol";
import {RayMath} from "../../libraries/RayMath.sol";

/// @title SoftLedger
/// @notice Books of a market with one borrowed asset: lenders' shares, debt by an index, interest, losses.
abstract contract SoftLedger is ISoftLiquidationMarket, ReentrancyGuard, Ownable {
    using RayMath for uint256;
    using SafeERC20 for IERC20;

    /// @dev Shares and assets that exist beside those of lenders, so that a share cannot be made dear.
    uint256 private constant VIRTUAL_SHARES = 1e6;
    uint256 private constant VIRTUAL_ASSETS = 1;
    /// @dev One basis point in ray.
    uint256 private constant BP_RAY = 1e23;

    IERC20 internal immutable _borrowed;
    uint256 internal immutable _reserveFactorBps;
    uint256 internal immutable _yearlyRateBps;
    IRateModel internal immutable _rateModel;
    ILossPolicy internal immutable _lossPolicy;

    address public insuranceFund;
    uint256 internal _cash;
    uint256 internal _deficit;
    uint256 internal _totalShares;
    uint256 internal _totalScaledDebt;
    uint128 private _borrowIndexRay = uint128(RayMath.RAY);
    uint128 internal _borrowRateRay;
    uint256 private _accruedAt;
    mapping(address lender => uint256) internal _shares;
    mapping(address user => uint256) internal _scaledDebt;

    constructor(
        IERC20 borrowed,
        uint256 reserveFactorBps,
        uint256 yearlyRateBps,
        IRateModel rateModel,
        ILossPolicy lossPolicy
    ) {
        _borrowed = borrowed;
        _reserveFactorBps = reserveFactorBps;
        _yearlyRateBps = yearlyRateBps;
        _rateModel = rateModel;
        _lossPolicy = lossPolicy;
        _accruedAt = block.timestamp;
    }

    /* INTEREST */

    function _indexNow() internal view returns (uint256 indexRay) {
        indexRay = _borrowIndexRay;
        uint256 elapsedS = block.timestamp - _accruedAt;
        if (elapsedS != 0 && _totalScaledDebt != 0) {
            indexRay = indexRay.rayMulUp(InterestLib.compoundFactorRayUp(_borrowRateRay, elapsedS));
        }
    }

    /// @dev Index, and shares with those that the owner gets for the interest since the last action.
    function _booksNow() internal view returns (uint256 indexRay, uint256 ownerShares, uint256 assets) {
        indexRay = _indexNow();
        uint256 debt = _totalScaledDebt.rayMulDown(indexRay);
        assets = _cash + _deficit + debt;
        uint256 interest = debt - _totalScaledDebt.rayMulDown(_borrowIndexRay);
        uint256 fee = BpsMath.bpsMulDown(interest, _reserveFactorBps);
        if (fee != 0) ownerShares = _toSharesDown(fee, assets - fee, _totalShares);
    }

    /// @dev Writes the interest up to now. Every action begins with it.
    function _accrue() internal {
        if (_accruedAt == block.timestamp) return;
        (uint256 indexRay, uint256 ownerShares, ) = _booksNow();
        _borrowIndexRay = uint128(indexRay);
        _accruedAt = block.timestamp;
        if (ownerShares != 0) {
            _shares[owner()] += ownerShares;
            _totalShares += ownerShares;
        }
    }

    /// @dev Sets the rate from the books as they are. Every action ends with it.
    function _updateRate() internal {
        (uint256 borrowRateRay, uint256 supplyRateRay) = (_yearlyRateBps * BP_RAY, 0);
        if (address(_rateModel) != address(0)) {
            (borrowRateRay, supplyRateRay) = _rateModel.rates(_rateContext());
        }
        _borrowRateRay = uint128(borrowRateRay);
        (uint256 liquidityIndexRay, uint256 indexRay, uint256 supplyRate, uint256 rate) = indexes();
        emit ReserveUpdated(address(_borrowed), liquidityIndexRay, indexRay, supplyRate, rate);
    }

    function _rateContext() private view returns (RateContext memory) {
        uint256 indexRay = _borrowIndexRay;
        return
            RateContext({
                asset: address(_borrowed),
                cash: _cash,
                debtUpAssets: _totalScaledDebt.rayMulUp(indexRay),
                debtDownAssets: _totalScaledDebt.rayMulDown(indexRay),
                unbackedAssets: _deficit,
                suppliedAssets: _cash + _deficit + _totalScaledDebt.rayMulUp(indexRay),
                reserveFactorBps: _reserveFactorBps
            });
    }

    /// @inheritdoc ISoftLiquidationMarket
    function indexes()
        public
        view
        returns (uint256 liquidityIndexRay, uint256 borrowIndexRay, uint256 supplyRateRay, uint256 borrowRateRay)
    {
        uint256 ownerShares;
        uint256 assets;
        (borrowIndexRay, ownerShares, assets) = _booksNow();
        liquidityIndexRay = Math.mulDiv(
            assets + VIRTUAL_ASSETS,
            RayMath.RAY * VIRTUAL_SHARES,
            _totalShares + ownerShares + VIRTUAL_SHARES
        );
        borrowRateRay = _borrowRateRay;
        uint256 debt = _totalScaledDebt.rayMulDown(borrowIndexRay);
        if (debt == 0) return (liquidityIndexRay, borrowIndexRay, 0, borrowRateRay);
        supplyRateRay = BpsMath.bpsMulDown(
            Math.mulDiv(borrowRateRay, debt, assets),
            BpsMath.BPS - _reserveFactorBps
        );
    }

    /* LENDERS */

    /// @inheritdoc ISoftLiquidationMarket
    function supply(uint256 assets, address onBehalfOf) external nonReentrant returns (uint256 shares) {
        _accrue();
        (, , uint256 total) = _booksNow();
        shares = _toSharesDown(assets, total, _totalShares);
        if (shares == 0) revert AmountRoundsToZero(address(_borrowed), assets);
        _shares[onBehalfOf] += shares;
        _totalShares += shares;
        _cash += assets;
        _pull(_borrowed, assets);
        _emitSupplied(_borrowed, onBehalfOf, assets);
        _updateRate();
    }

    /// @inheritdoc ISoftLiquidationMarket
    function withdraw(uint256 assets, address to) external nonReentrant returns (uint256 withdrawn) {
        _accrue();
        (, , uint256 total) = _booksNow();
        uint256 held = _shares[msg.sender];
        uint256 available = _toAssetsDown(held, total, _totalShares);
        withdrawn = assets == type(uint256).max ? available : assets;
        if (withdrawn > available) revert InsufficientSupply(withdrawn, available);
        if (withdrawn == 0) revert AmountRoundsToZero(address(_borrowed), assets);
        uint256 shares = withdrawn == available ? held : _toSharesUp(withdrawn, total, _totalShares);
        _shares[msg.sender] = held - shares;
        _totalShares -= shares;
        _takeCash(withdrawn);
        _send(_borrowed, msg.sender, to, withdrawn);
        _updateRate();
    }

    function _toSharesDown(uint256 assets, uint256 total, uint256 shares) private pure returns (uint256) {
        return Math.mulDiv(assets, shares + VIRTUAL_SHARES, total + VIRTUAL_ASSETS);
    }

    function _toSharesUp(uint256 assets, uint256 total, uint256 shares) private pure returns (uint256) {
        return Math.mulDiv(assets, shares + VIRTUAL_SHARES, total + VIRTUAL_ASSETS, Math.Rounding.Ceil);
    }

    function _toAssetsDown(uint256 shares, uint256 total, uint256 allShares) private pure returns (uint256) {
        return Math.mulDiv(shares, total + VIRTUAL_ASSETS, allShares + VIRTUAL_SHARES);
    }

    /* BOOKING: the books must be accrued */

    function _mintDebt(address user, uint256 assets) internal {
        uint256 scaled = assets.rayDivUp(_borrowIndexRay);
        _scaledDebt[user] += scaled;
        _totalScaledDebt += scaled;
    }

    /// @dev `debt` is the whole debt of `user`; `assets` equal to it leave nothing.
    function _burnDebt(address user, uint256 assets, uint256 debt) internal {
        uint256 scaled = assets == debt ? _scaledDebt[user] : assets.rayDivDown(_borrowIndexRay);
        _scaledDebt[user] -= scaled;
        _totalScaledDebt -= scaled;
    }

    /// @dev `reported` of the `covered` assets is what the event names: a liquidator's part has an event of its own.
    function _bookRepayment(
        address user,
        address payer,
        uint256 covered,
        uint256 reported,
        uint256 debt
    ) internal {
        _cash += covered;
        _burnDebt(user, covered, debt);
        if (reported != 0) emit Repaid(address(_borrowed), user, payer, reported);
    }

    function _takeCash(uint256 assets) internal {
        if (assets > _cash) revert InsufficientCash(assets, _cash);
        _cash -= assets;
    }

    function _pull(IERC20 token, uint256 assets) internal {
        if (assets == 0) return;
        uint256 before = token.balanceOf(address(this));
        token.safeTransferFrom(msg.sender, address(this), assets);
        uint256 received = token.balanceOf(address(this)) - before;
        if (received != assets) revert TransferShort(address(token), received, assets);
    }

    function _send(IERC20 token, address user, address to, uint256 assets) internal {
        token.safeTransfer(to, assets);
        emit Withdrawn(address(token), user, to, assets);
    }

    function _emitSupplied(IERC20 token, address user, uint256 assets) internal {
        emit Supplied(address(token), user, msg.sender, assets);
    }

    /* LOSSES */

    /// @inheritdoc ISoftLiquidationMarket
    function setInsuranceFund(address fund) external onlyOwner {
        if (fund != address(0)) {
            address held = IInsuranceFund(fund).asset();
            if (held != address(_borrowed)) revert AssetMismatch(address(_borrowed), held);
        }
        insuranceFund = fund;
        emit InsuranceFundSet(fund);
    }

    /// @dev Writes off `loss` of `user`'s `debt` with nothing left behind it, unless the policy leaves it there.
    /// Insurance comes first; the rest is a deficit, or at once a loss of all lenders.
    function _bookLoss(address user, uint256 loss, uint256 debt) internal {
        if (loss == 0 || _bearer(loss) == LossBearer.Account) return;
        _burnDebt(user, loss, debt);
        _deficit += loss;
        emit DeficitCreated(user, address(_borrowed), loss);
        uint256 left = loss - _drawInsurance(loss);
        if (left == 0 || _bearer(left) != LossBearer.Suppliers) return;
        _deficit -= left;
        (uint256 liquidityIndexRay, , , ) = indexes();
        emit LossSocialised(address(_borrowed), left, liquidityIndexRay);
    }

    function _bearer(uint256 loss) private view returns (LossBearer) {
        if (address(_lossPolicy) == address(0)) return LossBearer.Deficit;
        (, , uint256 assets) = _booksNow();
        return _lossPolicy.bearer(address(_borrowed), loss, assets);
    }

    /// @dev The fund may give less than asked, down to nothing; what arrived counts.
    function _drawInsurance(uint256 loss) private returns (uint256 received) {
        address fund = insuranceFund;
        if (fund == address(0)) return 0;
        uint256 before = _borrowed.balanceOf(address(this));
        IInsuranceFund(fund).coverDeficit(address(_borrowed), loss);
        received = Math.min(_borrowed.balanceOf(address(this)) - before, loss);
        _payDeficit(fund, received);
    }

    function _payDeficit(address payer, uint256 assets) private {
        if (assets == 0) return;
        _deficit -= assets;
        _cash += assets;
        emit DeficitCovered(address(_borrowed), payer, assets);
    }

    /// @inheritdoc ISoftLiquidationMarket
    function coverDeficit(uint256 assets) external nonReentrant returns (uint256 covered) {
        _accrue();
        covered = Math.min(assets, _deficit);
        _pull(_borrowed, covered);
        _payDeficit(msg.sender, covered);
        _updateRate();
    }

    /* VIEWS */

    /// @inheritdoc ISoftLiquidationMarket
    function debtOf(address user) public view returns (uint256) {
        return _scaledDebt[user].rayMulUp(_indexNow());
    }

    /// @inheritdoc ISoftLiquidationMarket
    function supplyOf(address lender) external view returns (uint256) {
        (, uint256 ownerShares, uint256 assets) = _booksNow();
        uint256 shares = _shares[lender] + (lender == owner() ? ownerShares : 0);
        return _toAssetsDown(shares, assets, _totalShares + ownerShares);
    }

    /// @inheritdoc ISoftLiquidationMarket
    function totals() external view returns (uint256, uint256, uint256) {
        return (_cash, _totalScaledDebt.rayMulDown(_indexNow()), _deficit);
    }
}
