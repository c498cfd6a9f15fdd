"""Whether a device could say what its journal says of a passage. Pure.

An id, a gate and a supervisor's name stand in an entry because the device wrote them there; the
manifest tells it all of them. A passage that nobody was asked for counts where the entry proves
that the device has read the ticket's code, or bears the badge of a supervisor of that moment, and
where it leads into a zone that the organizer has given the device. All else is kept and named.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum

import msgspec

from server.ledger.uses import GIFT, UseRecord
from server.plans.event_book import EventBook
from shared.journal.entry import ScanBody
from shared.journal.passage_proof import is_by_badge
from shared.kernel.id_types import DeviceId, EventId, GateId, TicketId, ZoneId
from shared.manifest.badge_signatures import BadgeScope
from shared.manifest.event_config import SupervisorConfig
from shared.manifest.seen_codes import (
    ReadCodes,
    SeenForm,
    form_of,
    is_foreign_known,
    is_manual_known,
    read_signed,
    seen_word,
)
from shared.manifest.tickets import TicketRow


class AssignedPlace(msgspec.Struct, frozen=True):
    """A place that a device was assigned to, each "" where that was left open."""

    event_id: EventId
    gate_id: GateId


class Asker(msgspec.Struct, frozen=True):
    """A device that asks homes for entries: what it signs with, and where it was assigned to."""

    public_key: bytes
    places: Sequence[AssignedPlace]


class Rights(msgspec.Struct, frozen=True):
    """What a batch's passages are judged by.

    Attributes:
        places: Where its device was ever assigned to; None where that is not asked.
        askers: The devices in whose names it says, as a home, that it gave entries away.
        digests: Of imported codes, as far as they are kept, by ticket.
        former_codes: The last generation of each manual code that stood for a ticket, by ticket.
        checked: What was found of proofs before, beside the worker; others are checked here.
        is_accepted: A person has taken the entries over: nothing is asked any more.
    """

    places: Sequence[AssignedPlace] | None = None
    askers: Mapping[DeviceId, Asker] = {}
    digests: Mapping[int, bytes] = {}
    former_codes: Mapping[TicketId, Mapping[int, int]] = {}
    checked: ReadCodes = {}
    is_accepted: bool = False


class Doubt(StrEnum):
    """Why a passage has no effect."""

    ELSEWHERE = "elsewhere"
    UNSEEN = "unseen"
    TOO_FAST = "too_fast"


class Seen(msgspec.Struct, frozen=True):
    """A code that an entry proves to have been read.

    Attributes:
        generation: Of the code; None where nobody can tell.
        is_listed: It is a manual code: a list, or a till at the venue, tells them to all devices.
        is_unexplained: No row says yet what its ticket's code is, so that any proof will do.
        persons: For how many it is, as far as it says so itself.
    """

    generation: int | None = None
    is_listed: bool = False
    is_unexplained: bool = False
    persons: int = 1


class Judged(msgspec.Struct, frozen=True):
    """What became of looking at a passage.

    Attributes:
        doubt: Why it has no effect; None where it has.
        is_by_badge: A supervisor of that moment has signed it, or a person has accepted it.
        seen: The code that was read; None where nobody asked, or nothing proves one.
        beyond: Persons who came in beyond those that the ticket is for, with who is inside on it:
            neither a code nor a badge, whose word names no number, shows that there were so many.
        is_often: Its device has told of so many passages on the ticket that each counts.
    """

    doubt: Doubt | None = None
    is_by_badge: bool = False
    seen: Seen | None = None
    beyond: int = 0
    is_often: bool = False


def judge(
    book: EventBook,
    rights: Rights,
    use: UseRecord,
    body: ScanBody,
    row: TicketRow | None,
    supervisors: Sequence[SupervisorConfig],
    inside: int,
) -> Judged:
    """Say whether a device could say what its entry says of a passage.

    Args:
        book: The event's.
        rights: The device's.
        use: The passage as the ledger would record it.
        body: As the entry says it.
        row: Its ticket's, if there is one yet.
        supervisors: Of its moment.
        inside: Persons who are in its zone on the ticket already, where places are limited.
    """
    if rights.is_accepted:
        return Judged(is_by_badge=True)
    if body.is_by_paper and (not body.person or body.direction != "in"):
        return Judged(Doubt.UNSEEN)  # a list lets people in, and a person says so
    if not may_pass_into(book, rights, body.gate_id, use.zone_id):
        return Judged(Doubt.ELSEWHERE)
    speaker = BadgeScope(book.organization_id, book.event_id, use.device_id, body.person)
    persons = 1 if row is None else row.facts.persons
    if is_by_badge(body, speaker, supervisors, use.ticket_id):
        more = 0 if body.is_by_paper else beyond(use, persons, inside)
        return Judged(is_by_badge=True, beyond=more)
    seen = find_seen(book, rights, use, body, row)
    if seen is None:
        return Judged(Doubt.UNSEEN)
    return Judged(seen=seen, beyond=beyond(use, max(persons, seen.persons), inside))


def beyond(use: UseRecord, persons: int, inside: int) -> int:
    """Count who came in beyond the persons of a ticket on which so many are inside already."""
    return max(0, use.count - max(0, persons - inside)) if use.direction == "in" else 0


def told_of(device_id: DeviceId, uses: Iterable[UseRecord]) -> Counter[TicketId]:
    """Count the passages, by ticket, of which a device's journal alone has told."""
    return Counter(
        one.ticket_id
        for one in uses
        if one.device_id == device_id and not one.is_grant and one.source != GIFT
    )


