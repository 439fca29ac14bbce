"""Tailspin: a testbed for liquidation feedback loops in DeFi.

The verbs of the `tailspin` command are functions of this package: `sim.run("flash-crash")`. Each is loaded at
its first use, so that importing the package costs nothing. `search`, `report` and `export` are also rooms of the
package: their modules can be called as the verb.
"""

import importlib
import sys
from types import ModuleType
from typing import Any

__version__ = "0.1.0"
VERBS = (
    "compare",
    "deploy",
    "export",
    "list_designs",
    "list_scenarios",
    "replay",
    "report",
    "run",
    "search",
    "verify",
)
__all__ = ["__version__", *VERBS]


def _verb(name: str) -> Any:
    return getattr(importlib.import_module(f"sim.verbs.{name}"), name)


class _Room(ModuleType):
    """A subpackage that shares its name with a verb, and does the verb's work when called."""

    def __call__(self, *args: Any, **options: Any) -> Any:
        return _verb(self.__name__.rpartition(".")[2])(*args, **options)


class _Package(ModuleType):
    """The package itself. The import system binds subpackages by setting them as attributes."""

    def __setattr__(self, name: str, value: Any) -> None:
        if name in VERBS and isinstance(value, ModuleType):
            value.__class__ = _Room
        super().__setattr__(name, value)


def __getattr__(name: str) -> Any:
    if name in VERBS:
        return _verb(name)
    raise AttributeError(f"module 'sim' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *VERBS})


sys.modules[__name__].__class__ = _Package
