"""Tickets that others have issued: barcodes of another shop, wristbands known by their UID.

Only the hash of a code is kept, as the ticket's id: whoever reads the database cannot print it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from server.db.unit import Unit
from server.events.event_states import EDITABLE
from server.events.events_and_dates import get_event_in
from server.problem_answers import Problem, wrong_field
from server.ticketing.inventory import lock_stock, take_stock
from server.ticketing.models import TicketType
from server.ticketing.placing_imported_codes import (
    PlacedCode,
    find_codes,
    find_ours,
    keep_digests,
    write_codes,
)
from server.ticketing.ports import ChangeFeed
from server.ticketing.words_of_wrong_lines import (
    IS_BADGE,
    IS_ROUNDED,
    NO_TEXT,
    OURS,
    OWN_FORM,
    RANDOM_TAG,
)
from shared.admission.facts import TicketState
from shared.credential.badges_and_pins import is_badge
from shared.credential.sizes_and_bounds import DIGIT_COUNT
from shared.credential.uid_media import medium_code, parse_medium_uid
from shared.kernel.errors import BadInput
from shared.kernel.id_types import EventId, TicketId, TicketTypeId
from shared.manifest.presenting import (
    foreign_digest,
    foreign_ticket_id,
    is_foreign_form,
    manual_code_of,
)

_ASKED_AT_ONCE = 500
_RANDOM_UID_SIZE = 4
_RANDOM_UID_FIRST = 0x08
_SHORTENED: Final = re.compile(r"\d(?:[.,]\d+)?E\+\d+", re.IGNORECASE)
"""What stands in a CSV for a number too long for its column: most of the code is lost."""


class ImportedTicket(msgspec.Struct, frozen=True, kw_only=True):
    """The ticket that a code stands for, as it is now.

    Attributes:
        ticket_type_id: Of another type than asked for, if the event knew the code as that.
        state: As in `Ticket.state`; `cancelled` for a code whose ticket was: it stays so.
        is_new: This import has added it.
    """

    ticket_id: TicketId
    ticket_type_id: TicketTypeId
    state: str
    is_new: bool


class ReadCode(msgspec.Struct, frozen=True):
    """What is kept of a code: the ticket that it stands for, and more of its hash.

    Attributes:
        ticket_id, digest: They are kept.
        manual_code: What it says as one: a ticket of ours may be printed with it.
    """

    ticket_id: TicketId
    digest: bytes
    manual_code: int | None


class Imported(msgspec.Struct, frozen=True):
    """What became of an import: a ticket for each code, and how many are new."""

    tickets: tuple[ImportedTicket, ...]
    added: int


def read_codes(
    event_id: EventId, codes: Sequence[str], uids: Sequence[str] = ()
) -> list[ReadCode]:
    """Check and hash codes and tags, before anybody waits for the writer.

    Args:
        event_id: At which they shall admit.
        codes: As scanners read them.
        uids: Of tags, in hex.

    Raises:
        Problem: `validation` naming the code or UID that cannot be one.
    """
    texts = [*checked_codes(codes), *checked_uids(uids)]
    return [
        ReadCode(
            foreign_ticket_id(text, event_id),
            foreign_digest(text, event_id),
            manual_code_of(text),
        )
        for text in texts
    ]


async def import_tickets(
    unit: Unit, changes: ChangeFeed, kind: TicketType, codes: Sequence[ReadCode]
) -> Imported:
    """Issue a paid ticket for each code that the event does not know yet.

    Args:
        unit: A writing one.
        changes: Tells the gates.
        kind: What they admit to.
        codes: Of `read_codes`.

    Raises:
        Problem: `sold-out`; `validation` naming a code that a ticket of ours has; `conflict` or
            `forbidden` if the event is over or not approved, or a list has a code under way.
    """
    await get_event_in(unit, kind.event_id, EDITABLE, "nothing is imported any more.")
    ours = await find_ours(unit, kind.event_id, {one.ticket_id: one.manual_code for one in codes})
    for number, one in enumerate(codes):
        if one.ticket_id in ours:
            raise wrong_field(f"codes[{number}]", OURS)
    digests = {one.ticket_id: one.digest for one in codes}
    await lock_stock(unit, kind.event_id, kind.id)
    found = await _known(unit, kind.event_id, sorted(digests))
    if any(one.state == TicketState.PENDING for one in found.values()):
        said = "A list with one of these codes is being taken; wait for its end."
        raise Problem("conflict", said)
    new = [
        PlacedCode(ticket_id=one, ticket_type_id=kind.id, name="", email="")
        for one in sorted(set(digests) - set(found))
    ]
    told = []
    if new:
        await take_stock(unit, kind.event_id, kind.id, len(new))
        kinds = {kind.id: kind}
        told = await write_codes(unit, changes, kinds, kind.event_id, new, TicketState.PAID)
    await keep_digests(unit, kind.event_id, digests)
    if told:
        await changes.append(unit.session, kind.event_id, told)
    found |= {
        one.ticket_id: ImportedTicket(
            ticket_id=one.ticket_id,
            ticket_type_id=kind.id,
            state=TicketState.PAID,
            is_new=True,
        )
        for one in new
    }
    return Imported(tuple(found[one.ticket_id] for one in codes), len(new))


def checked_codes(codes: Sequence[str]) -> Iterator[str]:
    """Yield codes as they are looked up.

    Raises:
        Problem: naming the first that cannot be one.
    """
    for number, code in enumerate(codes):
        if not is_foreign_form(code):
            raise wrong_field(f"codes[{number}]", NO_TEXT)
        bare = code.strip()
        if _SHORTENED.fullmatch(bare):
            raise wrong_field(f"codes[{number}]", IS_ROUNDED)
        if len(bare) == DIGIT_COUNT and bare.isascii() and bare.isdigit():
            raise wrong_field(f"codes[{number}]", OWN_FORM)
        if is_badge(bare):
            raise wrong_field(f"codes[{number}]", IS_BADGE)
        yield bare


def checked_uids(uids: Sequence[str]) -> Iterator[str]:
    """Yield tags' UIDs as they are looked up.

    Raises:
        Problem: naming the first that cannot be one.
    """
    for number, text in enumerate(uids):
        try:
            uid = parse_medium_uid(text)
        except BadInput as error:
            raise wrong_field(f"uids[{number}]", str(error)) from None
        if len(uid) == _RANDOM_UID_SIZE and uid[0] == _RANDOM_UID_FIRST:
            raise wrong_field(f"uids[{number}]", RANDOM_TAG)
        yield medium_code(uid)


async def _known(
    unit: Unit, event_id: EventId, ids: Sequence[TicketId]
) -> dict[TicketId, ImportedTicket]:
    found: dict[TicketId, ImportedTicket] = {}
    for start in range(0, len(ids), _ASKED_AT_ONCE):
        some = await find_codes(unit, event_id, ids[start : start + _ASKED_AT_ONCE])
        found |= {
            ticket_id: ImportedTicket(
                ticket_id=ticket_id,
                ticket_type_id=one.ticket_type_id,
                state=one.state,
                is_new=False,
            )
            for ticket_id, one in some.items()
        }
    return found
