// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuard} from "@openzeppelin/contracts/utils/ReentrancyGuard.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IConstantProductPool} from "../interfaces/IConstantProductPool.sol";
import {IUniswapV2Callee} from "../interfaces/IUniswapV2Callee.sol";
import {ConstantProductLib} from "../libraries/ConstantProductLib.sol";
import {UQ112x112} from "../libraries/UQ112x112.sol";

/// @title ConstantProductPool
/// @notice A pair of tokens traded along x·y = k, equal to Uniswap V2 to the wei.
contract ConstantProductPool is IConstantProductPool, ERC20, Ownable, ReentrancyGuard {
    using SafeERC20 for IERC20;

    /// @inheritdoc IConstantProductPool
    uint256 public constant MINIMUM_LIQUIDITY = ConstantProductLib.MINIMUM_LIQUIDITY;
    /// @inheritdoc IConstantProductPool
    address public constant SHARE_LOCK = 0x000000000000000000000000000000000000dEaD;

    /// @inheritdoc IConstantProductPool
    address public immutable token0;
    /// @inheritdoc IConstantProductPool
    address public immutable token1;
    /// @inheritdoc IConstantProductPool
    uint256 public immutable feeBps;

    uint112 private _reserve0;
    uint112 private _reserve1;
    uint32 private _blockTimestampLast;

    /// @inheritdoc IConstantProductPool
    uint256 public price0CumulativeLast;
    /// @inheritdoc IConstantProductPool
    uint256 public price1CumulativeLast;
    /// @inheritdoc IConstantProductPool
    uint256 public kLast;
    /// @inheritdoc IConstantProductPool
    address public feeTo;

    /// @param token0_ The first token.
    /// @param token1_ The second token; differs from the first.
    /// @param feeBps_ Swap fee on the input in basis points; below 10_000.
    /// @param owner_ Who may set the recipient of the protocol fee.
    constructor(
        address token0_,
        address token1_,
        uint256 feeBps_,
        address owner_
    ) ERC20("Constant Product Shares", "CPS") Ownable(owner_) {
        if (token0_ == token1_ || token0_ == address(0) || token1_ == address(0)) {
            revert InvalidTokens(token0_, token1_);
        }
        if (feeBps_ >= ConstantProductLib.BPS) revert FeeTooHigh(feeBps_, ConstantProductLib.BPS - 1);
        token0 = token0_;
        token1 = token1_;
        feeBps = feeBps_;
    }

    /* LIQUIDITY */

    /// @inheritdoc IConstantProductPool
    function mint(address to) external nonReentrant returns (uint256 shares) {
        (uint112 reserve0, uint112 reserve1, ) = getReserves();
        uint112 balance0 = _reservable(_balanceOf(token0));
        uint112 balance1 = _reservable(_balanceOf(token1));
        uint256 amount0 = balance0 - reserve0;
        uint256 amount1 = balance1 - reserve1;

        bool feeOn = _mintProtocolFee(reserve0, reserve1);
        uint256 totalShares = totalSupply();
        if (totalShares == 0) {
            shares = ConstantProductLib.initialSharesDown(amount0, amount1);
            _mint(SHARE_LOCK, MINIMUM_LIQUIDITY);
        } else {
            shares = ConstantProductLib.sharesDown(amount0, amount1, reserve0, reserve1, totalShares);
        }
        if (shares == 0) revert InsufficientLiquidityMinted(amount0, amount1);
        _mint(to, shares);

        _update(balance0, balance1, reserve0, reserve1);
        if (feeOn) kLast = uint256(balance0) * balance1;
        emit Mint(msg.sender, amount0, amount1);
    }

    /// @inheritdoc IConstantProductPool
    function burn(address to) external nonReentrant returns (uint256 amount0, uint256 amount1) {
        (uint112 reserve0, uint112 reserve1, ) = getReserves();
        uint256 shares = balanceOf(address(this));

        bool feeOn = _mintProtocolFee(reserve0, reserve1);
        uint256 totalShares = totalSupply();
        // Of the balances and not of the reserves: a donation is shared out too.
        amount0 = ConstantProductLib.assetsDown(shares, _balanceOf(token0), totalShares);
        amount1 = ConstantProductLib.assetsDown(shares, _balanceOf(token1), totalShares);
        if (amount0 == 0 || amount1 == 0) revert InsufficientLiquidityBurned(amount0, amount1);
        _burn(address(this), shares);
        IERC20(token0).safeTransfer(to, amount0);
        IERC20(token1).safeTransfer(to, amount1);

        uint112 balance0 = _reservable(_balanceOf(token0));
        uint112 balance1 = _reservable(_balanceOf(token1));
        _update(balance0, balance1, reserve0, reserve1);
        if (feeOn) kLast = uint256(balance0) * balance1;
        emit Burn(msg.sender, amount0, amount1, to);
    }

    /* TRADING */

    /// @inheritdoc IConstantProductPool
    function swap(uint256 amount0Out, uint256 amount1Out, address to, bytes calldata data) external nonReentrant {
        if (amount0Out == 0 && amount1Out == 0) revert ZeroOutput();
        (uint112 reserve0, uint112 reserve1, ) = getReserves();
        if (amount0Out >= reserve0) revert InsufficientLiquidity(amount0Out, reserve0);
        if (amount1Out >= reserve1) revert InsufficientLiquidity(amount1Out, reserve1);
        if (to == token0 || to == token1) revert InvalidRecipient(to);

        if (amount0Out > 0) IERC20(token0).safeTransfer(to, amount0Out);
        if (amount1Out > 0) IERC20(token1).safeTransfer(to, amount1Out);
        if (data.length > 0) IUniswapV2Callee(to).uniswapV2Call(msg.sender, amount0Out, amount1Out, data);

        (uint256 amount0In, uint256 amount1In) = _settle(amount0Out, amount1Out, reserve0, reserve1);
        emit Swap(msg.sender, amount0In, amount1In, amount0Out, amount1Out, to);
    }

    /// @dev Finds what came in, checks that it pays for what went out, and writes the reserves.
    function _settle(
        uint256 amount0Out,
        uint256 amount1Out,
        uint112 reserve0,
        uint112 reserve1
    ) private returns (uint256 amount0In, uint256 amount1In) {
        uint112 balance0 = _reservable(_balanceOf(token0));
        uint112 balance1 = _reservable(_balanceOf(token1));
        amount0In = Math.saturatingSub(balance0, reserve0 - amount0Out);
        amount1In = Math.saturatingSub(balance1, reserve1 - amount1Out);
        if (amount0In == 0 && amount1In == 0) revert ZeroInput();
        (uint256 kAfter, uint256 kBefore) = ConstantProductLib.scaledProducts(
            balance0,
            balance1,
            amount0In,
            amount1In,
            reserve0,
            reserve1,
            feeBps
        );
        if (kAfter < kBefore) revert InvariantDecreased(kAfter, kBefore);
        _update(balance0, balance1, reserve0, reserve1);
    }

    /* BALANCES AND RESERVES */

    /// @inheritdoc IConstantProductPool
    function skim(address to) external nonReentrant {
        IERC20(token0).safeTransfer(to, _balanceOf(token0) - _reserve0);
        IERC20(token1).safeTransfer(to, _balanceOf(token1) - _reserve1);
    }

    /// @inheritdoc IConstantProductPool
    function sync() external nonReentrant {
        _update(_reservable(_balanceOf(token0)), _reservable(_balanceOf(token1)), _reserve0, _reserve1);
    }

    /// @inheritdoc IConstantProductPool
    function getReserves() public view returns (uint112 reserve0, uint112 reserve1, uint32 blockTimestampLast) {
        return (_reserve0, _reserve1, _blockTimestampLast);
    }

    /// @dev Accrues the cumulative prices at the old reserves, once a block, and writes the new ones.
    function _update(uint112 balance0, uint112 balance1, uint112 reserve0, uint112 reserve1) private {
        uint32 blockTimestamp = uint32(block.timestamp);
        unchecked {
            // Time wraps at 2³² and the sums at 2²⁵⁶: only differences have a meaning.
            uint32 elapsed = blockTimestamp - _blockTimestampLast;
            if (elapsed > 0 && reserve0 != 0 && reserve1 != 0) {
                price0CumulativeLast += uint256(UQ112x112.fractionDown(reserve1, reserve0)) * elapsed;
                price1CumulativeLast += uint256(UQ112x112.fractionDown(reserve0, reserve1)) * elapsed;
            }
        }
        _reserve0 = balance0;
        _reserve1 = balance1;
        _blockTimestampLast = blockTimestamp;
        emit Sync(balance0, balance1);
    }

    function _reservable(uint256 balance) private pure returns (uint112) {
        if (balance > type(uint112).max) revert BalanceOverflow(balance, type(uint112).max);
        return uint112(balance);
    }

    function _balanceOf(address token) private view returns (uint256) {
        return IERC20(token).balanceOf(address(this));
    }

    /* PROTOCOL FEE */

    /// @inheritdoc IConstantProductPool
    function setFeeTo(address newFeeTo) external onlyOwner {
        emit FeeToSet(feeTo, newFeeTo);
        feeTo = newFeeTo;
    }

    /// @dev Mints the protocol's part of the growth of √k; forgets the last product while the fee is off.
    function _mintProtocolFee(uint112 reserve0, uint112 reserve1) private returns (bool feeOn) {
        address recipient = feeTo;
        feeOn = recipient != address(0);
        uint256 kLast_ = kLast;
        if (kLast_ == 0) return feeOn;
        if (!feeOn) {
            kLast = 0;
            return false;
        }
        uint256 shares = ConstantProductLib.protocolFeeSharesDown(reserve0, reserve1, kLast_, totalSupply());
        if (shares > 0) _mint(recipient, shares);
    }
}
