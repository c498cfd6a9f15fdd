"""Who is on lists and in orders, and who of them has asked to be forgotten."""

from __future__ import annotations

from typing import Any

import msgspec

from shared.kernel.id_types import EventId
from shared.kernel.instant import Instant
from simulator.judging.seen_visits import Card, Visit


class Guest(msgspec.Struct, kw_only=True):
    """Somebody whom the office knows by name.

    Attributes:
        name: Nobody else's, in any part but the first.
        email: Neither.
        card: Their ticket, once a list has brought it; None too for who has bought one.
        code: By which another box office has sold it; "" for who has bought one here.
        is_asked: The organizer has begun to erase them: no list names them from here on.
        is_erased: The server has said that it is done.
        erased: True time by which it had; None while it has not.
    """

    name: str
    email: str
    code: str = ""
    card: Card | None = None
    is_asked: bool = False
    is_erased: bool = False
    erased: Instant | None = None

    @property
    def word(self) -> str:
        """The part of the name that nobody else has."""
        return self.name.rpartition(" ")[2]

    @property
    def line(self) -> str:
        """What a list says of them."""
        return f"{self.code},Floor,{self.name},{self.email}\n"


class Fetched(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody was given or shown that may name guests.

    Attributes:
        what: For a finding.
        began: True time of the question.
        content: The answer.
    """

    what: str
    began: Instant
    content: bytes


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """A look at which names are due, and who was found afterwards.

    Attributes:
        began: True time.
        ended: Of the end of the last search.
        found: Words of those whom the office finds.
    """

    began: Instant
    ended: Instant
    found: frozenset[str]


class Former(msgspec.Struct, kw_only=True):
    """The event that is over.

    Attributes:
        event_id: Which.
        guests: Its buyers; the first ones have given their tickets back.
        orders: And what they have bought.
        looks: At what is due, in order.
        sending: When the office began to send the last of what it owes; None while it has not.
        sent: When it had.
    """

    event_id: EventId
    guests: list[Guest] = []
    orders: list[str] = []
    looks: list[Look] = []
    sending: Instant | None = None
    sent: Instant | None = None


class ErasedEvidence(msgspec.Struct, kw_only=True):
    """All of it, when it is quiet.

    Attributes:
        guests: Everybody who was ever named.
        found: Whom the office finds by a guest's own word: name, orders and tickets.
        at_gate: Whom the gate finds by it: their names.
        in_files: Guests' words that the bytes of the server's database hold.
        fetched: Files of tickets, exports and lists at the gate, all evening.
        visits: Who came with which code, twice each.
        tickets: Ids that lists have said a code to be.
        sells_rest: Whether the office could sell all places that are nobody's.
        sells_more: Whether it then sold one more.
        wrong: What was answered to the organizer and should not have been.
        former: The event whose names go by rule, if there is one.
    """

    guests: list[Guest]
    found: dict[str, list[dict[str, Any]]]
    at_gate: dict[str, list[str]]
    in_files: set[str]
    fetched: list[Fetched]
    visits: list[Visit[Card]]
    tickets: dict[str, set[int]]
    sells_rest: bool
    sells_more: bool
    wrong: list[str]
    former: Former | None = None
