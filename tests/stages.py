"""Stages of a perpetual market's waterfall as tests set them up: a bankrupt long, and what may absorb it."""

from __future__ import annotations

from sim.chain.accounts import ACCOUNTS
from sim.chain.base import ZERO_ADDRESS
from sim.units import E8, UINT256_MAX, WAD
from tests.deployed import Deployed
from tests.lending import OWNER
from tests.perps import ALICE, BOB, USD, PerpMarket

STAKER, LENDING, DEPOSITOR = (ACCOUNTS.address(i) for i in range(50, 53))
BYSTANDER = ACCOUNTS.address(53)
ETH = WAD
BANKRUPTCY_E8 = 1_800 * E8
"""Where ALICE's 5 ETH, bought at 2,000 with 1,000 of equity, are worth nothing."""
BANKRUPTCY, PREVIOUS_MARK, INDEX = range(3)


def open_interest(perps: PerpMarket, *, shorts: tuple[tuple[str, int], ...] = ((BOB, 5 * ETH),)) -> None:
    """ALICE is long 5 ETH with 1,000 USDC, the others short with 10,000 each; the maker has what is left."""
    perps.pay_in(ALICE, 1_000 * USD)
    perps.trade(ALICE, "ETH", 5 * ETH)
    for account, size_wad in shorts:
        perps.pay_in(account, 10_000 * USD)
        perps.trade(account, "ETH", -size_wad)


def new_fund(perps: PerpMarket, assets: int, kind: str = "InsuranceFund", *waits: int) -> Deployed:
    """Deploy a fund in the quote token with STAKER's assets."""
    fund = perps.deploy(perps.chain, kind, perps.quote, "fund", "FUND", OWNER, *waits)
    if assets:
        perps.fund(STAKER, assets, fund)
        fund.send(STAKER, "deposit", assets, STAKER)
    return fund


def fund_stage(perps: PerpMarket, fund: Deployed, cap: int = UINT256_MAX, require_full: bool = False) -> Deployed:
    """Deploy a stage that may draw `cap`."""
    stage = perps.deploy(perps.chain, "FundStage", perps.market, fund, require_full, OWNER)
    fund.send(OWNER, "setProtocol", stage, cap)
    return stage


def vault(
    perps: PerpMarket,
    assets: int,
    *,
    cap: int = 10**15,
    total_cap: int = 10**15,
    waits: tuple[int, int] = (0, 0),
    home: object = ZERO_ADDRESS,
    **terms: int,
) -> Deployed:
    """Deploy a vault with DEPOSITOR's assets and terms for ETH."""
    made = perps.deploy(perps.chain, "BackstopVault", perps.market, "vault", "VLT", OWNER, total_cap, *waits, home)
    full = {"capQuote": cap, "sliceQuote": 1_000 * USD, "intervalS": 60, "slippageBps": 100} | terms
    made.send(OWNER, "setTerms", perps.instruments["ETH"], tuple(full.values()))
    if assets:
        perps.fund(DEPOSITOR, assets, made)
        made.send(DEPOSITOR, "deposit", assets, DEPOSITOR)
    return made


def deleverage_stage(
    perps: PerpMarket, policy: str = "ReturnLeverageQueue", *args: int, fill: int = BANKRUPTCY
) -> Deployed:
    """Deploy a stage with a policy of its own."""
    return perps.deploy(
        perps.chain, "DeleverageStage", perps.market, perps.deploy(perps.chain, policy, *args), fill
    )


def named(events: list[tuple[str, dict]], name: str) -> list[dict]:
    """Return the events of a name."""
    return [args for found, args in events if found == name]


def state_of(perps: PerpMarket, holders: tuple[str, ...]) -> dict[str, int]:
    """Return equity by account."""
    return {one: perps.state(one).equityQuote for one in holders}
