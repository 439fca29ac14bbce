// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title QuietToken
/// @notice A token that returns nothing from transfers and approvals, as the oldest ones do. For tests of markets.
contract QuietToken {
    string public name;
    string public symbol;
    uint8 public immutable decimals;
    address public immutable owner;
    uint256 public totalSupply;
    mapping(address account => uint256) public balanceOf;
    mapping(address account => mapping(address spender => uint256)) public allowance;

    event Transfer(address indexed from, address indexed to, uint256 amount);

    /// @notice Only the owner mints.
    error NotOwner(address caller);

    constructor(string memory name_, string memory symbol_, uint8 decimals_, address owner_) {
        (name, symbol, decimals, owner) = (name_, symbol_, decimals_, owner_);
    }

    /// @notice Creates tokens.
    function mint(address account, uint256 amount) external {
        if (msg.sender != owner) revert NotOwner(msg.sender);
        totalSupply += amount;
        balanceOf[account] += amount;
        emit Transfer(address(0), account, amount);
    }

    /// @notice Lets `spender` take tokens of the caller.
    function approve(address spender, uint256 amount) external {
        allowance[msg.sender][spender] = amount;
    }

    /// @notice Moves tokens of the caller.
    function transfer(address to, uint256 amount) external {
        _move(msg.sender, to, amount);
    }

    /// @notice Moves tokens that the caller may take.
    function transferFrom(address from, address to, uint256 amount) external {
        allowance[from][msg.sender] -= amount;
        _move(from, to, amount);
    }

    function _move(address from, address to, uint256 amount) private {
        balanceOf[from] -= amount;
        balanceOf[to] += amount;
        emit Transfer(from, to, amount);
    }
}
