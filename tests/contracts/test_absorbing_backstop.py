"""AbsorbingBackstop as the execution of a real pool: absorption, sale, settlement, loss, and every wei of it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.chain.accounts import ACCOUNTS
from sim.chain.revm import RevmChain
from sim.reference.backstop import Pair, cost_up, credit_down, price_factor
from sim.units import E8, UINT256_MAX
from tests.executions import ALICE, BOB, CAROL, ETH, USD, BackstopScene, every, values
from tests.lending import BORROWER, LENDER, OWNER

DEBT = 14_000 * USD
FACTOR = price_factor(5_000, 9_300)
"""3.5 % below the oracle."""


def weth(usd: float) -> Pair:
    """Return WETH in USDC."""
    return Pair(round(usd * E8), ETH, E8, USD)


@pytest.fixture
def scene(revm, deploy) -> BackstopScene:
    """BORROWER's 10 WETH and 14,000 USDC of debt, unhealthy at $1,700."""
    scene = BackstopScene(revm, deploy)
    scene.open_position()
    scene.price(1_700)
    return scene


def test_surplus_becomes_a_supply(scene):
    events = scene.absorb()
    credited = credit_down(10 * ETH, weth(1_700), 9_300)
    assert credited == 15_810 * USD
    absorbed = values(events, "Absorbed")
    assert (absorbed["debtAssets"], absorbed["creditedAssets"]) == (DEBT, credited)
    assert absorbed["absorber"] == CAROL and values(events, "CollateralAbsorbed")["assets"] == 10 * ETH
    assert values(events, "SupplyCredited")["amount"] == 1_810 * USD == scene.market.supplied("USDC", BORROWER)
    assert scene.market.debt("USDC", BORROWER) == scene.market.supplied("WETH", BORROWER) == 0
    assert scene.read("stock", "USDC", "WETH") == 10 * ETH
    assert scene.claims() == credited
    scene.check_books()


def test_account_under_water_gets_nothing(scene):
    scene.price(1_400)
    absorbed = values(scene.absorb(), "Absorbed")
    assert absorbed["creditedAssets"] == 13_020 * USD < DEBT
    assert scene.market.supplied("USDC", BORROWER) == 0 and scene.claims() == DEBT
    assert scene.market.state("USDC").deficit == 0, "nothing is lost before the collateral is sold"
    scene.check_books()


def test_sale_settles_what_is_owed_and_the_rest_is_capital(scene):
    scene.absorb()
    credited = 15_810 * USD
    events = scene.buy(10_000 * USD)
    sale = values(events, "CollateralSold")
    assert sale["paidAssets"] == 10_000 * USD == cost_up(sale["soldAssets"], weth(1_700), FACTOR)
    assert (sale["lotId"], sale["user"], sale["buyer"]) == (1, BORROWER, ALICE)
    assert scene.market.balance("WETH", ALICE) == sale["soldAssets"] and scene.claims() == credited - 10_000 * USD
    assert not every(events, "LotClosed")
    scene.check_books()
    events = scene.buy(20_000 * USD, buyer=BOB)
    sales = 10 * 1_640_500_000 + 1
    assert values(events, "CollateralSold")["paidAssets"] == sales - 10_000 * USD, (
        "no more than there is, rounded up once more"
    )
    closed = values(events, "LotClosed")
    assert (closed["recoveredAssets"], closed["lostAssets"]) == (credited, 0)
    assert scene.read("capital", "USDC") == sales - credited and scene.claims() == 0
    scene.check_books()
    scene.execution.send(OWNER, "withdrawCapital", scene.token("USDC"), sales - credited, OWNER)
    assert scene.market.balance("USDC", scene.execution) == 0
    scene.check_books()


def test_loss_when_everything_is_sold(scene):
    scene.absorb()
    scene.price(1_000)
    events = scene.buy(20_000 * USD)
    closed = values(events, "LotClosed")
    assert (closed["recoveredAssets"], closed["lostAssets"]) == (9_650 * USD, 15_810 * USD - 9_650 * USD)
    created = values(events, "DeficitCreated")
    assert (created["user"], created["amount"]) == (BORROWER, 6_160 * USD)
    assert scene.market.state("USDC").deficit == 6_160 * USD and scene.claims() == 0
    scene.check_books()


