"""A run in plain words, and figures as people read them."""

from collections.abc import Mapping
from typing import Any

from sim.metrics.outcomes import Outcome
from sim.metrics.summary import Metric

SUFFIXES = (
    ("_usd", "USD"),
    ("_bps", "bps"),
    ("_gwei", "gwei"),
    ("_blocks", "blocks"),
    ("_tokens", "tokens"),
    ("_percent", "%"),
    ("_s", "s"),
)

LABELS = {
    "liquidated_usd": "Collateral seized",
    "repaid_usd": "Debt repaid",
    "liquidation_bonus_usd": "Seized above the debt taken",
    "collateral_lost_usd": "Collateral gone for good",
    "borrower_loss_usd": "Lost by borrowers in liquidations",
    "borrower_loss_per_usd_repaid": "Borrowers' loss per USD repaid",
    "socialised_usd": "Losses taken off suppliers",
    "induced_share": "Induced share of value",
    "depth_ratio": "Depth ratio, lowest",
    "jit_profit_usd": "Just-in-time profit",
    "forced_sale_slippage_bps": "Forced sales, below spot",
    "venues_per_forced_sale": "Venues per forced sale, mean",
    "adl_usd": "Auto-deleveraged",
    "attacks": "Attacks on a price",
    "manipulation_cost_usd": "Cost of moving prices",
    "manipulation_gain_usd": "Gain from moved prices",
    "max_spot_push_bps": "Push of a venue's price, largest",
    "lowest_health": "Lowest health factor",
    "amplification": "Amplification",
    "branching_ratio": "Branching ratio",
    "loop_gain_measured": "Loop gain, measured",
    "loop_gain_predicted": "Loop gain, predicted",
    "max_oracle_gap_bps": "Oracle gap, largest",
    "mean_oracle_gap_bps": "Oracle gap, mean",
    "halts": "Halts of feeds",
    "halted_s": "Time without a price, halted",
    "max_resume_gap_bps": "Gap at a resume, largest",
    "max_liquidation_oracle_gap_bps": "Oracle gap at liquidations, largest",
    "mean_liquidation_oracle_gap_bps": "Oracle gap at liquidations, mean",
    "max_liquidation_oracle_latency_blocks": "Oracle latency at liquidations, longest",
    "mean_liquidation_oracle_latency_blocks": "Oracle latency at liquidations, mean",
    "max_liquidation_oracle_latency_s": "Oracle latency at liquidations, longest",
    "mean_liquidation_oracle_latency_s": "Oracle latency at liquidations, mean",
    "max_oracle_latency_blocks": "Oracle latency, longest",
    "mean_oracle_latency_blocks": "Oracle latency, mean",
    "max_oracle_latency_s": "Oracle latency, longest",
    "mean_oracle_latency_s": "Oracle latency, mean",
    "max_liquidation_oracle_age_s": "Age of the price at liquidations, longest",
    "mean_liquidation_oracle_age_s": "Age of the price at liquidations, mean",
    "max_oracle_age_s": "Age of the price, longest",
    "mean_oracle_age_s": "Age of the price, mean",
    "max_oracle_latency_percent": "Economic latency, largest",
    "mean_oracle_latency_percent": "Economic latency, mean",
    "oracle_updates_due": "Oracle updates due",
    "oracle_updates_missed": "Oracle updates missed",
    "spurious_usd": "Seized in spurious liquidations",
    "spurious_share": "Spurious share of liquidations",
    "start_sell_depth_usd": "Sell depth at 2 %, at the start",
    "lowest_sell_depth_usd": "Sell depth at 2 %, lowest",
    "start_outside_sell_depth_usd": "Sell depth outside, at the start",
    "lowest_outside_sell_depth_usd": "Sell depth outside, lowest",
    "max_sold_fraction": "Sold fraction of reserves, largest",
    "venue_refill_share_5_blocks": "Refilled on venue after 5 blocks",
    "venue_refill_half_life_blocks": "Refill half-life on venue",
    "outside_refill_share_5_blocks": "Refilled outside after 5 blocks",
    "outside_refill_half_life_blocks": "Refill half-life outside",
    "max_generation": "Generation, highest",
    "max_base_fee_gwei": "Base fee, highest",
    "max_pending_transactions": "Pending transactions, most",
    "max_backlog_accounts": "Backlog, most accounts",
    "max_backlog_debt_usd": "Backlog, most debt",
    "final_backlog_accounts": "Backlog at the end, accounts",
    "max_liquidations_per_block": "Liquidations in a block, most",
    "first_liquidation_block": "First liquidation in block",
    "assets_left": "Smallest units left",
    "debt_usd": "Debt of the longest",
}

LOOP_WORDS = {
    "amplification": "How many times further the market fell, in log, than it would have without the run's own"
    " trades.",
    "loop_gain_measured": "Of every fall, the share that forced sales fed back: 1 − 1 ⁄ amplification. Near 1 the"
    " fall feeds itself; below 0 the run's trades held the market up.",
    "loop_gain_predicted": "The same before the first block, from positions and depth alone: the fall that forced"
    " sales would add per fall that forces them, with arbitrage at once, no refill and no rescue. Above 1 a"
    " cascade is to be expected. Exact for a ladder of equal borrowers, a first estimate elsewhere.",
    "branching_ratio": "Liquidated value that each liquidated dollar brought about in the next wave. Above 1 the"
    " waves grow; 0 is a single wave.",
}
"""What the figures of the loop mean, in the order in which they are shown."""

