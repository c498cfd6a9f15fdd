"""The evening is called off when its mails are out: its buyers are mailed, its program is told.

What is promised of that, judged by the mail server and by the program. Whoever has an order that
stands is mailed once, with the organizer's words; nobody gets that mail twice, whatever breaks,
and what is said of it is what the mail server knows, or that nobody knows. The program is told of
each order and of the event what has happened, all of it, nothing else, and by one message each: a
copy comes only where its answer was lost, under the same id and with the same bytes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

import msgspec

from shared.kernel.instant import SECOND, Duration, Instant
from simulator.further_events.mails.letters import ReadMail, read_letter
from simulator.further_events.mails.program import Received
from simulator.further_events.mails.record import LATE, NOTED, MailedOrder, MailRecord, Talk

WORDS: Final = "The hall is under water."
PRICE: Final = 2_500
KINDS: Final = ("order.created", "order.confirmed", "order.cancelled", "event.cancelled")
REFUSED: Final = 500
"""What a mail server says that refuses for good, and above."""
HEARD: Final[Duration] = 5 * SECOND
"""A server that lives has noted an answer by then."""


class CalledOffEvidence(msgspec.Struct, frozen=True, kw_only=True):
    """All of it, when it is quiet.

    Attributes:
        event_id: Which event.
        orders: All that were placed.
        told: What the mail server saw from then on.
        letters: What was taken, by the talk's number.
        outcomes: What the server says of each order's mail, by the order's id.
        received: What the program has taken.
        waiting: Messages that are said to be on their way still.
        stops: True times at which the server ended.
        has_true_server: The server's clock was right all evening.
    """

    event_id: str
    orders: list[MailedOrder]
    told: MailRecord
    letters: dict[int, ReadMail]
    outcomes: dict[str, str]
    received: list[Received]
    waiting: list[dict[str, Any]]
    stops: list[Instant]
    has_true_server: bool

    def is_sure(self, talk: Talk) -> bool:
        """Tell whether the server has surely read the last answer, and lived to note it."""
        if talk.replied_at is None or talk.heard_at is None:
            return False
        is_late = talk.heard_at - talk.replied_at > LATE
        return not is_late and not self.has_died(talk.opened, Instant(talk.heard_at + NOTED))

    def has_died(self, since: Instant, until: Instant) -> bool:
        """Tell whether the server has ended meanwhile."""
        return any(since <= at <= until for at in self.stops)


def check_buyers(evidence: CalledOffEvidence) -> Iterator[str]:
    """Yield each buyer who was told twice, or not, or something else."""
    for order in evidence.orders:
        talks = evidence.told.talks_of(order)
        taken = [one for one in talks if one.taken_at is not None]
        if order.cancelled is not None:
            if talks:
                yield f"{order}: was cancelled before, and its buyer is told"
            continue
        if len(taken) > 1:
            yield f"{order}: its buyer is told {len(taken)} times that the evening is off"
        for one in taken:
            letter = evidence.letters[one.number]
            if one.recipients != [order.address] or letter.to != order.address:
                yield f"{one}: a mail to {letter.to}"
            if WORDS not in letter.text or letter.codes:
                yield f"{one}: does not say that the evening is off"


def check_outcomes(evidence: CalledOffEvidence) -> Iterator[str]:
    """Yield each word of the server on such a mail that the mail server knows to be otherwise."""
    for order in evidence.orders:
        said = evidence.outcomes.get(order.order_id)
        talks = evidence.told.talks_of(order)
        taken = [one for one in talks if one.taken_at is not None]
        if order.cancelled is not None:
            if said is not None:
                yield f"{order}: was cancelled before, and said to be {said}"
            continue
        if said == "sent" and not taken:
            yield f"{order}: said to be told, and was not"
        if said == "refused" and (taken or not any(one.code >= REFUSED for one in talks)):
            yield f"{order}: said to be refused, {len(taken)} were taken of {len(talks)} tries"
        if not evidence.has_true_server:
            continue
        if said not in {"sent", "refused", "doubtful"}:
            yield f"{order}: its buyer is told nothing: {said}"
        last = max(talks, key=lambda one: one.opened, default=None)
        if said == "doubtful" and last is not None and evidence.is_sure(last):
            yield f"{order}: said to be in doubt, and {last} is not"


def check_copies(evidence: CalledOffEvidence) -> Iterator[str]:
    """Yield each message to the program that is not signed, changes, or comes for nothing."""
    firsts: dict[str, Received] = {}
    for one in evidence.received:
        first = firsts.setdefault(one.message_id, one)
        if not one.is_signed:
            yield f"message {one.message_id} is not signed"
        if first.body != one.body:
            yield f"message {one.message_id} says something else when it comes again"
        is_noted = not evidence.has_died(first.at, Instant(first.at + HEARD))
        is_known = first.is_heard and is_noted and evidence.has_true_server
        if first is not one and is_known:
            yield f"message {one.message_id} comes again, and was answered"


def check_program(evidence: CalledOffEvidence) -> Iterator[str]:
    """Yield what the program was told that is not so, or twice, and what it was not told."""
    told = Counter(
        (one.kind, str(one.what.get("order_id", evidence.event_id)))
        for one in {one.message_id: one for one in evidence.received}.values()
        if one.what["event_id"] == evidence.event_id
    )
    due = {("event.cancelled", evidence.event_id)}
    for order in evidence.orders:
        due |= {(kind, order.order_id) for kind in KINDS[:2]}
        due |= {(KINDS[2], order.order_id)} if order.cancelled is not None else set()
    for (kind, name), count in sorted(told.items()):
        if (kind, name) not in due:
            yield f"the program is told {kind} of {name}, and it is not so"
        elif count > 1:
            yield f"the program is told {kind} of {name} by {count} messages"
    if evidence.has_true_server:
        for kind, name in sorted(due - told.keys()):
            yield f"the program is not told {kind} of {name}"
        for one in evidence.waiting:
            yield f"message {one['message_id']} waits still: {one['said']}"


def check_words(evidence: CalledOffEvidence) -> Iterator[str]:
    """Yield each message that says another sum than was paid, or who has bought."""
    sums = {one.order_id: PRICE * len(one.tickets) for one in evidence.orders}
    for one in evidence.received:
        paid = sums.get(str(one.what.get("order_id", "")))
        if paid is not None and one.what["total_minor"] != paid:
            yield f"message {one.message_id}: {one.what['total_minor']} of {paid}"
        if any(order.address.encode() in one.body for order in evidence.orders):
            yield f"message {one.message_id} names a buyer"


CALLED_OFF_CHECKS: Final = (check_buyers, check_outcomes, check_copies, check_program, check_words)


def read_told(record: MailRecord) -> dict[int, ReadMail]:
    """Read the mails that were taken, by the talk's number."""
    return {
        one.number: read_letter(one.content) for one in record.talks if one.content is not None
    }
