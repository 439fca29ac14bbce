"""The page follows a deleveraging from the move of the price to each haircut, with the figures of the run."""

import re

import pytest

from sim.chain.revm import RevmChain
from sim.engine import launch
from sim.metrics.summary import summarise
from sim.report.page import render_page
from sim.report.perp_pictures import shares_given_up
from sim.report.save import RunInfo, load_trace, manifest_document, save_run
from sim.report.story import story
from sim.report.words import dollars, number
from sim.scenario.loading import parse_scenario
from tests.perp_scenarios import perp_document, perp_market


@pytest.fixture(scope="module")
def run(artifacts):
    document = perp_document(
        clock={"block_time_s": 12, "blocks": 30},
        insurance={"fund": {"asset": "USDC", "assets_tokens": 2_000}},
        agents={
            "keeper": {"kind": "perp_keeper", "market": "perp"},
            "bot": {"kind": "deleverager", "market": "perp"},
        },
    )
    stages = [
        {"kind": "backstop", "tokens": 5_000},
        {"kind": "fund", "fund": "fund"},
        {"kind": "deleverage"},
        {"kind": "socialise"},
    ]
    pricing = {"kind": "oracle_impact", "adverse_bps_per_million": 300, "liquidation_cap_bps": 800}
    document["perps"] = {
        "perp": perp_market(waterfall=stages, maker_tokens=30_000, instruments={"WETH": {"pricing": pricing}})
    }
    document["traders"]["crowd"] |= {
        "leverage_median": 15,
        "leverage_max": 25,
        "count": 24,
        "long_share_bps": 5_000,
    }
    trace = launch(parse_scenario(document), RevmChain(), artifacts).run()
    return trace, summarise(trace)


@pytest.fixture(scope="module")
def html(run):
    trace, result = run
    return render_page(trace, result, manifest_document(trace, RunInfo("tailspin run small-perp"), []))


def _section(html: str, title: str) -> str:
    start = html.index(f"<h2>{title}</h2>")
    return html[start : html.index("</section>", start)]


def test_the_run_deleverages(run):
    trace, result = run
    assert result.perps.deleveragings and not trace.violations
    assert result.metrics["adl_usd"] > 0


def test_every_step_from_the_price_to_the_haircuts_is_told_in_order(run, html):
    followed = _section(html, "One deleveraging, step by step")
    heads = re.findall(r"<li><b>(.*?)\.</b>", followed)
    assert heads[:4] == ["The price", "The mark", "The account", "The book"]
    assert heads.index("Deleveraging") < heads.index("The haircuts")
    event = max(run[1].perps.deleveragings, key=lambda one: (one.taken_quote, one.notional_base))
    assert event.bankrupt in followed
    for cut in event.haircuts[:14]:
        assert f"<td>{cut.account}</td>" in followed


def test_what_is_asked_of_a_stage_is_told_as_it_was(run, html):
    event = max(run[1].perps.deleveragings, key=lambda one: (one.taken_quote, one.notional_base))
    row = next(one for one in run[1].perps.waterfall if one.number == event.number)
    followed = _section(html, "One deleveraging, step by step")
    text = re.search(r"<b>Deleveraging\.</b> (.*?)</li>", followed).group(1)
    asked = next(answer for answer in row.answers if answer.kind == "deleverage")
    assert f"Asked for {number(abs(asked.asked_wad) / 10**18)} WETH" in text


def test_the_table_of_who_bore_what_has_every_stage(html):
    table = _section(html, "Who bore what")
    for name in ("Book", "Backstop vault", "Insurance fund", "Deleveraging", "Socialised loss", "Nobody"):
        assert f"<td>{name}</td>" in table


def test_traders_have_their_own_heat_map(html):
    assert "Margin of all traders" in html
    assert "Health of all borrowers" not in html


def test_the_story_says_who_was_deleveraged(run):
    words = " ".join(story(*run))
    assert f"deleveraged by {dollars(run[1].metrics['adl_usd'])} USD" in words
    assert "of collateral" not in words


def test_equal_shares_are_the_mean_weighted_by_profit(run):
    shares, equal = shares_given_up(run[1].perps)
    assert list(shares.values()) == sorted(shares.values(), reverse=True)
    assert min(shares.values()) <= equal <= max(shares.values())


def test_a_saved_run_is_read_back_equal(run, tmp_path):
    trace, result = run
    save_run(tmp_path / "run", trace, RunInfo("tailspin run small-perp"), result)
    read = load_trace(tmp_path / "run")
    assert read.positions_before == trace.positions_before
    assert (read.initial_positions, read.final_positions) == (trace.initial_positions, trace.final_positions)
    assert [block.perps for block in read.blocks] == [block.perps for block in trace.blocks]
    assert summarise(read).metrics == result.metrics
