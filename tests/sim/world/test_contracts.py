"""A scenario may have another contract in the place of one of ours; what does not fit is one line."""

import pytest

from sim.chain.revm import RevmChain
from sim.engine import launch
from sim.errors import BadInput
from tests.scenarios import small_scenario

WRONG = {
    "no such contract of ours": (
        {"LendingPol": "LendingPool"},
        "there is no contract 'LendingPol', but 'LendingPool'",
    ),
    "no such contract": (
        {"LendingPool": "NoSuchThing"},
        "contracts.LendingPool: there is no contract 'NoSuchThing'",
    ),
    "an interface": ({"LendingPool": "ILendingPool"}, "which is abstract: one that can be deployed expected"),
    "another kind": ({"LendingPool": "PriceFeed"}, "contracts.LendingPool is 'PriceFeed', which lacks"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_does_not_fit_is_refused(name, artifacts):
    contracts, expected = WRONG[name]
    with pytest.raises(BadInput) as caught:
        launch(small_scenario(contracts=contracts), RevmChain(), artifacts)
    assert expected in str(caught.value)
    assert "\n" not in str(caught.value)
