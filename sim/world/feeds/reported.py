"""Sources that are signed, and prices made of another asset's and a rate."""

from sim.protocols.signed_feed import SignedFeed
from sim.scenario.feeds import PullFeed, RatioFeed
from sim.scenario.rates import RateCap
from sim.units import WAD_DECIMALS, quantise
from sim.world.contracts import deploy_contract
from sim.world.feeds.place import Place
from sim.world.world import World


def cap_role(path: str) -> str:
    """Role of the contract that caps the rate of a stack's source."""
    return f"cap-{path}"


def deploy_pull(world: World, place: Place, model: PullFeed) -> str:
    """A feed of signed reports."""
    params = (
        model.max_age_s,
        model.max_ahead_s,
        model.max_confidence_bps,
        model.threshold,
        model.require_increasing,
    )
    signers = [f"signer-{place.path}-{i}" for i in range(model.signers)]
    addresses = [world.address(role) for role in signers]
    what = f"{place.asset} / USD"
    address = place.deploy(world, "SignedFeed", model.decimals, what, addresses, params)
    indexes = [world.roles.account_indexes[role] for role in signers[: model.threshold]]
    world.sources[place.path] = SignedFeed(
        world.artifacts, address, place.asset, model.decimals, indexes, model.confidence_bps
    )
    return address


def deploy_ratio(world: World, place: Place, model: RatioFeed) -> str:
    """Another asset's price times the exchange rate, or as much of it as the cap lets through."""
    rate = world.rates[place.asset]
    if model.cap is not None:
        rate = _deploy_cap(world, place, model.cap, rate)
    return place.deploy(world, "RatioFeed", world.address(f"feed-{model.of}"), rate)


def _deploy_cap(world: World, place: Place, cap: RateCap, rate: str) -> str:
    params = (
        cap.max_growth_bps_per_year,
        cap.min_delay_s,
        cap.max_age_s,
        cap.max_step_bps,
        cap.step_period_s,
        cap.larger_step == "limited_separately",
    )
    snapshot_wad = quantise(cap.snapshot_ratio, WAD_DECIMALS)
    at_s = world.chain.timestamp_s - cap.snapshot_age_s
    steward = world.address(f"steward-{place.path}")
    return deploy_contract(world, cap_role(place.path), "CappedRate", rate, steward, params, snapshot_wad, at_s)