def test_older_lots_are_paid_first_and_later_ones_cover_for_them(scene):
    """Nothing is lost while anything is left to sell: the second lot's collateral pays for the first."""
    scene.price(2_000)
    scene.open_position(BOB)
    scene.price(1_400)
    scene.absorb(BORROWER, BOB)
    scene.check_books()
    events = scene.buy(13_510 * USD)
    assert [one["lotId"] for one in every(events, "CollateralSold")] == [1]
    assert not every(events, "LotClosed"), "the first lot's collateral is sold, but not all that it owes is paid"
    scene.price(1_800)
    events = scene.buy(20_000 * USD)
    assert [one["lotId"] for one in every(events, "CollateralSold")] == [2]
    assert [one["lotId"] for one in every(events, "LotClosed")] == [1, 2]
    assert sum(one["lostAssets"] for one in every(events, "LotClosed")) == 0
    assert scene.read("capital", "USDC") == 13_510 * USD + 17_370 * USD - 2 * DEBT
    scene.check_books()


def test_capital_pays_at_once(scene):
    scene.fund_capital(10_000 * USD)
    cash = scene.market.state("USDC").cash
    scene.absorb()
    assert scene.market.state("USDC").cash == cash + 10_000 * USD
    assert scene.claims() == 5_810 * USD and scene.read("capital", "USDC") == 0
    scene.check_books()
    closed = values(scene.fund_capital(6_000 * USD), "LotClosed")
    assert closed["recoveredAssets"] == 15_810 * USD
    assert scene.read("capital", "USDC") == 190 * USD and scene.read("stock", "USDC", "WETH") == 10 * ETH
    scene.check_books()
    scene.buy(20_000 * USD)
    assert scene.read("capital", "USDC") == 190 * USD + 16_405 * USD, "the sale rebuilds the capital"
    scene.check_books()


def test_nothing_is_sold_at_target_capital(scene):
    scene.execution.send(OWNER, "setTargetCapital", scene.token("USDC"), 1_000 * USD)
    scene.fund_capital(16_800 * USD)
    scene.absorb()
    assert scene.read("capital", "USDC") == 990 * USD
    scene.buy(1_640 * USD)
    error = scene.execution.read_error("previewBuy", scene.token("USDC"), scene.token("WETH"), USD)
    assert error == f"NotForSale({2_630 * USD}, {1_000 * USD})"


def test_several_collaterals_leave_with_their_share_of_the_debt(revm, deploy):
    scene = BackstopScene(revm, deploy)
    scene.open_position(weth=5 * ETH, wbtc=10**8, usdc=29_000 * USD)
    scene.price(1_000)
    health = scene.market.health(BORROWER)
    events = scene.absorb()
    liquidations = every(events, "Liquidation")
    assert [one["seizedAssets"] for one in liquidations] == [5 * ETH, 10**8]
    assert liquidations[0]["repaidAssets"] == 29_000 * USD * 5_000 // 35_000
    assert sum(one["repaidAssets"] for one in liquidations) == 29_000 * USD
    assert abs(liquidations[0]["healthAfterWad"] - health) <= 10**9
    credited = 5_000 * USD * 93 // 100 + 30_000 * USD * 95 // 100
    assert values(events, "Absorbed")["creditedAssets"] == credited
    assert scene.market.supplied("USDC", BORROWER) == credited - 29_000 * USD
    scene.check_books()
    scene.buy(50_000 * USD, "WBTC")
    assert scene.read("stock", "USDC", "WBTC") == 0
    assert scene.claims() == credited - 29_250 * USD
    scene.buy(50_000 * USD)
    assert scene.claims() == 0
    scene.check_books()


def test_several_debts_share_the_collateral(revm, deploy):
    """Debt in USDC and WBTC, 60 : 40 by value: each is absorbed with its share of the collateral."""
    scene = BackstopScene(revm, deploy)
    scene.open_position(weth=10 * ETH, usdc=9_000 * USD)
    scene.market.borrow(BORROWER, "WBTC", 20_000_000)
    scene.price(1_700)
    scene.absorb()
    assert scene.read("stock", "USDC", "WETH") == 6 * ETH == scene.market.supplied("WETH", BORROWER) + 2 * ETH
    assert scene.market.debt("WBTC", BORROWER) == 20_000_000
    surplus = scene.market.supplied("USDC", BORROWER)
    assert surplus == 6 * 1_700 * USD * 93 // 100 - 9_000 * USD
    scene.check_books()
    scene.absorb(debt="WBTC")
    assert scene.read("stock", "WBTC", "WETH") == 4 * ETH
    assert scene.read("stock", "WBTC", "USDC") == surplus, "the surplus of the one is collateral of the other"
    scene.check_books()
    scene.buy(10**8, debt="WBTC")
    events = scene.buy(10**8, "USDC", debt="WBTC")
    assert scene.market.debt("WBTC", BORROWER) == scene.claims("WBTC") == 0
    assert every(events, "LotClosed") and scene.market.state("WBTC").deficit == 0
    scene.check_books()


