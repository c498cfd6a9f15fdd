"""What an onlooker writes down: who stood before an arm, and who went through."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from gatekeeper.turnstile.granted_passages import Granted
from shared.kernel.instant import Instant
from simulator.further_events.turnstiles.arm import CLOSED_BY, Fate, Feels, Word
from simulator.judging.seen_visits import Card, Visit


class Party(Card, frozen=True, kw_only=True):
    """A ticket and how many come on it.

    Attributes:
        persons: How many.
    """

    persons: int


class Body(msgspec.Struct, frozen=True, kw_only=True):
    """One person whom a gate let through, before its arm.

    Attributes:
        fate: What arm, relay and sensor did.
        passed_at: When the person went through; None for nobody.
        has_sensor: The arm has one.
    """

    fate: Fate
    passed_at: Instant | None
    has_sensor: bool

    @property
    def is_seen(self) -> bool:
        """Whether it can be known from relay and sensor what became of the person."""
        if self.passed_at is None and self.fate.word in CLOSED_BY:
            return True
        return self.has_sensor and self.fate.word is Word.DONE and self.fate.feels is Feels.FINE


class Walk(msgspec.Struct, kw_only=True):
    """What became of one green light.

    Attributes:
        visit: The scan.
        granted: The admission.
        began: When its arm was told first.
        bodies: Who stood there, in order; fewer than were let in where the program ended before.
        ended: When all of it was over.
        is_whole: The gate's program lived as long, and could write down what it wanted.
    """

    visit: Visit[Party]
    granted: Granted
    began: Instant
    bodies: list[Body]
    ended: Instant | None = None
    is_whole: bool = False

    @property
    def passed(self) -> int:
        """How many went through."""
        return sum(one.passed_at is not None for one in self.bodies)

    @property
    def is_seen(self) -> bool:
        """Whether it can be known of each what became of them, and somebody was there to know."""
        return self.is_whole and all(one.is_seen for one in self.bodies)

    @property
    def may_hide(self) -> bool:
        """Whether somebody may have stayed inside who counts as gone.

        Who is scanned out, and stays, where no sensor is, or where the program ended. Not of a way
        out that was only offered: who has not passed never counted as gone.
        """
        return (
            self.granted.is_exit
            and not self.granted.is_offered
            and self.passed < self.granted.persons
            and not (
                self.is_whole
                and all(
                    one.has_sensor or one.passed_at is not None or one.fate.word in CLOSED_BY
                    for one in self.bodies
                )
            )
        )

    def __str__(self) -> str:
        """Name it for a finding."""
        way = "out" if self.granted.is_exit else "in"
        said = ", ".join(
            f"{one.fate.word}/{one.fate.feels if one.has_sensor else 'no sensor'}"
            f"{'' if one.passed_at is None else ' passed'}"
            for one in self.bodies
        )
        return f"{self.visit} {way}, {self.passed} of {self.granted.persons} passed ({said})"


def inside_at(walks: Sequence[Walk], party: Party, moment: Instant) -> int:
    """Count who is inside on a ticket: who has gone in by then, less who is gone or on the way.

    Where a way out was only offered, who is on the way is inside still.
    """
    count = 0
    for walk in walks:
        if walk.visit.card != party:
            continue
        for passed_at in (one.passed_at for one in walk.bodies if one.passed_at is not None):
            if walk.granted.is_exit:
                count -= (passed_at if walk.granted.is_offered else walk.began) <= moment
            else:
                count += passed_at <= moment
    return count
