"""What uploaded entries do to the ledger when they arrive late."""

from __future__ import annotations

import pytest

from server.entries.checking_uploaded_entries import CheckedEntry
from server.journals.posting import JournalFold
from server.journals.snapshot_and_postings import Journaled
from server.ledger.uses import UseRecord
from server.plans.earlier_plans import PlanHistory
from server.plans.event_book import EventBook, Version
from server.plans.open_times import OpenTimes
from server.reconciliation.findings import ConflictKind
from server.reconciliation.passage_rights import Rights, Seen, find_seen
from server.reconciliation.typed_codes import TypedCodes
from shared.credential.keyring import Keyring, TicketKey
from shared.journal.chain import encode_body, seal_entry
from shared.journal.entry import (
    ENTRY_VERSION,
    NO_HASH,
    Body,
    Entry,
    EntryKind,
    ReleaseBody,
    ScanBody,
)
from shared.kernel.ed25519 import SigningKey
from shared.kernel.id_types import ClaimId, DeviceId, OccurrenceId, TicketId
from shared.kernel.instant import HOUR, MINUTE, Duration, Instant
from shared.manifest.fact_building import EventIndex
from shared.manifest.seen_codes import prove_manual, seen_word
from shared.manifest.tickets import TicketClass, TicketRow
from shared.wire.feed import Annul
from tests.factories.gate_event import EVENT, NORTH, ORGANIZATION, STARTS, ZONE, make_config

KEY = SigningKey(bytes(32))
CLAIM = ClaimId("c" * 32)
LATER = STARTS + HOUR
TICKET_KEY = TicketKey(
    key_id=1, public_key=KEY.public_key, organization_id=ORGANIZATION, event_id=EVENT
)


def _entered(number: int) -> UseRecord:
    return UseRecord(
        claim_id=ClaimId(f"{number:032x}"),
        ticket_id=TicketId(7),
        zone_id=ZONE,
        occurrence_id=OccurrenceId(""),
        direction="in",
        at=STARTS + number * MINUTE,
        at_error=Duration(0),
        count=1,
        gate_id=NORTH,
        device_id=DeviceId(f"dv_{number}"),
        mode="offline",
        reason="ok",
        is_annulled=False,
        is_confirmed=True,
        source="journal",
        boot=None,
        dseq=None,
        seq=number,
        epoch=1,
        content=None,
        remaining=None,
    )


def _held(tickets: dict[TicketId, TicketRow], uses: dict[ClaimId, UseRecord]) -> Journaled:
    """Hold passages of a device whose word is taken."""
    typed = TypedCodes(EVENT, STARTS)
    held = Journaled(epoch=1, tickets=tickets, uses=uses, marks={}, inside={}, typed=typed)
    held.rights = Rights(is_accepted=True)
    return held


def _book() -> EventBook:
    index = EventIndex(make_config())
    return EventBook(
        organization_id=ORGANIZATION,
        event_id=EVENT,
        version=Version(1, 0),
        index=index,
        keyring=Keyring([TICKET_KEY]),
        codes={},
        homes={},
        history=PlanHistory(index),
        open_times=OpenTimes(index.config.occurrences),
    )


def _release() -> CheckedEntry:
    return _checked(ReleaseBody(CLAIM, TicketId(7), "not_admitted"), EntryKind.RELEASE, STARTS)


def _exit(at: Instant) -> CheckedEntry:
    body = ScanBody(
        claim_id=CLAIM,
        gate_id=NORTH,
        zone_id=ZONE,
        occurrence_id=OccurrenceId(""),
        direction="out",
        count=1,
        ticket_id=TicketId(7),
        generation=0,
        key_id=1,
        code_hash=bytes(16),
        verdict="admit",
        reason="exit",
        mode="offline",
    )
    return _checked(body, EntryKind.SCAN, at)


