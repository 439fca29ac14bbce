// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC3156FlashBorrower} from "@openzeppelin/contracts/interfaces/IERC3156FlashBorrower.sol";
import {IERC3156FlashLender} from "@openzeppelin/contracts/interfaces/IERC3156FlashLender.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuard} from "@openzeppelin/contracts/utils/ReentrancyGuard.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IConcentratedFlashLender} from "../interfaces/IConcentratedFlashLender.sol";
import {IConcentratedPool} from "../interfaces/IConcentratedPool.sol";

/// @title ConcentratedFlashLender
/// @notice See `IConcentratedFlashLender`.
contract ConcentratedFlashLender is IConcentratedFlashLender, ReentrancyGuard {
    using SafeERC20 for IERC20;

    bytes32 private constant CALLBACK_SUCCESS = keccak256("ERC3156FlashBorrower.onFlashLoan");
    /// @dev A pool's fee is in hundredths of a bp.
    uint256 private constant FEE_SCALE = 1_000_000;

    /// @dev A loan on its way through the pool.
    struct Loan {
        IERC3156FlashBorrower receiver;
        address initiator;
        address token;
        uint256 amount;
        bytes data;
    }

    /// @inheritdoc IConcentratedFlashLender
    IConcentratedPool public immutable pool;

    address private immutable _token0;
    address private immutable _token1;
    uint256 private immutable _fee;

    /// @param pool_ The pool that lends.
    constructor(IConcentratedPool pool_) {
        pool = pool_;
        _token0 = pool_.token0();
        _token1 = pool_.token1();
        _fee = pool_.fee();
    }

    /// @inheritdoc IERC3156FlashLender
    function maxFlashLoan(address token) public view returns (uint256) {
        if (!_isSupported(token) || pool.liquidity() == 0) return 0;
        return IERC20(token).balanceOf(address(pool));
    }

    /// @inheritdoc IERC3156FlashLender
    function flashFee(address token, uint256 amount) public view returns (uint256) {
        if (!_isSupported(token)) revert UnsupportedToken(token);
        return Math.mulDiv(amount, _fee, FEE_SCALE, Math.Rounding.Ceil);
    }

    /// @inheritdoc IERC3156FlashLender
    function flashLoan(
        IERC3156FlashBorrower receiver,
        address token,
        uint256 amount,
        bytes calldata data
    ) external nonReentrant returns (bool) {
        uint256 fee = flashFee(token, amount);
        uint256 available = maxFlashLoan(token);
        if (amount > available) revert ExceedsMaxLoan(amount, available);
        (uint256 amount0, uint256 amount1) = token == _token0 ? (amount, uint256(0)) : (uint256(0), amount);
        bytes memory loan = abi.encode(Loan(receiver, msg.sender, token, amount, data));
        pool.flash(address(receiver), amount0, amount1, loan);
        emit FlashLoan(address(receiver), token, amount, fee);
        return true;
    }

    /// @inheritdoc IConcentratedFlashLender
    function uniswapV3FlashCallback(uint256 fee0, uint256 fee1, bytes calldata data) external {
        if (msg.sender != address(pool) || !_reentrancyGuardEntered()) revert UnexpectedCallback(msg.sender);
        Loan memory loan = abi.decode(data, (Loan));
        uint256 fee = loan.token == _token0 ? fee0 : fee1;
        bytes32 answer = loan.receiver.onFlashLoan(loan.initiator, loan.token, loan.amount, fee, loan.data);
        if (answer != CALLBACK_SUCCESS) revert FlashCallbackFailed(address(loan.receiver), answer);
        IERC20(loan.token).safeTransferFrom(address(loan.receiver), msg.sender, loan.amount + fee);
    }

    function _isSupported(address token) private view returns (bool) {
        return token == _token0 || token == _token1;
    }
}
