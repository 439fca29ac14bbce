"""What happened in a run, in a few sentences."""

from collections.abc import Mapping
from typing import Any

from sim.metrics.summary import Result
from sim.report.words import dollars, number, percent
from sim.trace import Trace


def story(trace: Trace, result: Result) -> list[str]:
    """What happened, in a few sentences."""
    parts = (
        _price_words(result),
        _liquidation_words(trace, result),
        _loss_words(result),
        _deleveraging_words(result),
        _attack_words(result),
    )
    return [line for part in (*parts, _actor_words(result)) for line in part]


def _price_words(result: Result) -> list[str]:
    metrics = result.metrics
    start, low = metrics.get("start_price_usd"), metrics.get("lowest_market_price_usd")
    if not start or low is None:
        return []
    exogenous, factor = metrics["lowest_exogenous_price_usd"], metrics["amplification"]
    if low >= start:
        return [f"The price never fell below its start of {number(start)} USD."]
    words = f"The market fell {percent(1 - low / start)}, from {number(start)} to {number(low)} USD."
    if factor is not None and exogenous < start:
        words += (
            f" Without the run's own trades it would have fallen {percent(1 - exogenous / start)}:"
            f" an amplification of {factor:.2f}."
        )
    elif factor is not None:
        words += f" Against the debt, whose price rose, it fell {factor:.2f} times as far as that rise alone."
    return [words]


def _liquidation_words(trace: Trace, result: Result) -> list[str]:
    metrics = result.metrics
    if not metrics["liquidations"]:
        return [f"Nothing was liquidated in {number(len(trace.blocks))} blocks."]
    count, accounts = metrics["liquidations"], metrics["liquidated_accounts"]
    words = (
        f"{_count(count, 'liquidation')} of {_count(accounts, 'account')} {_liquidated(result)} in"
        f" {_count(metrics['waves'], 'wave')}."
    )
    if any(event.name == "CollateralReturned" for event in trace.events):
        kept = dollars(metrics["collateral_lost_usd"])
        words += f" What it took to repay came to {kept} USD; the rest went back."
    share = metrics["induced_share"]
    if share:
        forced = any(row.cause is not None for row in result.rows)
        why = "induced by the run's own forced sales" if forced else "not liquidatable at the exogenous price"
        words += f" {percent(share)} of that value was {why}"
        words += " — a cascade." if result.liquidation_class == "cascade" else "."
    else:
        words += " All of it would have happened at the exogenous price too."
    return [words]


def _loss_words(result: Result) -> list[str]:
    metrics = result.metrics
    if metrics["bad_debt_usd"] < 0.005:
        return ["Nobody lost beyond what backed it." if result.perps is not None else "Lenders lost nothing."]
    words = f"Bad debt came to {dollars(metrics['bad_debt_usd'])} USD"
    if metrics["insurance_drawn_usd"]:
        words += (
            f"; insurance paid {dollars(metrics['insurance_drawn_usd'])} and"
            f" {dollars(metrics['residual_bad_debt_usd'])} were left"
        )
    return [words + "."]


def liquidated_label(result: Result) -> str:
    """What the liquidated value is of."""
    if result.perps is None:
        return "Collateral seized"
    return "Liquidated" if result.liquidations else "Positions liquidated"


def _liquidated(result: Result) -> str:
    value = f"{dollars(result.metrics['liquidated_usd'])} USD"
    if result.perps is None:
        return f"seized {value} of collateral"
    return f"took {value} of collateral and positions" if result.liquidations else f"closed {value} of positions"


def _deleveraging_words(result: Result) -> list[str]:
    metrics, words = result.metrics, []
    if metrics["adl_usd"]:
        were = "was" if metrics["adl_accounts"] == 1 else "were"
        closed, taken, needed = (dollars(metrics[f"adl_{name}usd"]) for name in ("", "taken_", "needed_"))
        words.append(
            f"{_count(metrics['adl_accounts'], 'account')} {were} deleveraged by {closed} USD, first"
            f" {metrics['adl_delay_s']:,} s after the first liquidation, and gave up {taken} USD against the mark;"
            f" {needed} were needed."
        )
    if result.perps is not None and metrics["hedge_sales"]:
        words.append(f"Hedgers who lost their short sold {dollars(metrics['hedge_sold_usd'])} USD of spot.")
    return [" ".join(words)] if words else []


def _attack_words(result: Result) -> list[str]:
    metrics = result.metrics
    if not metrics.get("attacks"):
        return ["Nobody attacked: no attack paid."] if "attacks" in metrics else []
    profit, cost = metrics["attack_profit_usd"], dollars(metrics["manipulation_cost_usd"])
    words = f"{_count(metrics['attacks'], 'attack')} on a price {'made' if profit > 0 else 'lost'}"
    gain = dollars(max(metrics["manipulation_gain_usd"], 0.0))
    return [f"{words} {dollars(abs(profit))} USD: moving it cost {cost}, and {gain} were gained by it."]


def _actor_words(result: Result) -> list[str]:
    metrics, words = result.metrics, []
    if metrics["liquidations"]:
        profit = metrics["keeper_profit_usd"]
        verb = "earned" if profit >= 0 else "lost"
        words.append(f"Keepers {verb} {dollars(abs(profit))} USD after fees.")
    if metrics["rescues_tried"]:
        words.append(_rescues(metrics))
    if metrics["stalled_accounts"]:
        words.append(f"{_count(metrics['stalled_accounts'], 'account')} waited too long for a keeper.")
    return [" ".join(words)] if words else []


def _count(value: float, noun: str) -> str:
    return f"{number(value)} {noun}{'' if value == 1 else 's'}"


def _rescues(metrics: Mapping[str, Any]) -> str:
    text = f"{metrics['rescues_landed']} of {_count(metrics['rescues_tried'], 'rescue')} landed"
    if metrics["mean_rescue_wait_blocks"]:
        text += f", after {_count(round(metrics['mean_rescue_wait_blocks']), 'block')} of waiting on average"
    if metrics["rescues_too_late"]:
        text += f"; {_count(metrics['rescues_too_late'], 'borrower')} came too late"
    return text + "."
