"""What was seen at the series, with true times."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from shared.kernel.instant import Instant
from simulator.judging.seen_visits import Card, Visit


class Day(StrEnum):
    """A date of the series, by what becomes of it.

    `stays`: played as announced. `off`: called off. `away`: moved from today to another week.
    `here`: moved from another day to today.
    """

    STAYS = "stays"
    OFF = "off"
    AWAY = "away"
    HERE = "here"


class DatedCard(Card, frozen=True, kw_only=True):
    """A printed ticket for one person.

    Attributes:
        day: For which date it was sold.
    """

    day: Day


class Said(msgspec.Struct, frozen=True):
    """What the organizer has said of a date, or of a ticket.

    Attributes:
        what: `off`, `moved` or `undone`.
        day: Of which date; None of a ticket.
        tickets: Of which tickets.
        sequence: The feed's newest number when it was committed.
        began: True time of the question.
        ended: Of the answer.
    """

    what: str
    day: Day | None
    tickets: frozenset[int]
    sequence: int
    began: Instant
    ended: Instant


class Order(msgspec.Struct, kw_only=True):
    """An order of the office.

    Attributes:
        order_id: Which.
        number: In the books.
        days: What each of its tickets cost, with the date that it is for.
        paid: What was paid, by tender.
        began: True time of the question.
        ended: By when the last payment was booked; None while it is not.
    """

    order_id: str
    number: int
    days: list[tuple[Day, int]]
    paid: dict[str, int] = {}
    began: Instant
    ended: Instant | None = None

    @property
    def total(self) -> int:
        """What came in."""
        return sum(self.paid.values())

    @property
    def price(self) -> int:
        """What all of it cost."""
        return sum(price for _, price in self.days)


class SeriesRecord:
    """Everything that was seen there.

    Attributes:
        seen: In order of beginning.
        said: In order of commit.
        orders: Paid ones.
        wrong: What should never be answered, as sentences.
    """

    def __init__(self) -> None:
        self.seen: list[Visit[DatedCard]] = []
        self.said: list[Said] = []
        self.orders: list[Order] = []
        self.wrong: list[str] = []
