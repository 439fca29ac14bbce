"""Random small scenarios: two or three assets, one market, one venue, a few borrowers and agents."""

import json

from hypothesis import strategies as st

from sim.scenario import Scenario
from sim.scenario.loading import parse_scenario

BPS = st.integers(0, 10_000)


def positive(high: float) -> st.SearchStrategy[float]:
    return st.floats(high / 1e4, high, allow_nan=False)


def prices(around: float) -> st.SearchStrategy[dict]:
    price = positive(2 * around)
    return st.one_of(
        st.builds(lambda p: {"kind": "constant", "price_usd": p}, price),
        st.builds(
            lambda interval, points: {"kind": "waypoints", "interval_s": interval, "prices_usd": points},
            st.integers(1, 7_200),
            st.lists(price, min_size=1, max_size=4),
        ),
        st.builds(
            lambda p, v: {"kind": "gbm", "start_price_usd": p, "volatility_per_year": v}, price, st.floats(0, 3)
        ),
        st.builds(
            lambda p, jumps: {"kind": "jump_diffusion", "start_price_usd": p, "jumps_per_day": jumps},
            price,
            st.floats(0, 50),
        ),
    )


outage = st.fixed_dictionaries({"at_s": st.integers(0, 600), "for_s": st.integers(1, 600)})


def assets(decimals: st.SearchStrategy[int], around: float) -> st.SearchStrategy[dict]:
    shock = st.fixed_dictionaries(
        {"at_s": st.integers(0, 600), "change_bps": st.integers(-3_000, 3_000), "over_s": st.integers(0, 300)}
    )
    book = {"depth_usd_per_pct": positive(1e8), "permanent_share_bps": BPS}
    power = st.fixed_dictionaries({"kind": st.just("power"), "gamma": st.floats(0, 1), **book})
    depth = st.fixed_dictionaries(book) | power
    return st.fixed_dictionaries(
        {"decimals": decimals, "price": prices(around)},
        optional={"shocks": st.lists(shock, max_size=2), "depth": st.none() | depth},
    )


def reserves() -> st.SearchStrategy[dict]:
    return st.builds(
        lambda ltv, gap, bonus, supply: {
            "ltv_bps": ltv,
            "liquidation_threshold_bps": ltv + gap,
            "liquidation_bonus_bps": bonus,
            "supply_tokens": supply,
        },
        st.integers(5_000, 8_500),
        st.integers(50, 500),
        st.integers(0, 1_000),
        positive(1e6),
    )


def feeds() -> st.SearchStrategy[dict]:
    """Sources of WETH, medians of them and anchors around them, two deep."""
    anchor = {"kind": "pool_spot", "venue": "pool"}
    through = st.lists(
        st.sampled_from(
            [
                {"kind": "staleness_guard"},
                {"kind": "delayed", "hop_s": 60},
                {"kind": "anchored", "anchor": anchor},
                {"kind": "capped", "cap_usd": 1e6},
                {"kind": "price_band", "halt_s": 60},
                {"kind": "sequencer_gate"},
                {"kind": "smoothed"},
            ]
        ),
        max_size=2,
    )
    kinds = st.sampled_from([{"kind": "push"}, {"kind": "pull"}, anchor])
    source = st.builds(lambda kind, layers: {**kind, "through": layers}, kinds, through)
    several = st.dictionaries(st.sampled_from(["one", "two"]), source, min_size=1)
    median = st.builds(
        lambda sources, layers: {"kind": "median", "quorum": 1, "sources": sources, "through": layers},
        several,
        through,
    )
    return (source | median).map(json.dumps).map(json.loads)  # so that no two parts are the same object


@st.composite
def documents(draw) -> dict:
    """Plain data of a scenario, as a person might write it."""
    group = {
        "kind": "lognormal",
        "market": "main",
        "collateral": "WETH",
        "debt": "USDC",
        "count": draw(st.integers(1, 8)),
        "collateral_tokens": draw(positive(100)),
        "health_median": draw(st.floats(1.1, 2)),
    }
    keeper = {
        "kind": "keeper",
        "market": "main",
        "venue": "pool",
        "funding": draw(st.sampled_from(["flash_loan", "inventory"])),
        "inventory_tokens": draw(positive(1e5)),
        "min_profit_usd": draw(st.floats(-100, 100)),
    }
    optional_agents = {
        "arbitrageur": {"kind": "arbitrageur", "venue": "pool"},
        "provider": {"kind": "liquidity_provider", "venue": "pool", "share_bps": draw(BPS)},
        "nervous": {"kind": "nervous_provider", "venue": "pool", "providers": draw(st.integers(1, 50))},
        "second-keeper": keeper,
    }
    chosen = draw(st.sets(st.sampled_from(sorted(optional_agents))))
    return {
        "name": draw(st.sampled_from(["a", "Random_1", "no", "null-ish"])),
        "summary": draw(st.text(max_size=20)),
        "requirements": draw(st.lists(st.sampled_from(["S1", "1e6", "yes", "~"]), max_size=2)),
        "seed": draw(st.integers(0, 2**63 - 1)),
        "clock": {"block_time_s": draw(st.integers(1, 60)), "blocks": draw(st.integers(1, 12))},
        "assets": {
            "WETH": draw(assets(st.sampled_from([8, 18]), 2_000)),
            "USDC": draw(assets(st.sampled_from([6, 18]), 1)),
        },
        "feeds": {
            "WETH": draw(feeds()),
            "USDC": {"kind": "push", "delay_blocks": draw(st.integers(0, 3))},
        },
        "venues": {"pool": {"base": "WETH", "quote": "USDC", "base_tokens": draw(positive(1e4))}},
        "lending": {
            "main": {"reserves": {"WETH": draw(reserves()), "USDC": draw(reserves())}, "insurance": "fund"}
        },
        "insurance": {"fund": {"asset": "USDC", "assets_tokens": draw(positive(1e5))}},
        "population": {"borrowers": group},
        "agents": {"keeper": dict(keeper), **{name: optional_agents[name] for name in sorted(chosen)}},
        "block_space": {
            "demand": {"gas_per_block": draw(st.integers(0, 60_000_000))},
            "outages": draw(st.lists(outage, max_size=2)),
        },
    }


def scenarios() -> st.SearchStrategy[Scenario]:
    return documents().filter(_is_consistent).map(parse_scenario)


def _is_consistent(document: dict) -> bool:
    rules = document["lending"]["main"]["reserves"].values()
    return all(r["liquidation_threshold_bps"] * (10_000 + r["liquidation_bonus_bps"]) <= 10**8 for r in rules)
