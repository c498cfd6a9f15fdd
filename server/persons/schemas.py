"""What the API says of persons and their erasure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, ClassVar, Literal

import msgspec

from server.http.body_and_answer_types import Answer, Body
from server.http.etags import Tagged
from server.persons.same_person import Person
from server.problem_answers import wrong_field
from shared.field_limits import NAMES_KEPT_DAYS_MAX, NAMES_KEPT_DAYS_MIN, SEARCH_SIZE_MAX
from shared.kernel.email_address import EMAIL_SIZE_MAX
from shared.kernel.id_types import EventId

_Email = Annotated[str, msgspec.Meta(min_length=1, max_length=EMAIL_SIZE_MAX)]
_Phone = Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
_Place = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class PersonSearchBody(Body):
    """Find people among buyers and holders.

    Attributes:
        text: Words or parts of words of a name or an e-mail address, or of a number's digits.
    """

    text: Annotated[str, msgspec.Meta(min_length=2, max_length=SEARCH_SIZE_MAX)]


class PersonBody(Body):
    """Who, in any spelling; at least one of them.

    The same e-mail or telephone is the same person; so is the same name, unless e-mail or
    telephone say that it is another one.

    Attributes:
        name: Empty where it is not known.
    """

    name: Annotated[str, msgspec.Meta(max_length=200)]
    email: _Email | None = None
    phone: _Phone | None = None

    def read(self) -> Person:
        """Return whom it names.

        Raises:
            Problem: if it names nobody.
        """
        person = Person(name=self.name, email=self.email, phone=self.phone)
        if not person.is_sayable():
            raise wrong_field("name", "says nobody; give a name, an e-mail address or a number")
        return person


class ErasureBody(PersonBody):
    """Erase a person.

    Attributes:
        spare: `place` of records of somebody else who has the same name.
    """

    spare: Annotated[tuple[_Place, ...], msgspec.Meta(max_length=1_000)] = ()


class RetentionBody(Body):
    """For how long guests' names are kept.

    Attributes:
        days: After the end of an event's last date; null keeps them.
    """

    days: Annotated[int, msgspec.Meta(ge=NAMES_KEPT_DAYS_MIN, le=NAMES_KEPT_DAYS_MAX)] | None


class KeptEventAnswer(Answer):
    """An event that still has names, and when they go.

    Attributes:
        ends_at: When its last date ends.
        due_at: When its names go.
        due_on: The same as a day of the venue's.
        orders, tickets, lists: How many buyers and holders are named; lists that wait.
        waits: `conflict`: one is open; `refunds`: its money is still going back, or owed to a
            buyer who is named. Its names stay until that is over. Empty where nothing comes
            first.
    """

    event_id: EventId
    name: str
    ends_at: datetime
    due_at: datetime
    due_on: str
    orders: int
    tickets: int
    lists: int
    waits: str


class RetentionAnswer(Tagged, kw_only=True):
    """How long an organization keeps the names of an event, and which go when.

    Attributes:
        days: After the end of an event's last date; null while names are kept.
        set_by: Who has said so; empty for nobody.
        events: Which names go when, the first in front: by this rule, or by the one asked about.
    """

    BY_ITSELF: ClassVar[frozenset[str]] = frozenset({"set_by", "set_at", "events"})

    days: int | None
    set_by: str
    set_at: datetime | None
    events: Sequence[KeptEventAnswer]


class FoundPersonAnswer(Answer):
    """Somebody who was found.

    Attributes:
        orders, tickets, events: How many name them.
    """

    name: str | None
    email: str | None
    phone: str | None
    orders: int
    tickets: int
    events: int


class FoundPersonsAnswer(Answer):
    """Who was found; `is_cut` where there are more: say more words."""

    items: Sequence[FoundPersonAnswer]
    is_cut: bool


class RecordAnswer(Answer):
    """Something that names a person.

    Attributes:
        place: Names it among all of the organization's.
        kind: `order`, `ticket`, or `list`: one that waits to be taken, and is given up.
        id: Of the order, the ticket or the import.
        number: Of the order, as people know it; 0 of anything else.
        total_minor, currency: Of an order: what it came to. It stays, without the name.
    """

    place: str
    kind: Literal["order", "ticket", "list"]
    event_id: EventId
    event_name: str
    id: str
    name: str | None
    email: str | None
    phone: str | None
    number: int
    state: str
    at: datetime
    total_minor: int
    currency: str


class TextAnswer(Answer):
    """A text that somebody has typed, in which the person is named.

    Attributes:
        place: What it is, as `refund.reason`.
        rows: How many say it.
    """

    place: str
    text: str
    rows: int


class DoorAnswerAnswer(Answer):
    """What was answered at the door on a ticket that names the person.

    Attributes:
        question, answer: In the organizer's words; the question's id and the answer's place, from
            1, where nobody has asked that.
        at: When somebody came in on it.
    """

    event_id: EventId
    ticket_id: str
    question: str
    answer: str
    at: datetime


class HeldAnswer(Answer):
    """All that is held of a person.

    Attributes:
        answers: Without the name they are a ticket's, and stay when the person is erased.
    """

    person: PersonBody
    records: Sequence[RecordAnswer]
    texts: Sequence[TextAnswer]
    answers: Sequence[DoorAnswerAnswer]


class ErasureAnswer(Answer):
    """Names that are gone; who it was is not kept.

    Attributes:
        scope: `person`, or `event` for all of one.
        asked_by: Who asked for it; empty for the organization's rule.
        event_id: Of `event`: which.
        orders, holders, lists, texts: How many buyers and holders were forgotten, lists given
            up, and texts from which words were cut.
        state: `working` until gates have names to fetch without these, and the database's files
            hold none of their bytes; then `done`.
    """

    id: str
    at: datetime
    scope: str
    asked_by: str
    event_id: EventId | None
    orders: int
    holders: int
    lists: int
    texts: int
    state: str
    ended_at: datetime | None