ORACLE_WORDS = {
    "max_liquidation_oracle_gap_bps": "How far the price that a liquidation read was from the market, in units of"
    " the debt: the largest.",
    "mean_liquidation_oracle_latency_s": "Time from the observation of that price to its use: the mean.",
    "max_oracle_latency_percent": "How far the market had moved since the observation that markets still read: the"
    " most in any block.",
    "oracle_updates_missed": "Updates that were due by deviation or heartbeat and never reached the chain.",
    "spurious_liquidations": "Liquidations of accounts that the market's own price would have spared, then or"
    " within an hour.",
    "lowest_sell_depth_usd": "What all venues together could take until the price had fallen by 2 %: the lowest.",
    "max_sold_fraction": "Forced sales of one block over the venue's reserve of what they sold: the most.",
    "venue_refill_half_life_blocks": "Blocks until arbitrage and others had undone half of what a forced sale did"
    " to the venue's price.",
    "outside_refill_half_life_blocks": "The same for trades on the outside market, where the book refills.",
}
"""What the figures of oracle and depth mean, in the order in which they are shown."""

ADL_WORDS = {
    "adl_taken_usd": "What winners gave up against the mark.",
    "adl_needed_usd": "What was missing to close the bankrupt positions at the mark.",
    "adl_overshoot_usd": "Taken beyond what was needed; 0 where positions are closed at the bankruptcy price.",
    "adl_beyond_equal_usd": "Taken of single winners beyond an equal haircut of all that would have been enough.",
    "adl_out_of_order_usd": "Closed of winners though others ahead of them in the queue could have given it.",
    "adl_largest_haircut_share": "Largest share that a winner gave up of its profit in one event.",
    "adl_haircut_gini": "How unequally haircuts fell on winners: 0 all the same share, near 1 all on one.",
    "adl_ptsr": "Equity that the largest winner kept, over what was needed (PTSR).",
    "adl_delay_s": "Time from the first liquidation to the first deleveraging.",
    "liquidation_adl_correlation": "Of liquidations and deleveraged accounts over blocks with either.",
}
"""What the figures of deleveraging mean, in the order in which they are shown."""

SHARES = frozenset(
    {"induced_share", "share_of_peak_debt", "spurious_share", "max_sold_fraction"}
    | {"venue_refill_share_5_blocks", "outside_refill_share_5_blocks"}
)

OUTCOME_WORDS = {
    "cascade": "Cascade",
    "bad_debt": "Bad debt",
    "toxic_liquidation": "Toxic liquidations",
    "keeper_stall": "Keepers stalled",
    "fund_depleted": "Insurance fund depleted",
    "adl": "Auto-deleveraging",
    "invariant": "Broken invariant",
}


def label(name: str) -> str:
    """Name of a metric without its unit, for people."""
    if name in LABELS:
        return LABELS[name]
    for suffix, _ in SUFFIXES:
        name = name.removesuffix(suffix)
    return name.replace("_", " ").capitalize()


def unit(name: str) -> str:
    """Unit that a metric's name ends in; empty for plain numbers."""
    return next((word for suffix, word in SUFFIXES if name.endswith(suffix)), "")


def number(value: Metric) -> str:
    """A number with thousands separators and as many decimals as it deserves; a dash for None."""
    if value is None:
        return "–"
    size = abs(value)
    if isinstance(value, int) or float(value).is_integer() or size >= 1_000:
        text = f"{size:,.0f}"
    elif size >= 0.0001:
        text = f"{size:,.2f}" if size >= 10 else f"{size:,.4g}"
    else:
        text = f"{size:.1e}"
    return f"−{text}" if value < 0 and text != "0" else text


def dollars(value: float) -> str:
    """An amount of USD, shortened from ten thousand up: `12.3 k`, `4.56 M`, `1.20 bn`."""
    size, sign = abs(value), "−" if value < 0 else ""
    for limit, divisor, word in ((1e9, 1e9, " bn"), (1e6, 1e6, " M"), (1e4, 1e3, " k")):
        if size >= limit:
            return f"{sign}{size / divisor:,.2f}{word}"
    return f"{sign}{size:,.2f}" if size < 1_000 and size != int(size) else f"{sign}{size:,.0f}"


def percent(share: float) -> str:
    """A share as a percentage."""
    return f"{100 * share:.1f} %"


def figure(name: str, value: Metric) -> str:
    """A metric's value with its unit."""
    if value is None:
        return "–"
    if name in SHARES:
        return percent(value)
    if name in LOOP_WORDS:
        text = f"{abs(value):.3f}"
        return f"−{text}" if value < 0 and float(text) else text
    return f"{number(value)} {unit(name)}".strip()


def outcome_details(outcome: Outcome) -> str:
    """The figures of an outcome on one line."""
    return ", ".join(f"{label(name).lower()} {_detail(name, value)}" for name, value in outcome.details.items())


def _detail(name: str, value: Any) -> str:
    if isinstance(value, int | float) and not isinstance(value, bool) or value is None:
        return figure(name, value)
    if isinstance(value, Mapping):
        return ", ".join(f"{_detail(key, item)} in {key}" for key, item in value.items())
    return ", ".join(str(item) for item in value) if isinstance(value, list | tuple) else str(value)


def duration(seconds: float) -> str:
    """A length of simulated time."""
    for limit, divisor, word in ((172_800, 86_400, "days"), (7_200, 3_600, "hours"), (120, 60, "minutes")):
        if seconds >= limit:
            return f"{seconds / divisor:.1f} {word}"
    return f"{seconds:.0f} seconds"
