"""The form of a planted bug: what it replaces, and the world in which to look for it.

A bug replaces a collaborator or one function of the product for as long as its world runs; the
product's own code knows nothing of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import msgspec

from shared.kernel.instant import SECOND
from simulator.fault_rates import FREQUENT_FAULTS
from simulator.scenario import Scenario, plain

HOURS: Final = 0.25
GATES_MAX: Final = 3
TICKETS: Final = 60
POLL: Final = 15 * SECOND


class Replacement(msgspec.Struct, frozen=True):
    """One attribute of a product's module or class, and what stands there meanwhile.

    Attributes:
        owner: The module or class.
        name: The attribute.
        make: Given the original, makes what stands in its place.
    """

    owner: Any
    name: str
    make: Callable[[Any], Any]


class Planted(msgspec.Struct, frozen=True, kw_only=True):
    """One bug.

    Attributes:
        name: For the command line.
        what: What is wrong, in a sentence.
        replaced: What stands in the place of the product's own.
        ignores_sync: Disks of devices say that they have synced, and have not.
        change: Makes the world one in which the bug shows soon.
        hours: How long doors are open in that world.
    """

    name: str
    what: str
    replaced: tuple[Replacement, ...] = ()
    ignores_sync: bool = False
    change: Callable[[Scenario], Scenario] | None = None
    hours: float = HOURS

    @contextmanager
    def active(self) -> Iterator[None]:
        """Switch the bug on for as long as the block lasts."""
        originals = [(one, vars(one.owner)[one.name]) for one in self.replaced]
        for one, original in originals:
            setattr(one.owner, one.name, one.make(original))
        try:
            yield
        finally:
            for one, original in originals:
                setattr(one.owner, one.name, original)

    def tune(self, scenario: Scenario) -> Scenario:
        """Give the world in which to look for it: a small one with many guests and faults."""
        if self is NO_BUG:
            return scenario
        small = msgspec.structs.replace(
            plain(scenario),
            gates=min(scenario.gates, GATES_MAX),
            tills=1,
            tickets=max(scenario.tickets, TICKETS),
            poll=min(scenario.poll, POLL),
            fault_rates=FREQUENT_FAULTS,
        )
        return small if self.change is None else self.change(small)


NO_BUG: Final = Planted(name="none", what="Nothing is wrong.")


def with_guests(**changes: float) -> Callable[[Scenario], Scenario]:
    """Let guests do some things more often."""

    def change(scenario: Scenario) -> Scenario:
        guests = msgspec.structs.replace(scenario.guests, **changes)
        return msgspec.structs.replace(scenario, guests=guests)

    return change


def constant(value: Any) -> Callable[[Any], Any]:
    """Put a function in the place of another that gives the same whatever it is asked."""

    def make(_original: Any) -> Any:
        return lambda *_arguments, **_options: value

    return make


def awaited_constant(value: Any) -> Callable[[Any], Any]:
    """Put one in the place of a function that is awaited."""

    async def give(*_arguments: Any, **_options: Any) -> Any:
        return value

    return lambda _original: give
