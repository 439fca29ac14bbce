// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IERC3156FlashBorrower} from "@openzeppelin/contracts/interfaces/IERC3156FlashBorrower.sol";
import {IERC3156FlashLender} from "@openzeppelin/contracts/interfaces/IERC3156FlashLender.sol";
import {IAggregatorV3} from "../interfaces/IAggregatorV3.sol";
import {IInsuranceFund} from "../interfaces/IInsuranceFund.sol";
import {ILendingPool, ReserveConfig, ReserveState} from "../interfaces/ILendingPool.sol";
import {ILiquidationTerms} from "../interfaces/ILiquidationTerms.sol";
import {ILossPolicy} from "../interfaces/ILossPolicy.sol";
import {IRiskRules} from "../interfaces/IRiskRules.sol";
import {BpsMath} from "../libraries/BpsMath.sol";
import {ExactTransfer} from "../libraries/ExactTransfer.sol";
import {AccountSums, HealthLib} from "../libraries/HealthLib.sol";
import {RayMath} from "../libraries/RayMath.sol";
import {ExecutionDesk} from "./ExecutionDesk.sol";
import {LiquidationEngine} from "./LiquidationEngine.sol";

/// @title LendingPool
/// @notice See `ILendingPool`. Books live in `ReserveLedger`, prices and health in `AccountHealth`,
/// losses in `LossAllocation`, liquidation in `LiquidationEngine` and `ExecutionDesk`; configuration, everyday actions, flash loans and views are here.
contract LendingPool is ExecutionDesk {
    using HealthLib for AccountSums;
    using RayMath for uint256;
    using ExactTransfer for IERC20;
    using SafeERC20 for IERC20;

    bytes32 private constant CALLBACK_SUCCESS = keccak256("ERC3156FlashBorrower.onFlashLoan");
    uint256 private constant MAX_DECIMALS = 18;

    /// @inheritdoc ILendingPool
    uint16 public immutable flashFeeBps;

    constructor(
        address owner,
        ILiquidationTerms terms_,
        uint16 flashFeeBps_
    ) Ownable(owner) LiquidationEngine(terms_) {
        _requireAtMost("flashFeeBps", flashFeeBps_, BpsMath.BPS);
        flashFeeBps = flashFeeBps_;
    }

    /* CONFIGURATION */

    // solhint-disable gas-calldata-parameters
    // One decoder and one encoder for the struct: from calldata there would be two of each, 500 bytes of code.

    /// @inheritdoc ILendingPool
    function addReserve(address asset, ReserveConfig memory config, bool allowToxic) external onlyOwner {
        Reserve storage reserve = _reserves[asset];
        if (reserve.liquidityIndexRay != 0) revert ReserveExists(asset);
        uint8 decimals = IERC20Metadata(asset).decimals();
        _requireAtMost("decimals", decimals, MAX_DECIMALS);
        reserve.decimals = decimals;
        reserve.liquidityIndexRay = uint128(RayMath.RAY);
        reserve.borrowIndexRay = uint128(RayMath.RAY);
        reserve.updatedAt = uint40(block.timestamp);
        _reservesList.push(asset);
        _configure(asset, reserve, config, allowToxic);
    }

    /// @inheritdoc ILendingPool
    function setReserveConfig(address asset, ReserveConfig memory config, bool allowToxic) external onlyOwner {
        Reserve storage reserve = _reserve(asset);
        _accrue(asset, reserve);
        _configure(asset, reserve, config, allowToxic);
    }

    // solhint-enable gas-calldata-parameters

    function _configure(
        address asset,
        Reserve storage reserve,
        ReserveConfig memory config,
        bool allowToxic
    ) private {
        _requireAtMost("liquidationThresholdBps", config.liquidationThresholdBps, BpsMath.BPS);
        _requireAtMost("ltvBps", config.ltvBps, config.liquidationThresholdBps);
        _requireAtMost("protocolFeeBps", config.protocolFeeBps, BpsMath.BPS);
        _requireAtMost("reserveFactorBps", config.reserveFactorBps, BpsMath.BPS);
        uint256 bonusBoundBps = terms.bonusBoundBps(config.liquidationBonusBps);
        uint256 product = config.liquidationThresholdBps * (BpsMath.BPS + bonusBoundBps);
        if (product > BpsMath.BPS ** 2 && !allowToxic) revert ToxicConfig(product, BpsMath.BPS ** 2);
        reserve.feedDecimals = IAggregatorV3(config.feed).decimals();
        reserve.config = config;
        emit ReserveConfigured(asset, config, allowToxic);
        _updateRates(asset, reserve);
    }

    /// @inheritdoc ILendingPool
    function setModules(IRiskRules rules, address execution_, ILossPolicy policy) external onlyOwner {
        riskRules = rules;
        execution = execution_;
        lossPolicy = policy;
        emit ModulesSet(address(rules), execution_, address(policy));
    }

    /// @inheritdoc ILendingPool
    function setInsuranceFund(address fund) external onlyOwner {
        address asset = IInsuranceFund(fund).asset();
        (bool registered, , ) = IInsuranceFund(fund).protocolDraws(address(this));
        if (!registered) revert FundNotReady(fund);
        _reserve(asset).insuranceFund = fund;
        emit InsuranceFundSet(asset, fund);
    }

    /// @inheritdoc ILendingPool
    function removeInsuranceFund(address asset) external onlyOwner {
        _reserve(asset).insuranceFund = address(0);
        emit InsuranceFundSet(asset, address(0));
    }

    /// @inheritdoc ILendingPool
    function withdrawTreasury(
        address asset,
        uint256 amount,
        address to
    ) external onlyOwner nonReentrant returns (uint256 withdrawn) {
        Reserve storage reserve = _reserve(asset);
        _accrue(asset, reserve);
        uint256 balance = reserve.treasuryScaled.rayMulDown(reserve.liquidityIndexRay);
        withdrawn = amount == type(uint256).max ? balance : amount;
        if (withdrawn > balance) revert InsufficientBalance(withdrawn, balance);
        uint256 scaled = withdrawn.rayDivUp(reserve.liquidityIndexRay);
        reserve.treasuryScaled -= scaled;
        reserve.totalScaledSupply -= scaled;
        _takeCash(reserve, withdrawn);
        _updateRates(asset, reserve);
        emit TreasuryWithdrawn(asset, to, withdrawn);
        IERC20(asset).safeTransfer(to, withdrawn);
    }

    function _requireAtMost(bytes32 parameter, uint256 given, uint256 limit) private pure {
        if (given > limit) revert ParameterOutOfRange(parameter, given, limit);
    }

    function _requireWithinCap(address asset, uint256 amount, uint256 cap) private pure {
        if (cap != 0 && amount > cap) revert CapExceeded(asset, amount, cap);
    }

    /* SUPPLY AND DEBT */

    /// @inheritdoc ILendingPool
    function supply(address asset, uint256 amount, address onBehalfOf) external nonReentrant {
        Reserve storage reserve = _reserve(asset);
        _accrue(asset, reserve);
        _mintSupply(asset, reserve, onBehalfOf, amount);
        reserve.cash += amount;
        uint256 supplied = reserve.totalScaledSupply.rayMulDown(reserve.liquidityIndexRay);
        _requireWithinCap(asset, supplied, reserve.config.supplyCapAssets);
        _updateRates(asset, reserve);
        emit Supplied(asset, onBehalfOf, msg.sender, amount);
        IERC20(asset).pull(msg.sender, amount);
    }

    /// @inheritdoc ILendingPool
    function withdraw(
        address asset,
        uint256 amount,
        address to
    ) external nonReentrant returns (uint256 withdrawn) {
        Reserve storage reserve = _reserve(asset);
        _accrue(asset, reserve);
        uint256 balance = _supplyOf(reserve, msg.sender);
        withdrawn = amount == type(uint256).max ? balance : amount;
        if (withdrawn > balance) revert InsufficientBalance(withdrawn, balance);
        _burnSupply(asset, reserve, msg.sender, withdrawn);
        _takeCash(reserve, withdrawn);
        if (reserve.config.liquidationThresholdBps != 0) _requireHealthy(msg.sender);
        _updateRates(asset, reserve);
        emit Withdrawn(asset, msg.sender, to, withdrawn);
        IERC20(asset).safeTransfer(to, withdrawn);
    }

    /// @inheritdoc ILendingPool
    function borrow(address asset, uint256 amount) external nonReentrant {
        Reserve storage reserve = _reserve(asset);
        if (!reserve.config.borrowable) revert NotBorrowable(asset);
        _accrue(asset, reserve);
        _mintDebt(asset, reserve, msg.sender, amount);
        _takeCash(reserve, amount);
        _requireWithinLtv(msg.sender);
        uint256 debt = reserve.totalScaledDebt.rayMulUp(reserve.borrowIndexRay);
        _requireWithinCap(asset, debt, reserve.config.borrowCapAssets);
        if (address(riskRules) != address(0)) riskRules.afterBorrow(msg.sender, asset);
        _updateRates(asset, reserve);
        emit Borrowed(asset, msg.sender, amount);
        IERC20(asset).safeTransfer(msg.sender, amount);
    }

    /// @inheritdoc ILendingPool
    function repay(
        address asset,
        uint256 amount,
        address onBehalfOf
    ) external nonReentrant returns (uint256 repaid) {
        Reserve storage reserve = _reserve(asset);
        _accrue(asset, reserve);
        uint256 debt = _debtOf(reserve, onBehalfOf);
        if (debt == 0) revert NoDebt(asset, onBehalfOf);
        repaid = amount < debt ? amount : debt;
        _burnDebt(asset, reserve, onBehalfOf, repaid, debt);
        reserve.cash += repaid;
        _afterRepay(onBehalfOf, asset);
        _updateRates(asset, reserve);
        emit Repaid(asset, onBehalfOf, msg.sender, repaid);
        IERC20(asset).pull(msg.sender, repaid);
    }

    /// @inheritdoc ILendingPool
    function coverDeficit(address asset, uint256 amount) external nonReentrant {
        Reserve storage reserve = _reserve(asset);
        _accrue(asset, reserve);
        if (amount == 0) revert AmountRoundsToZero(asset, amount);
        if (amount > reserve.deficit) revert ExceedsDeficit(amount, reserve.deficit);
        _payDeficit(asset, reserve, msg.sender, amount);
        IERC20(asset).pull(msg.sender, amount);
    }

    /* FLASH LOANS */

    /// @inheritdoc IERC3156FlashLender
    function maxFlashLoan(address token) external view returns (uint256) {
        return _reserves[token].cash;
    }

    /// @inheritdoc IERC3156FlashLender
    function flashFee(address token, uint256 amount) public view returns (uint256) {
        _reserve(token);
        return BpsMath.bpsMulUp(amount, flashFeeBps);
    }

    /// @inheritdoc IERC3156FlashLender
    /// @dev The guard is checked but not held, so that the borrower may act on the pool: what is lent is out of
    /// the cash meanwhile, no claim on it is made, and no time passes.
    function flashLoan(
        IERC3156FlashBorrower receiver,
        address token,
        uint256 amount,
        bytes calldata data
    ) external nonReentrantView returns (bool) {
        Reserve storage reserve = _reserve(token);
        uint256 fee = flashFee(token, amount);
        _accrue(token, reserve);
        _takeCash(reserve, amount);
        IERC20(token).safeTransfer(address(receiver), amount);
        bytes32 answer = receiver.onFlashLoan(msg.sender, token, amount, fee, data);
        if (answer != CALLBACK_SUCCESS) revert FlashCallbackFailed(address(receiver), answer);
        IERC20(token).pull(address(receiver), amount + fee);
        reserve.cash += amount + fee;
        _creditTreasury(reserve, fee);
        _updateRates(token, reserve);
        emit FlashLoan(address(receiver), token, amount, fee);
        return true;
    }

    /* VIEWS */

    /// @inheritdoc ILendingPool
    function insuranceFund(address asset) external view returns (address) {
        return _reserve(asset).insuranceFund;
    }

    /// @inheritdoc ILendingPool
    function reservesList() external view returns (address[] memory) {
        return _reservesList;
    }

    /// @inheritdoc ILendingPool
    function reserveConfig(address asset) external view returns (ReserveConfig memory) {
        return _reserve(asset).config;
    }

    /// @inheritdoc ILendingPool
    function reserveState(address asset) external view returns (ReserveState memory state) {
        Reserve storage reserve = _reserve(asset);
        Accrual memory accrual = _accrual(reserve);
        state.liquidityIndexRay = accrual.liquidityIndexRay;
        state.borrowIndexRay = accrual.borrowIndexRay;
        state.supplyRateRay = reserve.supplyRateRay;
        state.borrowRateRay = reserve.borrowRateRay;
        state.cash = reserve.cash;
        state.totalSupplied = accrual.totalScaledSupply.rayMulDown(accrual.liquidityIndexRay);
        state.totalDebt = reserve.totalScaledDebt.rayMulUp(accrual.borrowIndexRay);
        state.deficit = accrual.deficit;
        state.claims = reserve.claims;
        state.treasuryAccrued = accrual.treasuryScaled.rayMulDown(accrual.liquidityIndexRay);
        (state.priceBase, state.priceUpdatedAt) = _lastPriceBase(reserve);
    }

    /// @inheritdoc ILendingPool
    function priceBase(address asset) external view returns (uint256) {
        return _priceBase(asset, _reserve(asset));
    }

    /// @inheritdoc ILendingPool
    function accountData(
        address user
    )
        external
        view
        returns (
            uint256 collateralBase,
            uint256 debtBase,
            uint256 ltvBps,
            uint256 liquidationThresholdBps,
            uint256 healthFactorWad
        )
    {
        AccountSums memory sums = _accountSums(user);
        collateralBase = sums.collateralBase;
        debtBase = sums.debtBase;
        ltvBps = HealthLib.averageBpsDown(sums.ltvWeighted, collateralBase);
        liquidationThresholdBps = HealthLib.averageBpsDown(sums.thresholdWeighted, collateralBase);
        healthFactorWad = sums.healthFactorWadDown();
    }

    /// @inheritdoc ILendingPool
    function supplyBalance(address asset, address user) external view returns (uint256) {
        return _supplyOf(_reserve(asset), user);
    }

    /// @inheritdoc ILendingPool
    function debtBalance(address asset, address user) external view returns (uint256) {
        return _debtOf(_reserve(asset), user);
    }

    /// @inheritdoc ILendingPool
    function scaledBalances(address[] calldata users) external view returns (uint256[] memory words) {
        uint256 count = _reservesList.length;
        words = new uint256[](users.length * count * 2);
        for (uint256 i = 0; i < count; ++i) {
            Reserve storage reserve = _reserves[_reservesList[i]];
            for (uint256 k = 0; k < users.length; ++k) {
                uint256 at = k * count * 2 + i;
                words[at] = reserve.scaledSupply[users[k]];
                words[at + count] = reserve.scaledDebt[users[k]];
            }
        }
    }
}
