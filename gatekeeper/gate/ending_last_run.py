"""What the gate does before its first scan: end what the last run left open.

Open claims become release entries, because nobody passed under a claim that no entry tells of. An
admission for which a turnstile's arm was never told to open is taken back: nobody went through. A
boot that was found damaged is sealed, and what this device still knows of its lost part is put on
record again, under the same claim ids. Passages that only the entries still tell of count again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

import msgspec

from gatekeeper.gate.undoing import take_back
from gatekeeper.store.claim_intents import ClaimIntent
from gatekeeper.store.journal import Stamp
from gatekeeper.store.store import Store
from gatekeeper.store.use_table import KnownUse, UseProof
from shared.admission.offline_policy import Rung
from shared.admission.reasons import Verdict
from shared.journal.chain import decode_body, decode_entry, is_signed_by
from shared.journal.entry import (
    INTERRUPTED,
    Body,
    BootBody,
    Entry,
    NoteBody,
    ReleaseBody,
    ScanBody,
    UndoBody,
)
from shared.kernel.errors import Malformed
from shared.kernel.id_types import ClaimId, OccurrenceId
from shared.kernel.instant import Instant


def recover(store: Store, stamp: Stamp) -> None:
    """Begin this run's boot and settle the last one's loose ends, in one commit.

    Raises:
        StoreFault: if it could not be made durable; nothing has changed then.
    """
    journal = store.journal
    with store.transaction("recover"):
        journal.start(stamp)
        restate(store, stamp)
        if store.is_unsettled:
            recall_passages(store)
        _release(store, stamp, store.intents.list_open())
        _take_back_unopened(store, stamp)


def _take_back_unopened(store: Store, stamp: Stamp) -> None:
    claim_id = store.awaited_arm.claim_id()
    use = None if claim_id is None else store.uses.find(claim_id)
    store.awaited_arm.settle()
    if use is not None and use.is_local and not use.annulled:
        take_back(use, store, stamp, person="", why=INTERRUPTED)


def recall_passages(store: Store) -> None:
    """Know again whom this device's own entries let pass, where only their uses were lost.

    In a transaction. What the ledger and other devices let pass comes back by the feed.
    """
    found: dict[ClaimId, tuple[ScanBody, Entry, Instant]] = {}
    latest: dict[tuple[int, str], Instant] = {}
    for entry, body in _readable(store, 1, store.journal.last_seq):
        if isinstance(body, ReleaseBody | UndoBody):
            found.pop(body.claim_id, None)
        if not isinstance(body, ScanBody) or body.verdict != Verdict.ADMIT:
            continue
        if body.ticket_id is None or store.uses.find(body.claim_id) is not None:
            continue
        if body.is_by_paper:
            at = body.paper_time(entry.corrected)[0]
        else:
            # In the journal's order, whatever the clock did: see `Uses.place_in_time`.
            place = (body.ticket_id, body.zone_id)
            at = Instant(max(entry.wall + (entry.offset or 0), latest.get(place, -1) + 1))
            latest[place] = at
        found[body.claim_id] = body, entry, at
    for body, entry, at in found.values():
        store.uses.add_local(
            body, at, event_id=entry.event_id, device_id=entry.device_id, seq=entry.seq
        )


def settle_intents(store: Store, stamp: Stamp, in_flight: Collection[str] = ()) -> bool:
    """Release open claims; writes nothing if there are none.

    While the gate works these are claims whose outcome could not be kept, because the disk was
    full for a moment: nobody passed, and the ledger may hold the right for them.

    Args:
        store: The device's.
        stamp: For the entries.
        in_flight: Claims that are just being decided; they are left alone.

    Returns:
        Whether any was released.

    Raises:
        StoreFault: if it could not be made durable; nothing has changed then.
    """
    abandoned = [one for one in store.intents.list_open() if one.claim_id not in in_flight]
    if not abandoned:
        return False
    with store.transaction("settle"):
        store.journal.start(stamp)
        restate(store, stamp)
        _release(store, stamp, abandoned)
    return True


def _release(store: Store, stamp: Stamp, intents: Iterable[ClaimIntent]) -> None:
    for intent in intents:
        release = ReleaseBody(intent.claim_id, intent.ticket_id, INTERRUPTED)
        store.journal.append(release, stamp, event_id=intent.event_id)
        store.intents.remove(intent.claim_id)
        store.shares.free(intent.claim_id)


def restate(store: Store, stamp: Stamp) -> None:
    """Put on record again what is still known of a part that was given up; in a transaction.

    Besides what can still be read these are admissions that count, and what took claims back.
    """
    journal = store.journal
    if journal.lost_range is None:
        return
    first, last = journal.lost_range
    journal.lost_range = None
    journal.append(NoteBody("sealed", journal.damage), stamp)
    admitted: set[str] = set()
    ended: set[str] = set()
    for entry, body in _readable(store, first, last):
        when = msgspec.structs.replace(
            stamp, wall=entry.wall, offset=entry.offset, offset_error=entry.offset_error
        )
        store.journal.append(body, when, event_id=entry.event_id)
        # A referral may bear the claim id of the admission that followed it.
        if isinstance(body, ScanBody) and body.verdict == Verdict.ADMIT:
            admitted.add(body.claim_id)
        if isinstance(body, ReleaseBody | UndoBody):
            ended.add(body.claim_id)
    for use in store.uses.list_local(first, last):
        if use.claim_id not in admitted and not use.annulled:
            when = msgspec.structs.replace(stamp, wall=use.at, offset=0, offset_error=None)
            store.journal.append(_scan_of(use), when, event_id=use.event_id)
    for end in store.journal.ends_in(first, last):
        if end.body.claim_id not in ended:
            store.journal.append(end.body, stamp, event_id=end.event_id)


def _readable(store: Store, first: int, last: int) -> Iterator[tuple[Entry, Body]]:
    """Yield the entries of a range that are whole and validly signed, whatever stands between."""
    for _, signed in list(store.journal.read(first, last)):
        if not is_signed_by(signed, store.journal.public_key):
            continue
        try:
            entry = decode_entry(signed.entry)
            body = decode_body(entry)
        except Malformed:
            continue
        if body is not None and not isinstance(body, BootBody):
            yield entry, body


def _scan_of(use: KnownUse) -> ScanBody:
    proof = use.proof or UseProof()
    return ScanBody(
        claim_id=use.claim_id,
        gate_id=use.gate_id,
        zone_id=use.zone_id,
        occurrence_id=OccurrenceId(""),
        direction=use.direction,
        count=use.count,
        ticket_id=use.ticket_id,
        generation=None,
        key_id=None,
        code_hash=bytes(16),
        verdict="admit",
        reason=proof.reason or ("ok" if use.direction == "in" else "exit"),
        mode=Rung.OFFLINE.value,
        person=proof.person,
        seen=proof.seen,
        signature=proof.signature,
        happened_from=proof.happened_from,
        happened_until=proof.happened_until,
        answers=proof.answers,
    )
