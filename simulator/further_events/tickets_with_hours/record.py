"""What was sold with hours, and what the organizer said meanwhile, with true times."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

import msgspec

from shared.kernel.instant import HOUR, Duration, Instant
from simulator.judging.seen_visits import Card
from simulator.kernel.stage import WORLD_START

STARTS: Final = Instant(WORLD_START + 2 * HOUR)
"""When tonight's date is to start as it is announced."""
NEXT_STARTS: Final = Instant(WORLD_START + 96 * HOUR)
DOORS: Final[Duration] = -14 * HOUR
ENDS: Final[Duration] = 28 * HOUR
"""From a date's start: so wide that its tickets' own hours decide, wherever it is moved."""

Hours = tuple[Duration | None, Duration | None]
"""From when until when a ticket lets in, from its date's start; None is no bound."""


Signed = tuple[Instant | None, Instant | None]
"""From when until when a ticket lets in."""


class Kind(StrEnum):
    """A type of ticket, by its hours: `next` is for another date, and no other one is."""

    PLAIN = "plain"
    LATE = "late"
    EARLY = "early"
    BRIEF = "brief"
    SOON = "soon"
    NEXT = "next"


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """The plan as the organizer has it.

    Attributes:
        starts: When tonight's date starts.
        hours: Of each type.
        has_next: There is another date.
    """

    starts: Instant
    hours: Mapping[Kind, Hours]
    has_next: bool


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """A change of the plan.

    Attributes:
        terms: As they are from then on.
        version: The event's number of it.
        before: The feed's newest number when it was asked for.
        began: True time of the question.
        ended: Of the answer.
    """

    terms: Terms
    version: int
    before: int
    began: Instant
    ended: Instant


class TimedCard(Card, frozen=True, kw_only=True):
    """A printed ticket for one person.

    Attributes:
        kind: Its type.
        seller: The till's node, or "office".
        began: True time at which it was asked for.
        ended: And at which it was handed out.
        heard: The version of the plan that its till had before; 0 at the office.
        hears: And afterwards.
    """

    kind: Kind
    seller: str
    began: Instant
    ended: Instant
    heard: int = 0
    hears: int = 0


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """What the office was asked to sell.

    Attributes:
        kind: The type.
        began: True time of the question.
        ended: Of the answer.
        is_sold: It was sold.
    """

    kind: Kind
    began: Instant
    ended: Instant
    is_sold: bool


def offsets_of(middle: Instant) -> dict[Kind, Hours]:
    """Return the hours as they are announced.

    Args:
        middle: When half of the evening will be over.
    """
    return {
        Kind.PLAIN: (None, None),
        Kind.LATE: (Duration(4 * HOUR), None),
        Kind.EARLY: (None, Duration(4 * HOUR)),
        Kind.BRIEF: (Duration(-8 * HOUR), Duration(4 * HOUR)),
        Kind.SOON: (Duration(middle - STARTS), None),
        Kind.NEXT: (Duration(-HOUR), None),
    }


class Heard(msgspec.Struct, frozen=True):
    """What a gate had heard when somebody came.

    Attributes:
        cursor: How far it had read the feed.
        version: Of its plan.
    """

    cursor: int
    version: int