def _checked(body: Body, kind: EntryKind, at: Instant) -> CheckedEntry:
    entry = Entry(
        v=ENTRY_VERSION,
        device_id=DeviceId("dv_north"),
        boot=bytes(8),
        dseq=1,
        seq=1,
        previous=NO_HASH,
        kind=kind,
        event_id=EVENT,
        wall=at,
        monotonic=Duration(0),
        offset=Duration(0),
        offset_error=Duration(0),
        epoch=1,
        cursor=0,
        body=encode_body(body),
    )
    signed = seal_entry(entry, KEY)
    return CheckedEntry(signed=signed, hash=signed.hash, entry=entry, body=body)


@pytest.mark.parametrize(("epoch", "is_told"), [(1, False), (2, True)])
def test_a_release_of_a_forgotten_grant_is_told_to_the_devices(epoch: int, is_told: bool) -> None:
    """They may count the use that the ledger granted before it was put back, and forgot."""
    typed = TypedCodes(EVENT, STARTS)
    held = Journaled(epoch=epoch, tickets={}, uses={}, marks={}, inside={}, typed=typed)
    fold = JournalFold(_book(), held, DeviceId("dv_north"), STARTS)
    fold.post(_release())
    told = [item.claim_id for item in fold.postings.items if isinstance(item, Annul)]
    assert told == ([CLAIM] if is_told else [])
    assert [mark.why for mark in fold.postings.marks] == ["released"]


def test_an_exit_that_arrives_late_withdraws_a_double_use() -> None:
    """In and in again looked like two persons, until the journal came that tells of the exit."""
    uses = {use.claim_id: use for use in (_entered(1), _entered(3))}
    row = TicketRow(TicketId(7), TicketClass(ticket_type_code=1, state="paid"))
    fold = JournalFold(_book(), _held({TicketId(7): row}, uses), DeviceId("dv_north"), LATER)
    fold.post(_exit(STARTS + 2 * MINUTE))
    fold.finish()
    (finding,) = fold.postings.findings
    assert finding.kind is ConflictKind.DOUBLE_USE
    assert finding.sides == []


def test_an_exit_after_two_entries_leaves_the_double_use() -> None:
    """Going out afterwards makes nothing undone."""
    uses = {use.claim_id: use for use in (_entered(1), _entered(3))}
    row = TicketRow(TicketId(7), TicketClass(ticket_type_code=1, state="paid"))
    fold = JournalFold(_book(), _held({TicketId(7): row}, uses), DeviceId("dv_north"), LATER)
    fold.post(_exit(STARTS + 4 * MINUTE))
    fold.finish()
    assert [len(finding.sides) for finding in fold.postings.findings] == [2]


@pytest.mark.parametrize(
    ("manual_code", "shown", "found"),
    [
        (None, 4711, None),
        (None, 4710, Seen(1, is_listed=True)),
        (4711, 4711, Seen(3, is_listed=True)),
        (4711, 4710, Seen(1, is_listed=True)),
        (4711, 4709, Seen(2, is_listed=True)),
        (4711, 4708, None),
    ],
)
def test_only_codes_that_a_ticket_has_or_had_let_somebody_in_on_it(
    manual_code: int | None, shown: int, found: Seen | None
) -> None:
    """Of a reissued ticket also those of before, and which of them it was is known."""
    facts = TicketClass(ticket_type_code=1, state="paid", generation=3)
    use, book = _entered(1), _book()
    body = ScanBody(
        claim_id=CLAIM,
        gate_id=NORTH,
        zone_id=ZONE,
        occurrence_id=OccurrenceId(""),
        direction="in",
        count=1,
        ticket_id=TicketId(7),
        generation=None,
        key_id=None,
        code_hash=bytes(16),
        verdict="admit",
        reason="ok",
        mode="offline",
        seen=prove_manual(seen_word(book.event_id, use.device_id, CLAIM), shown),
    )
    rights = Rights(former_codes={TicketId(7): {4710: 1, 4709: 2}})
    row = TicketRow(TicketId(7), facts, manual_code)
    assert find_seen(book, rights, use, body, row) == found
