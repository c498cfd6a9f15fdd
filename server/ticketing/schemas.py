"""Request and answer bodies of ticket types and tickets."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, ClassVar, Final, Literal

import msgspec

from server.http.body_and_answer_types import (
    Answer,
    Body,
    Currency,
    Email,
    IdOf,
    MinorUnits,
    Moment,
    Name,
    Text,
)
from server.http.etags import Tagged
from server.ticketing.door_question_fields import QuestionAnswer, QuestionBodies
from server.ticketing.finding_and_changing_tickets import ShownState
from server.ticketing.selling_terms import SellingTerms
from shared.admission.offline_policy import OfflinePolicy
from shared.field_limits import PLACES_MAX
from shared.kernel.id_types import (
    DeviceId,
    EventId,
    GateId,
    OccurrenceId,
    OrderId,
    SeatId,
    TicketTypeId,
)

IMPORT_MAX: Final = 5_000
"""Codes in one request; a longer list goes in several."""

Persons = Annotated[int, msgspec.Meta(ge=1, le=1_000)]
ForeignCode = Annotated[str, msgspec.Meta(min_length=1, max_length=512)]
Quantity = Annotated[int, msgspec.Meta(ge=0, le=PLACES_MAX)]


class TicketTypeBody(Body):
    """What a ticket type is; PUT replaces all of it.

    Attributes:
        price_minor: In minor units of the currency.
        currency: The event's, if left out.
        occurrence_id: The date it admits to; null for any.
        persons: How many one ticket admits.
        quantity_limit: The most that may be sold; null for no limit.
        offline_policy: Goes before the event's; null to follow it.
        check_id: Staff look at the holder's identity or entitlement.
        questions: What staff ask the holder on the first way in, in this order.
        selling: Tiers, fee, tax, and how many in one order.
    """

    name: Name
    price_minor: MinorUnits
    currency: Currency | None = None
    occurrence_id: IdOf[OccurrenceId] | None = None
    persons: Persons = 1
    quantity_limit: Quantity | None = None
    offline_policy: OfflinePolicy | None = None
    check_id: bool = False
    questions: QuestionBodies = ()
    sales_from: Moment | None = None
    sales_until: Moment | None = None
    valid_from: Moment | None = None
    valid_until: Moment | None = None
    selling: SellingTerms = SellingTerms()


class TicketTypeAnswer(Tagged, kw_only=True):
    """A ticket type, with its counts.

    Attributes:
        code: Its number within the event; credentials carry it.
        available: How many are left; null for no limit.
    """

    BY_ITSELF: ClassVar[frozenset[str]] = frozenset({"sold", "held", "allotted", "available"})

    id: TicketTypeId
    event_id: EventId
    code: int
    name: str
    price_minor: int
    currency: str
    occurrence_id: OccurrenceId | None
    persons: int
    offline_policy: str | None
    check_id: bool
    questions: Sequence[QuestionAnswer]
    sales_from: datetime | None
    sales_until: datetime | None
    valid_from: datetime | None
    valid_until: datetime | None
    selling: SellingTerms
    quantity_limit: int | None
    sold: int
    held: int
    allotted: int
    available: int | None


class TicketAnswer(Answer):
    """A ticket.

    Attributes:
        id: 16 hex digits.
        seat_id: Its seat in the event's map; null where none is reserved.
        state: Derived from its order and its check-ins.
        manual_code: For voice and keypad, of the present generation.
        holder_name, holder_email: Whom it is for; null where nobody was named.
        home_device_id: Under the policy `home`, the device whose right it is; null for none.
        home_gate_id, home_gate: Where that device stands, for the ticket's own text: "your gate
            is North".
        is_imported: It is known by a foreign code or a tag's UID, of which only the hash is kept.
    """

    id: str
    event_id: EventId
    order_id: OrderId | None
    ticket_type_id: TicketTypeId
    occurrence_id: OccurrenceId | None
    variant: str | None
    seat_id: SeatId | None
    state: ShownState
    blocked: bool
    generation: int
    persons: int
    valid_from: datetime | None
    valid_until: datetime | None
    manual_code: str | None
    holder_name: str | None
    holder_email: str | None
    home_device_id: DeviceId | None
    home_gate_id: GateId | None
    home_gate: GateId | None
    is_imported: bool


NamesAtGates = Literal["next_handover", "off"]
"""When gates know a name that was given just now: with the event's next publication, or never,
since its policy's `names_at_gates` keeps names from them."""


class HolderAnswer(TicketAnswer):
    """A ticket whose holder was named.

    Attributes:
        names_at_gates: When gates know the name: `next_handover` (hand the event to gates
            again), or `off` while the event's policy keeps names from them.
    """

    names_at_gates: NamesAtGates


class ImportBody(Body):
    """Codes of others that shall admit, such as barcodes of another shop or wristbands' UIDs.

    Attributes:
        ticket_type_id: What each of them admits to.
        codes: Each as a scanner will read it.
        uids: Each tag's UID in hex; gates take bare UIDs only where they are set up to.
    """

    ticket_type_id: IdOf[TicketTypeId]
    codes: Annotated[tuple[ForeignCode, ...], msgspec.Meta(max_length=IMPORT_MAX)] = ()
    uids: Annotated[tuple[ForeignCode, ...], msgspec.Meta(max_length=IMPORT_MAX)] = ()


class ImportedTicketAnswer(Answer):
    """The ticket that one code stands for, as it is now.

    Attributes:
        ticket_type_id: Another than was asked for, where the event knew the code as that.
        state: `paid` is good; a code whose ticket was cancelled before stays `cancelled`.
        is_new: This request has added it.
    """

    ticket_id: str
    ticket_type_id: TicketTypeId
    state: str
    is_new: bool


class ImportAnswer(Answer):
    """What became of an import.

    Attributes:
        ticket_ids: For each code, then for each UID, in the order of the request.
        added: How many are new; the others were known to the event before, and stay as they are.
        tickets: What each of them is now, in the same order.
    """

    ticket_ids: list[str]
    added: int
    tickets: list[ImportedTicketAnswer]


class ListAnswer(Answer):
    """What became of a list of guests.

    Attributes:
        lines: With something on them, the first one not counted.
        added: New tickets.
        known: Lines whose code the event knew before.
        named: Tickets that name their holder now.
        dry_run: It was only looked at; nothing was written.
        names_at_gates: When gates know the names: `next_handover` (hand the event to gates
            again), or `off` while the event's policy keeps names from them.
    """

    lines: int
    added: int
    known: int
    named: int
    dry_run: bool
    names_at_gates: NamesAtGates


class HolderBody(Body):
    """Whom a ticket is for."""

    name: Name
    email: Email | None = None


class BlockBody(Body):
    """Deny a ticket both ways for now, or allow it again."""

    blocked: bool


class RefundBody(Body):
    """Why a ticket is cancelled."""

    reason: Text
