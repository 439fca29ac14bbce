"""The pytest plugin: a fixture with which a protocol's own tests search its designs and replay its findings.

    def test_design(tailspin):
        tailspin.holds("design.yaml")

Whoever does not use the fixture pays for this file alone: it imports nothing but pytest.
"""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from sim.verbs.holds import Tailspin

FINDINGS_INI = "tailspin_findings"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the setting of the findings' folder."""
    parser.addini(FINDINGS_INI, "folder of Tailspin's findings, relative to the root folder", default="findings")


@pytest.fixture
def tailspin(request: pytest.FixtureRequest) -> "Tailspin":
    """Searches designs and replays findings; see `sim.verbs.holds.Tailspin`."""
    from sim.verbs.holds import Tailspin

    root = request.config.rootpath
    return Tailspin(root, request.path.parent, root / request.config.getini(FINDINGS_INI))
