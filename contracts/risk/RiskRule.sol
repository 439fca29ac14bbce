// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {ILendingPool} from "../interfaces/ILendingPool.sol";
import {IRiskRules} from "../interfaces/IRiskRules.sol";

/// @title RiskRule
/// @notice A rule that stands on another one. It may give the inner rule other figures than the reserve's
/// (`_figures`), and change what that makes of them (`_weigh`). Without an inner rule, figures count as they are.
/// @dev Whatever a rule books it reads from the pool, so it does no harm that anybody may call its hooks.
abstract contract RiskRule is IRiskRules, Ownable {
    uint256 internal constant BPS = 1e4;
    uint256 internal constant HEALTH_LIMIT_WAD = 1e18;

    /// @notice The pool whose accounts are weighed.
    ILendingPool public immutable pool;
    /// @notice The rule that this one stands on; the zero address: none.
    IRiskRules public immutable inner;

    uint256 private _revision;

    constructor(address owner, ILendingPool pool_, IRiskRules inner_) Ownable(owner) {
        pool = pool_;
        inner = inner_;
    }

    /* WEIGHTS */

    /// @inheritdoc IRiskRules
    function weights(
        address user,
        address asset,
        uint256 base,
        uint256 ltvBps,
        uint256 thresholdBps
    ) external view returns (uint256 ltvWeighted, uint256 thresholdWeighted) {
        (ltvBps, thresholdBps) = _figures(user, asset, ltvBps, thresholdBps);
        if (address(inner) == address(0)) (ltvWeighted, thresholdWeighted) = (base * ltvBps, base * thresholdBps);
        else (ltvWeighted, thresholdWeighted) = inner.weights(user, asset, base, ltvBps, thresholdBps);
        return _weigh(user, asset, base, ltvWeighted, thresholdWeighted);
    }

    /// @inheritdoc IRiskRules
    function bonusBps(address user, address asset, uint256 configuredBps) external view returns (uint256) {
        configuredBps = _bonus(user, asset, configuredBps);
        return address(inner) == address(0) ? configuredBps : inner.bonusBps(user, asset, configuredBps);
    }

    /// @inheritdoc IRiskRules
    function stateKey() external view returns (bytes32) {
        bytes32 below = address(inner) == address(0) ? bytes32(0) : inner.stateKey();
        return keccak256(abi.encode(below, _revision, _timeKey()));
    }

    function _figures(
        address,
        address,
        uint256 ltvBps,
        uint256 thresholdBps
    ) internal view virtual returns (uint256, uint256) {
        return (ltvBps, thresholdBps);
    }

    function _weigh(
        address,
        address,
        uint256,
        uint256 ltvWeighted,
        uint256 thresholdWeighted
    ) internal view virtual returns (uint256, uint256) {
        return (ltvWeighted, thresholdWeighted);
    }

    function _bonus(address, address, uint256 configuredBps) internal view virtual returns (uint256) {
        return configuredBps;
    }

    /// @dev Differs from what it was when time alone has changed a weight.
    function _timeKey() internal view virtual returns (bytes32) {
        return 0;
    }

    /// @dev To be called by what changes weights of more than one account.
    function _revise() internal {
        ++_revision;
    }

    /* HOOKS */

    /// @inheritdoc IRiskRules
    function afterBorrow(address user, address asset) external {
        if (address(inner) != address(0)) inner.afterBorrow(user, asset);
        _afterBorrow(user, asset);
    }

    /// @inheritdoc IRiskRules
    function afterRepay(address user, address asset) external {
        if (address(inner) != address(0)) inner.afterRepay(user, asset);
        _afterRepay(user, asset);
    }

    // solhint-disable no-empty-blocks
    function _afterBorrow(address user, address asset) internal virtual {}

    function _afterRepay(address user, address asset) internal virtual {}

    // solhint-enable no-empty-blocks

    /* CHECKS AND READS */

    function _requireAtMost(bytes32 parameter, uint256 given, uint256 limit) internal pure {
        if (given > limit) revert RuleOutOfRange(parameter, given, limit);
    }

    function _requireHealthy(address user) internal view {
        (, , , , uint256 healthWad) = pool.accountData(user);
        if (healthWad < HEALTH_LIMIT_WAD) revert ILendingPool.HealthFactorTooLow(healthWad, HEALTH_LIMIT_WAD);
    }

    /// @dev Scaled debt of `user` by reserve, in the order of `assets`.
    function _scaledDebts(address user) internal view returns (address[] memory assets, uint256[] memory scaled) {
        address[] memory users = new address[](1);
        users[0] = user;
        assets = pool.reservesList();
        uint256[] memory words = pool.scaledBalances(users);
        scaled = new uint256[](assets.length);
        for (uint256 i = 0; i < assets.length; ++i) scaled[i] = words[assets.length + i];
    }
}