def test_debt_asset_as_collateral_is_capital_at_once(revm, deploy):
    scene = BackstopScene(revm, deploy)
    scene.open_position(usdc=13_000 * USD)
    scene.market.supply(BORROWER, "USDC", 1_000 * USD)
    scene.price(1_500)
    events = scene.absorb()
    sale = values(events, "CollateralSold")
    assert sale["buyer"] == scene.execution.address and sale["soldAssets"] == sale["paidAssets"] == 1_000 * USD
    credited = values(events, "Absorbed")["creditedAssets"]
    assert credited == credit_down(10 * ETH, weth(1_500), 9_300) + 1_000 * USD, "at par"
    assert scene.claims() == credited - 1_000 * USD
    scene.check_books()


def test_terms_that_offer_a_part(revm, deploy):
    """Half of the debt leaves with half of the collateral and its surplus."""
    scene = BackstopScene(revm, deploy, terms="TotalDebtCloseFactor")
    scene.open_position()
    scene.price(1_740)
    events = scene.absorb()
    assert values(events, "Absorbed")["debtAssets"] == DEBT // 2 == scene.market.debt("USDC", BORROWER)
    assert scene.market.supplied("WETH", BORROWER) == 5 * ETH
    assert scene.market.supplied("USDC", BORROWER) == 5 * 1_740 * USD * 93 // 100 - DEBT // 2
    scene.check_books()


def test_rate_of_sales(revm, deploy):
    """$10 a second, at most $3,000 at once, at the oracle's price."""
    scene = BackstopScene(revm, deploy, rate_usd=10, burst_usd=3_000)
    scene.open_position()
    scene.price(1_500)
    scene.absorb()
    assert scene.read("saleable", "USDC", "WETH") == 2 * ETH
    sale = values(scene.buy(20_000 * USD), "CollateralSold")
    assert sale["soldAssets"] == 2 * ETH and sale["paidAssets"] == 2 * 1_447_500_000
    error = scene.execution.read_error("previewBuy", scene.token("USDC"), scene.token("WETH"), USD)
    assert error.startswith("NothingToSell(")
    scene.market.wait(150)
    assert scene.read("saleable", "USDC", "WETH") == ETH
    scene.buy(20_000 * USD)
    scene.market.wait(1_000)
    assert scene.read("saleable", "USDC", "WETH") == 2 * ETH, "no more than the burst"
    scene.check_books()


def test_purchase_leaves_all_or_a_dollar(scene):
    """Nobody can leave dust that keeps a loss from being booked: the purchase shrinks instead."""
    scene.absorb()
    scene.price(1_000)
    whole = scene.execution.read("previewBuy", scene.token("USDC"), scene.token("WETH"), UINT256_MAX)
    assert whole.soldAssets == 10 * ETH
    sold, _ = scene.execution.read("previewBuy", scene.token("USDC"), scene.token("WETH"), whole.paidAssets - 1)
    assert sold == 10 * ETH - ETH // 1_000
    scene.buy(whole.paidAssets - 1)
    events = scene.buy(2 * USD)
    assert values(events, "LotClosed")["lostAssets"] > 0 and scene.claims() == 0
    scene.check_books()


def test_one_call_works_on_a_bounded_number_of_lots(scene):
    """18 accounts: a purchase sells 16 lots at most, a settlement pays or gives up 16, and the next ones go on."""
    most = scene.execution.read("MAX_LOTS")
    users = [BORROWER, *(ACCOUNTS.address(i) for i in range(20, 21 + most))]
    scene.price(2_000)
    for user in users[1:]:
        scene.open_position(user)
    scene.price(1_400)
    scene.absorb(*users)
    scene.price(1)
    assert scene.read("saleable", "USDC", "WETH") == most * 10 * ETH
    sold = every(scene.buy(10**12), "CollateralSold")
    assert [one["lotId"] for one in sold] == list(range(1, most + 1))
    scene.check_books()
    closed = every(scene.buy(10**12), "LotClosed")
    assert [one["lotId"] for one in closed] == list(range(1, most + 1)) and scene.claims() == 2 * DEBT
    scene.check_books()
    closed = every(scene.execution.send(CAROL, "settle", scene.token("USDC")), "LotClosed")
    assert len(closed) == 2 and scene.claims() == 0
    scene.check_books()


