"""The loop: deterministic, complete, and closed."""

import pytest

from sim.chain.revm import RevmChain
from sim.digest import trace_digest
from sim.engine import Engine, launch
from sim.metrics.summary import summarise
from sim.world.opening import WorldError
from tests.scenarios import small_document, small_scenario


def _run(artifacts, scenario):
    return launch(scenario, RevmChain(), artifacts).run()


def test_the_same_seed_gives_the_same_digest_and_another_does_not(artifacts):
    first, second = _run(artifacts, small_scenario()), _run(artifacts, small_scenario())
    assert first.digest == second.digest
    assert _run(artifacts, small_scenario(seed=8)).digest != first.digest


def test_a_reverted_world_runs_again_to_the_same_digest(artifacts):
    chain = RevmChain()
    engine = launch(small_scenario(), chain, artifacts)
    opened = chain.snapshot()
    first = Engine(engine.world).run()
    chain.revert(opened)
    assert Engine(engine.world).run().digest == first.digest


def test_the_digest_depends_on_prices_order_and_logs(artifacts):
    trace = _run(artifacts, small_scenario())
    assert trace_digest(trace) == trace.digest
    trace.transactions[0], trace.transactions[1] = trace.transactions[1], trace.transactions[0]
    assert trace_digest(trace) != trace.digest


def test_every_step_of_the_loop_is_a_real_transaction_with_its_event(artifacts):
    trace = _run(artifacts, small_scenario())
    names = {event.name for event in trace.events}
    assert {"RoundPushed", "Liquidation", "Swap", "Sync", "Transfer", "ReserveUpdated"} <= names
    assert {"report", "liquidate", "arbitrage", "settle"} <= {tx.intent for tx in trace.transactions if tx.ok}
    assert trace.outside_trades
    assert trace.violations == []


def test_roles_stand_for_addresses_everywhere(artifacts):
    trace = _run(artifacts, small_scenario())
    for tx in trace.transactions:
        assert not tx.sender.startswith("0x") and not tx.target.startswith("0x")
    for event in trace.events:
        assert not event.emitter.startswith("0x")
        for value in event.args.values():
            assert not (isinstance(value, str) and len(value) == 42 and value.startswith("0x")), event


def test_a_stopped_feed_reports_nothing_until_its_block(artifacts):
    engine = launch(small_scenario(), RevmChain(), artifacts)
    engine.interruptions.stop_feed("WETH", 30)
    trace = engine.run()
    blocks = [tx.block for tx in trace.transactions if tx.intent == "report" and tx.sender == "reporter-WETH"]
    assert blocks and min(blocks) >= 30


def test_forced_sales_push_the_outside_price_below_its_path(artifacts):
    document = small_document()
    document["population"]["borrowers"] |= {"count": 40, "health_median": 1.05}
    document["venues"]["pool"]["base_tokens"] = 300
    trace = _run(artifacts, small_scenario(**document))
    gaps = [b.outside_e8["WETH"] / b.exogenous_e8["WETH"] for b in trace.blocks]
    assert min(gaps) < 0.999
    metrics = summarise(trace).metrics
    assert metrics["amplification"] > 1


def test_an_agent_added_moves_no_one_else(artifacts):
    document = small_document()
    idle = {"kind": "liquidity_provider", "venue": "pool", "share_bps": 0, "withdraw_below_bps": 10_000}
    more = small_scenario(agents={**document["agents"], "idle": idle})
    before, after = _run(artifacts, small_scenario()), _run(artifacts, more)
    assert [b.outside_e8 for b in before.blocks] == [b.outside_e8 for b in after.blocks]
    assert [(e.name, dict(e.args)) for e in before.events] == [(e.name, dict(e.args)) for e in after.events]


def test_a_position_that_cannot_be_opened_is_one_clear_line(artifacts):
    document = small_document()
    document["population"] = {
        "borrowers": {
            "kind": "explicit",
            "market": "market",
            "accounts": [{"collateral_tokens": {"WETH": 1}, "debt_tokens": {"USDC": 5_000}}],
        }
    }
    with pytest.raises(WorldError, match=r"borrowers/0 calling market\.borrow failed with \w+\(") as caught:
        launch(small_scenario(**document), RevmChain(), artifacts)
    assert "\n" not in str(caught.value)


def test_a_refused_constructor_is_one_clear_line(artifacts):
    market = small_scenario().lending["market"]
    terms = market.terms.model_copy(update={"close_factor_bps": 0})
    scenario = small_scenario().model_copy(
        update={"lending": {"market": market.model_copy(update={"terms": terms})}}
    )
    with pytest.raises(WorldError, match=r"terms-market \(TotalDebtCloseFactor\) failed with TermsOutOfRange\("):
        launch(scenario, RevmChain(), artifacts)


def test_a_rescue_kept_out_by_its_fee_is_tried_and_not_landed(artifacts):
    document = small_document()
    document["population"]["borrowers"] |= {
        "count": 40,
        "health_median": 1.08,
        "rescue": {"share_bps": 10_000, "trigger_health": 1.2, "max_fee_gwei": 25.0},
    }
    crowd = {"gas_per_block": 200_000_000, "fee_gwei": [40.0], "fee_sigma": 0.1}
    kept_out = small_scenario(**document, block_space={"base_fee_moves": False, "demand": crowd})
    metrics = summarise(_run(artifacts, kept_out)).metrics
    assert metrics["rescues_tried"] > 0 and metrics["rescues_landed"] == 0
    free = summarise(_run(artifacts, small_scenario(**document))).metrics
    assert free["rescues_landed"] > 0
