"""Borrowers are read again only when needed, and the table is never on the wrong side of health 1."""

from sim.chain.revm import RevmChain
from sim.engine import launch
from sim.protocols.lending import LendingPool
from sim.units import WAD
from tests.scenarios import small_scenario


def _calm(**changes):
    assets = {
        "WETH": {"decimals": 18, "price": {"kind": "constant", "price_usd": 2_000.0}},
        "USDC": {"decimals": 6, "price": {"kind": "constant", "price_usd": 1.0}},
    }
    return small_scenario(assets=assets, agents={}, **changes)


def _count_reads(monkeypatch):
    reads: list[int] = []
    read = LendingPool.read_accounts

    def counting(self, accounts):
        reads.append(len(accounts))
        return read(self, accounts)

    monkeypatch.setattr(LendingPool, "read_accounts", counting)
    return reads


def test_nothing_is_read_again_while_no_price_index_or_balance_matters(artifacts, monkeypatch):
    reads = _count_reads(monkeypatch)
    engine = launch(_calm(), RevmChain(), artifacts)
    assert reads == [12]
    for _ in range(30):
        engine.step()
    assert reads == [12]


def test_a_price_reads_all_and_a_balance_reads_its_owner(artifacts, monkeypatch):
    reads = _count_reads(monkeypatch)
    engine = launch(small_scenario(), RevmChain(), artifacts)
    engine.run()
    prices = {block.feeds["WETH"].price_e8 for block in engine.trace.blocks}
    full, partial = [n for n in reads if n == 12], [n for n in reads if n < 12]
    assert len(full) == len(prices | {2_000 * 10**8}) + 1  # the first read, each new price, the last read
    assert sum(partial) < 12 * len(partial) + 1


def test_every_account_is_on_the_right_side_of_one_after_every_block(artifacts):
    engine = launch(small_scenario(), RevmChain(), artifacts)
    market = engine.world.lending["market"]
    addresses = [engine.world.address(role) for role in engine.world.borrowers["market"]]
    for _ in range(engine.blocks):
        engine.step()
        seen = engine._recorder.markets()["market"]
        for address, truth in zip(addresses, market.read_accounts(addresses), strict=True):
            assert (seen.accounts[address].health_wad < WAD) == (truth.health_wad < WAD)
            assert (address in seen.at_risk) == (truth.health_wad < WAD)


def test_interest_alone_makes_an_account_liquidatable_and_the_table_sees_it(artifacts):
    rates = {"kind": "kinked", "base_rate_bps": 90_000}
    document = {
        "market": {
            "reserves": {
                "WETH": {},
                "USDC": {
                    "ltv_bps": 0,
                    "liquidation_threshold_bps": 0,
                    "liquidation_bonus_bps": 0,
                    "supply_tokens": 3_000_000,
                    "rates": rates,
                },
            }
        }
    }
    engine = launch(
        _calm(lending=document, insurance={}, clock={"block_time_s": 14_400, "blocks": 40}), RevmChain(), artifacts
    )
    market = engine.world.lending["market"]
    addresses = [engine.world.address(role) for role in engine.world.borrowers["market"]]
    crossed = False
    for _ in range(engine.blocks):
        engine.step()
        seen = engine._recorder.markets()["market"]
        below = tuple(
            address
            for address, state in zip(addresses, market.read_accounts(addresses), strict=True)
            if state.health_wad < WAD
        )
        assert seen.at_risk == below
        crossed = crossed or bool(below)
    assert crossed