def test_refusals(scene):
    usdc, eth = scene.token("USDC"), scene.token("WETH")
    assert scene.execution.send_error(CAROL, "absorb", usdc, [LENDER]) == (
        f"NothingToAbsorb({LENDER}, {usdc.address})"
    )
    scene.price(2_000)
    error = scene.execution.send_error(CAROL, "absorb", usdc, [BORROWER])
    assert error.startswith("HealthFactorNotBelowThreshold(")
    scene.price(1_700)
    assert scene.execution.read_error("previewBuy", usdc, eth, USD).startswith("NothingToSell(")
    scene.absorb()
    sold, _ = scene.execution.read("previewBuy", usdc, eth, USD)
    scene.market.fund(ALICE, "USDC", USD, scene.execution)
    error = scene.execution.send_error(ALICE, "buyCollateral", usdc, eth, sold + 1, USD, ALICE)
    assert error == f"InsufficientOutput({sold}, {sold + 1})"
    error = scene.execution.send_error(OWNER, "withdrawCapital", usdc, 1, OWNER)
    assert error == "InsufficientCapital(1, 0)"
    for function, arguments in (
        ("setLiquidationFactor", (eth, 9_000)),
        ("setTargetCapital", (usdc, 1)),
        ("withdrawCapital", (usdc, 0, ALICE)),
    ):
        error = scene.execution.send_error(ALICE, function, *arguments)
        assert error == f"OwnableUnauthorizedAccount({ALICE})"
    for factor, limit in ((0, 1), (10_001, 10_000)):
        error = scene.execution.send_error(OWNER, "setLiquidationFactor", eth, factor)
        assert error.startswith("BackstopParameterOutOfRange(") and error.endswith(f", {factor}, {limit})")


def test_one_healthy_account_keeps_the_others_from_being_absorbed(scene):
    scene.price(2_000)
    scene.open_position(BOB, weth=20 * ETH)
    scene.price(1_700)
    error = scene.execution.send_error(CAROL, "absorb", scene.token("USDC"), [BORROWER, BOB])
    assert error.startswith("HealthFactorNotBelowThreshold(")
    assert scene.market.debt("USDC", BORROWER) == DEBT


def test_account_at_full_utilisation_waits(scene):
    scene.market.supply(CAROL, "USDC", 1_000_000 * USD)
    scene.market.pool.send(CAROL, "borrow", scene.token("WETH"), 10 * ETH)
    error = scene.execution.send_error(CAROL, "absorb", scene.token("USDC"), [BORROWER])
    assert error == f"InsufficientCash({10 * ETH}, 0)"


@settings(max_examples=15)
@given(
    eth=st.integers(1, 20 * ETH),
    btc=st.integers(0, 10**8),
    share=st.integers(7_000, 7_500),
    prices=st.lists(st.integers(400, 3_000), min_size=3, max_size=3),
    capital=st.sampled_from([0, 1, 5_000 * USD, 50_000 * USD]),
    payments=st.lists(st.integers(1, 40_000 * USD), max_size=3),
)
def test_every_wei_of_whole_absorptions(deploy, eth, btc, share, prices, capital, payments):
    """Whatever is absorbed, paid and sold: what comes in of each token equals what goes out or stays."""
    with RevmChain() as chain:
        scene = BackstopScene(chain, deploy)
        debt = (eth * 2_000 * USD // ETH + btc * 30_000 * USD // 10**8) * share // 10_000
        if debt == 0:
            return
        scene.open_position(weth=eth, wbtc=btc, usdc=debt)
        scene.price(prices[0] / 2)
        scene.price(15_000, "WBTC")
        if scene.market.health(BORROWER) >= 10**18:
            return
        if capital:
            scene.fund_capital(capital)
        absorbed = values(scene.absorb(), "Absorbed")
        scene.check_books()
        surplus = scene.market.supplied("USDC", BORROWER)
        assert 0 <= surplus <= max(absorbed["creditedAssets"] - absorbed["debtAssets"], 0)
        events = []
        for price, payment in zip(prices, [*payments, UINT256_MAX, UINT256_MAX, UINT256_MAX], strict=False):
            scene.price(price)
            for symbol in ("WETH", "WBTC"):
                if scene.read("stock", "USDC", symbol):
                    try:
                        events += scene.buy(min(payment, 10**15), symbol)
                    except AssertionError as error:
                        assert "NothingToSell" in str(error)
            scene.check_books()
        for symbol in ("WETH", "WBTC"):
            if scene.read("stock", "USDC", symbol):
                events += scene.buy(10**15, symbol)
        scene.check_books()
        assert scene.claims() == 0, "everything is sold: what is owed is paid or lost"
        paid = sum(one["paidAssets"] for one in every(events, "CollateralSold"))
        lost = scene.market.state("USDC").deficit
        owed = absorbed["debtAssets"] + surplus
        assert capital + paid + lost == owed + scene.read("capital", "USDC")
        assert sum(scene.read("stock", "USDC", symbol) for symbol in ("WETH", "WBTC")) == 0
