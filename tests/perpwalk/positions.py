"""Operations of the walk that change positions, prices or rules."""

from __future__ import annotations

from collections.abc import Iterator

from sim.units import BPS, E8, WAD
from tests.lending import OWNER
from tests.perps import CROSS, INT256_MIN, KEEPER, USD
from tests.perpwalk.exchange import CURVE_DEPTH_WAD, IDLE, START_E8, SYMBOLS
from tests.perpwalk.ranking import ranking
from tests.perpwalk.walk import Walk

INT256_MAX = 2**255 - 1


def trade(walk: Walk) -> None:
    """Open, add to, reduce, turn or close, cross or isolated, up to a leverage that is too much."""
    account, symbol, isolated = walk.any_trader(), walk.random.choice(SYMBOLS), walk.random.random() < 0.3
    slot = walk.slot(symbol, isolated)
    size = walk.perps.position(account, symbol, isolated).sizeWad
    cash = walk.market.read("cashOf", account, slot)
    if not size and cash < 1_000 * USD:
        walk.to_market(account, "deposit", 20_000 * USD, account, slot)
        return
    worth = max(cash, 0) * walk.random.choice([5, 12, 24, 36])
    delta = int(worth * walk.random.random() * E8 * WAD / walk.exchange.price_e8[symbol] / USD)
    delta = walk.random.choice([delta, -delta] if not size else [delta, -delta, -size, -size // 3]) or 1
    arguments = slot, walk.exchange.token(symbol), delta, INT256_MIN
    if walk.to_market(account, "trade", *arguments) and abs(size + delta) > abs(size):
        walk.require_margin(account, slot)


def arbitrage(walk: Walk) -> None:
    """The keeper trades the virtual curve to its index."""
    _arbitrage(walk)


def _arbitrage(walk: Walk) -> None:
    if delta := walk.exchange.to_index_wad():
        walk.to_market(KEEPER, "trade", CROSS, walk.exchange.token("ETH"), delta, INT256_MIN)


def tick(walk: Walk) -> None:
    """Time and prices: a step for each, now and then a jump; a feed may fall silent for a while."""
    exchange, random = walk.exchange, walk.random
    walk.perps.wait(random.choice([12, 12, 60, 60, 300, 1_800]))
    for symbol, start_e8 in START_E8.items():
        step = random.choice([0, 10, 20, 50, 100, 200, 300, 1_000]) * random.choice([-1, 1])
        price_e8 = exchange.price_e8[symbol] * (BPS + step) // BPS
        exchange.price_e8[symbol] = min(max(price_e8, start_e8 // 4), start_e8 * 4)
        if random.random() < (0.3 if symbol in walk.silent else 0.01):
            walk.silent ^= {symbol}
        if symbol not in walk.silent:
            exchange.report(symbol)
    exchange.poke()
    if random.random() < 0.7:
        _arbitrage(walk)


def long_wait(walk: Walk) -> None:
    """Hours or days in which nobody says anything: indices grow stale until the next tick, funding runs."""
    walk.perps.wait(walk.random.choice([4_000, 30_000, 200_000]))
    walk.silent.clear()
    for symbol in SYMBOLS:
        walk.to_market(KEEPER, "accrueFunding", walk.exchange.token(symbol))


def settle(walk: Walk) -> None:
    """Funding of an instrument and of an account; marks for fills at an earlier one."""
    instrument = walk.exchange.token(walk.random.choice(SYMBOLS))
    walk.to_market(KEEPER, "accrueFunding", instrument)
    walk.to_market(KEEPER, "settle", walk.any_trader(), walk.any_slot())
    walk.send(walk.stage, KEEPER, "noteMark", instrument)


def liquidate(walk: Walk) -> None:
    """Everybody below maintenance margin, and now and then somebody who is not."""
    for symbol, owner, slot in _positions(walk):
        if _below(walk, owner, slot) or walk.random.random() < 0.03:
            walk.to_market(KEEPER, "liquidate", owner, slot, walk.exchange.token(symbol))
            if walk.error == "RankingMissing":
                _liquidate_ranked(walk, owner, slot, symbol)


def liquidate_ranked(walk: Walk) -> None:
    """The same with a ranking, whether it will be looked at or not."""
    for symbol, owner, slot in _positions(walk):
        if _below(walk, owner, slot):
            _liquidate_ranked(walk, owner, slot, symbol)


def _positions(walk: Walk) -> Iterator[tuple[str, str, str]]:
    """All that are there when one comes to their instrument; those before may have closed some of them."""
    for symbol in SYMBOLS:
        for owner, slot in walk.exchange.holders(symbol):
            if walk.market.read("position", owner, slot, walk.exchange.token(symbol)).sizeWad:
                yield symbol, owner, slot


def _below(walk: Walk, owner: str, slot: str) -> bool:
    """Return whether it is worth trying; where a price is missing, now and then."""
    state = walk.state(owner, slot)
    if state is None:
        return walk.random.random() < 0.2
    return state.equityQuote < state.maintenanceQuote


def _liquidate_ranked(walk: Walk, owner: str, slot: str, symbol: str) -> None:
    """By the deleverager, which is never refused for its ranking; before, now and then, with a wrong one."""
    instrument = walk.exchange.token(symbol)
    if walk.random.random() < 0.25 and _liquidate_wrongly(walk, owner, slot, symbol):
        return
    walk.send(walk.exchange.deleverager, KEEPER, "liquidate", walk.stage, owner, slot, instrument)
    assert not walk.error.startswith("Ranking"), walk.error


def _liquidate_wrongly(walk: Walk, owner: str, slot: str, symbol: str) -> bool:
    """Return whether it landed all the same: then the ranking was not looked at.

    Or it had become the right one, since the book or a stage before changed who is on that side.
    """
    instrument = walk.exchange.token(symbol)
    right = ranking(walk.exchange, walk.stage, owner, slot, symbol)
    if not right:
        return False
    wrong = [
        right[1:],
        right[:-1],
        [right[0], *right[:-1]],
        right[::-1],
        [*right[:-1], (owner, slot == instrument)],
        [*right, (IDLE, False)],
    ]
    given = walk.random.choice([one for one in wrong if one != right])
    landed = walk.send(walk.stage, KEEPER, "liquidate", owner, slot, instrument, given)
    walk.rankings[walk.error or "not looked at"] += 1
    if landed and walk.policy != "none":
        names = {name for name, _ in walk.last}
        closed = next(args["bookWad"] for name, args in walk.last if name == "Liquidated")
        assert "Deleveraged" not in names or closed or names & {"PositionTaken", "DeficitPaid"}, (given, right)
    return landed


def unwind(walk: Walk) -> None:
    """A slice of what the backstop holds."""
    for symbol in SYMBOLS:
        if walk.perps.size(walk.exchange.vault, symbol):
            walk.send(walk.exchange.vault, KEEPER, "unwind", walk.exchange.token(symbol))


def curve(walk: Walk) -> None:
    """Peg the curve to the index, or change its depth where it stands."""
    function = walk.random.choice(["repeg", "setDepth"])
    depth = CURVE_DEPTH_WAD * walk.random.choice([3, 5, 10, 20]) // 10
    pricing = walk.exchange.pricing["ETH"]
    walk.send(pricing, OWNER, function, walk.exchange.token("ETH"), depth, walk.random.choice([0, INT256_MAX]))


def waterfall(walk: Walk) -> None:
    """Another policy, and a new backstop where the old one's shares are worth nothing; most stages stay."""
    exchange = walk.exchange
    if exchange.vault.read("maxDeposit", OWNER) == 0 and walk.state(exchange.vault, CROSS) is not None:
        exchange.replace_vault()
        walk.ledger.inside.add(exchange.vault.address)
    walk.policy = walk.random.choice(list(exchange.deleveraging))
    likely = walk.random.choice([0.9, 0.6, 0.2])
    walk.set_waterfall([walk.random.random() < likely for _ in range(4)])


def rules(walk: Walk) -> None:
    """Weight of paper profits and gates of withdrawals; more room for draws on the fund."""
    weight = walk.random.choice([0, 0, 5_000, BPS])
    fund, stages = walk.exchange.fund, walk.exchange.fund_stages
    walk.to_market(OWNER, "setRules", weight, walk.random.random() < 0.3, 600, stages[0])
    for stage in stages:
        drawn = fund.read("protocolDraws", stage)[2]
        walk.send(fund, OWNER, "setProtocol", stage, drawn + walk.random.randint(0, 50_000 * USD))
