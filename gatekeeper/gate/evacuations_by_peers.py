"""What a gate hears of evacuations over the venue's network, and which word it believes.

Source:
    docs/decisions/0144-an-alarm-is-heard-without-a-server.md
"""

from __future__ import annotations

import msgspec

from gatekeeper.gate.gifts_by_peers import FindPeer
from gatekeeper.gate.knowledge import EventKnowledge
from gatekeeper.gate.recorder import Recorder
from gatekeeper.gate.withdrawals_by_peers import OnKept
from gatekeeper.store.store import Store
from shared.admission.evacuation import EvacuationPhase
from shared.evacuations.whose_words_count import WordAuthor, find_objection, times_of
from shared.journal.chain import SignedEntry, decode_body, decode_entry
from shared.journal.entry import Entry, EntryKind, EvacuationBody
from shared.kernel.errors import Malformed
from shared.kernel.id_types import EventId
from shared.kernel.instant import Instant
from shared.lan.roster import RosterDevice
from shared.wire.feed import EvacuationNotice


def hear_evacuations(store: Store, recorder: Recorder, find_peer: FindPeer) -> OnKept:
    """Return what notes evacuations among the entries of others that are kept.

    It is called inside the transaction that keeps them; their signatures were verified. A stop
    holds whoever says it, also of a device that no peer is now. What lets people in again is
    believed as by the ledger: from a gate of the zone, with the badge of a supervisor; of any
    other this gate's own supervisor has to say it here.
    """
    knowledge = recorder.knowledge

    def note(signed: SignedEntry) -> None:
        entry, event = decode_entry(signed.entry), knowledge.event
        if entry.kind != EntryKind.EVACUATION or event is None or entry.event_id != event.event_id:
            return
        try:
            said = decode_body(entry)
        except Malformed:
            return
        if isinstance(said, EvacuationBody):
            peer = find_peer(entry.device_id)
            notice = _judge(event, entry, said, peer, recorder.clock.now())
            if notice is not None:
                notice = _in_place(store, event.event_id, notice)
                store.uses.evacuations.hear_peer(event.event_id, entry.device_id, notice)
                store.peers.follow(event.event_id, notice.evacuation_id)

    return note


def _judge(
    event: EventKnowledge,
    entry: Entry,
    said: EvacuationBody,
    peer: RosterDevice | None,
    now: Instant,
) -> EvacuationNotice | None:
    """Return what counts here of a word, or None."""
    author = WordAuthor(
        organization_id=event.config.organization_id,
        event_id=event.event_id,
        device_id=entry.device_id,
        home_event=event.event_id,
        home_zone="" if peer is None else peer.zone_id,
        supervisors=event.config.supervisors,
    )
    is_stop = said.phase == EvacuationPhase.STOP
    objection = find_objection(said, author, tuple(event.index.zones), is_annulled=False)
    if objection is not None or (peer is None and not is_stop):
        return None
    is_time_known = entry.offset_error is not None
    begun_at, emptied_at = times_of(said, author, now, is_time_known=is_time_known)
    return EvacuationNotice(
        evacuation_id=said.evacuation_id,
        zone_id=said.zone_id,
        phase=said.phase,
        gate_id=said.gate_id,
        begun_at=begun_at,
        emptied_at=emptied_at,
    )


def _in_place(store: Store, event_id: EventId, notice: EvacuationNotice) -> EvacuationNotice:
    """Let a return begin with its stop and follow all who have passed here, and the end repeat it.

    Whatever clocks say: by a time before their entry, or by a stop after they were scanned out,
    holders could not come back, and by a time after their return they could do so once more.
    """
    evacuations = store.uses.evacuations.list_all(event_id)
    subject = notice.evacuation_id, notice.zone_id
    known = next((one for one in evacuations if (one.evacuation_id, one.zone_id) == subject), None)
    if known is None or notice.emptied_at is None:
        return notice
    if known.emptied_at is not None and notice.phase != EvacuationPhase.RETURN:
        times = {"begun_at": known.begun_at, "emptied_at": known.emptied_at}
        return msgspec.structs.replace(notice, **times)
    if known.phase == EvacuationPhase.STOP:
        times = {
            "begun_at": min(notice.begun_at, known.begun_at),
            "emptied_at": max(
                notice.emptied_at, store.uses.latest_in_zone(event_id, notice.zone_id)
            ),
        }
        return msgspec.structs.replace(notice, **times)
    return notice