def may_pass_into(book: EventBook, rights: Rights, gate_id: GateId, zone_id: ZoneId) -> bool:
    """Tell whether a device may have let somebody pass into a zone; as `may_pass_at`."""
    places = rights.places
    return places is None or may_pass_at(book, places, gate_id, zone_id)


def may_pass_at(
    book: EventBook, places: Sequence[AssignedPlace], gate_id: GateId, zone_id: ZoneId
) -> bool:
    """Tell whether a device was ever assigned to where a passage leads.

    Args:
        book: The event's, with the plans of before: gates are moved and removed.
        places: The device's.
        gate_id: As its entry says.
        zone_id: Into which zone, by the plan of then.
    """
    if all(not place.event_id for place in places):
        return True  # it was enrolled for none, and has not named one yet
    for place in places:
        if place.event_id != book.event_id:
            continue
        if not place.gate_id or zone_id in book.history.zones_of(place.gate_id):
            return True
        if place.gate_id == gate_id and not book.history.zones_of(gate_id):
            return True  # of a gate that no plan has any more, nobody knows better
    return False


def find_seen(
    book: EventBook,
    rights: Rights,
    use: UseRecord,
    body: ScanBody,
    row: TicketRow | None,
) -> Seen | None:
    """Find the ticket's code that an entry proves its device to have read; None if it proves none.

    What no row has explained yet is not judged by a code that only its row could tell: it is
    looked at again when its sale arrives.
    """
    form = form_of(body.seen)
    word = seen_word(book.event_id, use.device_id, body.claim_id)
    if form in {SeenForm.PRINT, SeenForm.TAG}:
        found = read_signed(body.seen, book.keyring, book.event_id, word, rights.checked)
        if found is None or found[0].ticket_id != body.ticket_id:
            return None
        claims, key = found
        is_newer = row is not None and claims.generation > row.facts.generation
        said = (body.key_id, body.generation)
        is_same = said in {(None, None), (claims.key_id, claims.generation)}
        if not is_same or (key.is_tills and is_newer):
            return None
        kind = None if row is not None else book.index.types_by_code.get(claims.ticket_type_code)
        return Seen(claims.generation, persons=1 if kind is None else kind.persons)
    if row is None:
        if body.key_id is not None:
            return None
        return Seen(is_listed=form is SeenForm.MANUAL, is_unexplained=True)
    if row.facts.is_imported:
        digest = rights.digests.get(row.ticket_id)
        is_known = digest is not None and is_foreign_known(body.seen, word, digest)
        return Seen() if is_known else None
    return _find_manual(rights, body.seen, word, row)


def _find_manual(rights: Rights, proof: bytes, word: bytes, row: TicketRow) -> Seen | None:
    codes = dict(rights.former_codes.get(row.ticket_id, {}))
    if row.manual_code is not None:
        codes[row.manual_code] = row.facts.generation
    proven = (last for code, last in codes.items() if is_manual_known(proof, word, code))
    return next((Seen(last, is_listed=True) for last in proven), None)
