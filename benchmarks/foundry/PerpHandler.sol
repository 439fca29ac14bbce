// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Candidate, Deleveraging} from "contracts/interfaces/IDeleveraging.sol";
import {IDeleverageStage, RankedAccount} from "contracts/interfaces/IDeleverageStage.sol";

import {IPerpLens} from "contracts/interfaces/IPerpLens.sol";
import {InstrumentConfig, IPerpMarket, PerpTotals} from "contracts/interfaces/IPerpMarket.sol";
import {Base, BaseTest, vm} from "./Base.sol";
import {World} from "./World.sol";

interface IShares {
    function convertToAssets(uint256 shares) external view returns (uint256);
    function totalSupply() external view returns (uint256);
}

/// @notice Traders and a keeper of a market of perpetuals; every function sends one transaction.
contract PerpHandler is Base {
    IPerpMarket private constant MARKET = IPerpMarket(World.MARKET);
    IDeleverageStage private constant STAGE = IDeleverageStage(World.STAGE);
    int256 private constant ANY = type(int256).min;
    address private constant CROSS = address(0);

    constructor() {
        for (uint256 i = 0; i < World.actors().length; ++i) {
            _fund(World.QUOTE, World.actors()[i], 10_000_000e6, World.MARKET);
        }
    }

    function deposit(uint256 who, uint256 amount) external {
        vm.prank(_actor(who));
        MARKET.deposit(_bound(amount, 1e6, 1_000_000e6), _actor(who), CROSS);
    }

    function withdraw(uint256 who, uint256 amount) external {
        vm.prank(_actor(who));
        MARKET.withdraw(_bound(amount, 1e6, 1_000_000e6), CROSS, _actor(who));
    }

    function trade(uint256 who, uint256 size, bool long) external {
        int256 delta = int256(_bound(size, 1e17, 250e18));
        vm.prank(_actor(who));
        MARKET.trade(CROSS, World.BASE, long ? delta : -delta, ANY);
    }

    function settle(uint256 who) external {
        MARKET.settle(_actor(who), CROSS);
    }

    function wait(uint256 blocks) external {
        _wait(_bound(blocks, 1, World.MAX_WAIT_BLOCKS));
        _poke();
    }

    function movePrice(uint256 seed, bool down) public override {
        super.movePrice(seed, down);
        _poke();
    }

    function _poke() private {
        (InstrumentConfig memory config, ) = MARKET.instrumentConfig(World.BASE);
        if (config.mark.due(World.BASE)) config.mark.poke(World.BASE);
    }

    function liquidate(uint256 who) external {
        vm.prank(World.KEEPER);
        MARKET.liquidate(_actor(who), CROSS, World.BASE);
    }

    /// @dev Any order may be brought, the honest one half of the time. Nobody who wins is passed over.
    function liquidateRanked(uint256 who, uint256 seed) external {
        address owner = _actor(who);
        int256 size = MARKET.position(owner, CROSS, World.BASE).sizeWad;
        if (size == 0) return;
        RankedAccount[] memory ranking = _side(size < 0);
        Candidate[] memory before = STAGE.candidates(World.BASE, ranking);
        int256[] memory scores = _scores(before);
        _sort(ranking, before, scores);
        RankedAccount[] memory given = seed % 2 == 0 ? ranking : _shuffled(ranking, seed);
        vm.prank(World.KEEPER);
        STAGE.liquidate(owner, CROSS, World.BASE, given);
        _checkOrder(ranking, before, scores);
    }

    function _side(bool long) private view returns (RankedAccount[] memory ranking) {
        (address[] memory owners, address[] memory slots) = MARKET.holders(World.BASE);
        uint256 count = 0;
        ranking = new RankedAccount[](owners.length);
        for (uint256 i = 0; i < owners.length; ++i) {
            if ((MARKET.position(owners[i], slots[i], World.BASE).sizeWad > 0) != long) continue;
            ranking[count++] = RankedAccount(owners[i], slots[i] != CROSS);
        }
        assembly ("memory-safe") {
            mstore(ranking, count)
        }
    }

    function _scores(Candidate[] memory found) private view returns (int256[] memory) {
        (InstrumentConfig memory config, ) = MARKET.instrumentConfig(World.BASE);
        uint256 markE8 = config.mark.markE8(World.BASE);
        return STAGE.policy().scores(Deleveraging(World.BASE, 1, markE8, markE8, found.length, 0, found));
    }

    /// @dev By score, falling; then by owner, rising.
    function _sort(RankedAccount[] memory r, Candidate[] memory c, int256[] memory s) private pure {
        for (uint256 i = 1; i < r.length; ++i) {
            for (uint256 k = i; k > 0; --k) {
                bool before = s[k] > s[k - 1] || (s[k] == s[k - 1] && r[k].owner < r[k - 1].owner);
                if (!before) break;
                (r[k], r[k - 1]) = (r[k - 1], r[k]);
                (c[k], c[k - 1]) = (c[k - 1], c[k]);
                (s[k], s[k - 1]) = (s[k - 1], s[k]);
            }
        }
    }

    function _shuffled(
        RankedAccount[] memory ranking,
        uint256 seed
    ) private pure returns (RankedAccount[] memory given) {
        given = new RankedAccount[](ranking.length);
        for (uint256 i = 0; i < ranking.length; ++i) given[i] = ranking[i];
        for (uint256 i = given.length; i > 1; --i) {
            uint256 other = uint256(keccak256(abi.encode(seed, i))) % i;
            (given[i - 1], given[other]) = (given[other], given[i - 1]);
        }
    }

    function _checkOrder(
        RankedAccount[] memory ranking,
        Candidate[] memory before,
        int256[] memory scores
    ) private {
        bool passedOver = false;
        for (uint256 i = 0; i < ranking.length; ++i) {
            int256 size = MARKET.position(ranking[i].owner, before[i].slot, World.BASE).sizeWad;
            // A vault's own position also shrinks by what it takes over.
            bool closed = size != before[i].sizeWad && ranking[i].owner.code.length == 0;
            if (closed && passedOver) _break("a winner was passed over");
            if (!closed && scores[i] > 0 && before[i].equityQuote > 1e6) passedOver = true;
        }
    }
}

contract PerpTest is BaseTest {
    uint256 private _sharesQuote;

    function setUp() external {
        _load();
        handler = new PerpHandler();
        if (World.VAULT != address(0)) _sharesQuote = _vaultQuote();
    }

    function _vaultQuote() private view returns (uint256) {
        return IShares(World.VAULT).convertToAssets(IShares(World.VAULT).totalSupply());
    }

    /// @notice All properties in one, so that one campaign looks for all.
    function invariant_all() external {
        _require(bytes(handler.broken()).length == 0, handler.broken());
        _require(_owedQuote() == 0, "owes other than it holds");
        if (World.VAULT == address(0)) return;
        // What lenders put into a vault that takes no positions stays there.
        _require(_vaultQuote() * 100 >= _sharesQuote * 90, "a vault without positions lost money");
    }

    /// @dev Beyond what the market holds.
    function _owedQuote() private view returns (int256 owed) {
        PerpTotals memory totals = IPerpMarket(World.MARKET).totals();
        owed = int256(totals.feesQuote + totals.fundDuesQuote) + totals.fundingPotQuote;
        owed -= int256(totals.heldQuote + totals.badDebtQuote);
        int256[] memory words = IPerpLens(World.LENS).bookWords(IPerpMarket(World.MARKET));
        for (uint256 i = 0; i < words.length; i += 5) owed += words[i + 2] + words[i + 4];
    }
}
