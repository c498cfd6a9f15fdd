"""What posted passages are found to contradict, as findings with their sides. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec

from server.entries.checking_uploaded_entries import CheckedEntry
from server.ledger.evacuations_on_record import UNCOUNTED
from server.ledger.uses import PAPER, UseRecord
from server.reconciliation.findings import ConflictKind, Finding, FindingSide, side_of_entry
from server.reconciliation.passage_rights import Doubt
from shared.admission.facts import TicketState
from shared.admission.offline_policy import Rung
from shared.admission.reasons import Reason
from shared.credential.keyring import KeyStatus, TicketKey
from shared.evacuations.whose_words_count import Objection
from shared.journal.entry import EvacuationBody, GiveBody, ScanBody
from shared.kernel.ed25519 import sha256
from shared.kernel.id_types import DeviceId, TicketId
from shared.kernel.ids import format_ticket_id
from shared.kernel.instant import Instant
from shared.kernel.same_fields import made_of

SIDES_NAMED_MAX: Final = 8
"""Entries of one upload that a conflict about its device shows."""

_VOID: Final = frozenset({Reason.CANCELLED, Reason.SUPERSEDED, Reason.BLOCKED, Reason.UNPAID})
_NEVER_AGAIN: Final = frozenset({Reason.CANCELLED, Reason.SUPERSEDED})
_OBJECTED: Final = "the ledger would have answered "


def side_of(use: UseRecord, checked: CheckedEntry | None) -> FindingSide:
    """Say a passage as a side, with the entry that records it if that is at hand."""
    return made_of(
        FindingSide,
        use,
        side=use.claim_id,
        entry=None if checked is None else checked.signed.entry,
        signature=None if checked is None else checked.signed.signature,
        is_by_paper=use.source == PAPER,
    )


def objected(use: UseRecord, side: FindingSide, objection: Reason) -> Finding:
    """Name an entry against which something speaks whatever came before it."""
    is_void = objection in _VOID
    kind = ConflictKind.ADMITTED_AFTER_VOID if is_void else ConflictKind.ADMITTED_AGAINST_RULES
    return Finding(
        kind=kind,
        subject=f"{format_ticket_id(use.ticket_id)}/{use.occurrence_id}/{use.zone_id}",
        sides=[side],
        ticket_id=use.ticket_id,
        occurrence_id=use.occurrence_id,
        zone_id=use.zone_id,
        detail=_OBJECTED + objection.value,
    )


def withdrawn_reason(finding: Finding) -> Reason | None:
    """Return `CANCELLED` or `SUPERSEDED` where that is what speaks against an entry."""
    said = finding.detail.removeprefix(_OBJECTED)
    return Reason(said) if said in {Reason.CANCELLED, Reason.SUPERSEDED} else None


def unexplained(use: UseRecord, side: FindingSide | None, key: TicketKey | None = None) -> Finding:
    """Name an entry on a ticket that no row and no key of the event explains.

    Args:
        use: The entry.
        side: None where it is explained by now: its sale has arrived.
        key: The event's key that has signed the ticket, if it is one of the event's at all.
    """
    return Finding(
        kind=ConflictKind.UNEXPLAINED,
        subject=format_ticket_id(use.ticket_id),
        sides=[] if side is None else [side],
        ticket_id=use.ticket_id,
        occurrence_id=use.occurrence_id,
        zone_id=use.zone_id,
        detail=_why_unexplained(key),
    )


def _why_unexplained(key: TicketKey | None) -> str:
    """Say why nothing explains a ticket, and where a key has ended what that means."""
    if key is None:
        return (
            "the ticket that was admitted is on no list and was not signed by a key of this event"
        )
    if key.status is not KeyStatus.COMPROMISED:
        return (
            "the ticket that was admitted is on no list, and its key alone does not make it valid"
        )
    if key.is_tills:
        return (
            f"the ticket was signed with a till's key ({key.issuer_device_id}) that was"
            " revoked, and no known sale explains it: whoever has the till may have made it"
        )
    return (
        "the ticket was signed with a key that was declared compromised, and is on no"
        " list: whoever has the key may have made it"
    )


def overridden(
    use: UseRecord, side: FindingSide, objection: Reason | None, *, is_signed: bool
) -> list[Finding]:
    """Name an override that no badge has signed, and one of what nobody may let in again.

    Args:
        use: The entry.
        side: It, as a side.
        objection: What speaks against it whatever came before it; None for nothing.
        is_signed: A supervisor of that moment has signed it, or a person has accepted it.
    """
    found = [] if is_signed else [_unsigned_override(use, side)]
    if objection in _NEVER_AGAIN:
        found.append(objected(use, side, objection))
    return found


def _unsigned_override(use: UseRecord, side: FindingSide) -> Finding:
    """Name a supervisor's override that nobody's badge has signed: any gate can write that."""
    return Finding(
        kind=ConflictKind.OVERRIDE_UNSIGNED,
        subject=f"{format_ticket_id(use.ticket_id)}/{use.zone_id}",
        sides=[side],
        ticket_id=use.ticket_id,
        occurrence_id=use.occurrence_id,
        zone_id=use.zone_id,
        device_id=use.device_id,
        detail="let in by an override that no one who was a supervisor at the time has signed",
    )


_DOUBTS: Final = {
    Doubt.UNSEEN: (
        ConflictKind.PASSAGE_UNPROVEN,
        "nothing proves that the tickets' codes were read, and no badge has signed for it",
        "",
    ),
    Doubt.ELSEWHERE: (
        ConflictKind.PASSAGE_ELSEWHERE,
        "the organizer never assigned the device to that zone",
        "",
    ),
    Doubt.TOO_FAST: (
        ConflictKind.TOO_FAST,
        (
            "no lane admits so many on manual codes (which are on every list), or on one"
            " ticket, or more than tickets are for; accept these entries or revoke the"
            " device"
        ),
        "/typed",  # what its claims are named for is another matter
    ),
}


def doubted(passages: Sequence[tuple[Doubt, CheckedEntry]], received_at: Instant) -> list[Finding]:
    """Name passages that have no effect: one finding for each reason and device."""
    groups: dict[tuple[Doubt, DeviceId], list[CheckedEntry]] = {}
    for doubt, checked in passages:
        groups.setdefault((doubt, checked.as_entry.device_id), []).append(checked)
    found = []
    for (doubt, device_id), entries in sorted(groups.items()):
        kind, why, about = _DOUBTS[doubt]
        found.append(
            Finding(
                kind=kind,
                subject=device_id + about,
                sides=[_passage_side(one, received_at) for one in entries[:SIDES_NAMED_MAX]],
                device_id=device_id,
                detail=f"passages have no effect ({len(entries)} when this was reported): {why}",
            )
        )
    return found


def _passage_side(checked: CheckedEntry, received_at: Instant) -> FindingSide:
    entry, body = checked.as_entry, checked.body
    assert isinstance(body, ScanBody | GiveBody)
    return side_of_entry(
        entry,
        checked.signed,
        received_at,
        checked.hash[:16].hex(),
        body.reason,
        gate_id=body.gate_id,
        count=body.count,
        mode=Rung.LAN.value if isinstance(body, GiveBody) else body.mode,
    )


def overfull(use: UseRecord, side: FindingSide) -> Finding:
    """Name an entry into a zone that was full."""
    return Finding(
        kind=ConflictKind.OVER_CAPACITY,
        subject=f"{use.occurrence_id}/{use.zone_id}",
        sides=[side],
        occurrence_id=use.occurrence_id,
        zone_id=use.zone_id,
        detail="more people were let in than the zone holds",
    )


def foreign_undo(checked: CheckedEntry, known: UseRecord, received_at: Instant) -> Finding:
    """Name a device that takes another's admission back, which none may: it has no effect."""
    entry = checked.as_entry
    mine = checked.hash[:16].hex()
    side = side_of_entry(entry, checked.signed, received_at, mine, "undo", count=known.count)
    return Finding(
        kind=ConflictKind.FOREIGN_UNDO,
        subject=f"{entry.device_id}/{known.claim_id}",
        sides=[side],
        ticket_id=known.ticket_id,
        zone_id=known.zone_id,
        device_id=entry.device_id,
        detail="the device took back another device's admission, which still stands",
    )


_UNPROVEN: Final = {
    Objection.NO_EVACUATION: "no evacuation of a zone of this event",
    Objection.OTHER_EVENT: "the device serves another event",
    Objection.OTHER_ZONE: "the device's gate leads into another zone",
    Objection.NOT_SIGNED: "no one who was a supervisor at the time signed it",
    Objection.ANNULLED: "the organizer has annulled this evacuation",
    Objection.TOO_MANY: "its device sends more of them than any gate; revoke it",
}


def unproven_words(
    words: Sequence[tuple[CheckedEntry, EvacuationBody, Objection]], received_at: Instant
) -> list[Finding]:
    """Name words on evacuations without effect; of those that have no end, a few."""
    counted: Counter[Objection] = Counter()
    found = []
    for checked, said, why in words:
        counted[why] += 1
        if why not in UNCOUNTED or counted[why] <= SIDES_NAMED_MAX:
            found.append(_unproven_word(checked, said, why, received_at))
    return found


def _unproven_word(
    checked: CheckedEntry, said: EvacuationBody, why: Objection, received_at: Instant
) -> Finding:
    """Name a word on an evacuation that its device could not say for others: it has no effect."""
    entry = checked.as_entry
    mine = checked.hash[:16].hex()
    side = side_of_entry(
        entry, checked.signed, received_at, mine, "evacuation", gate_id=said.gate_id
    )
    subject = f"{entry.device_id}/{said.evacuation_id}/{said.zone_id}/{said.phase}"
    if why in UNCOUNTED:
        subject = f"{entry.device_id}/{why}"
    return Finding(
        kind=ConflictKind.EVACUATION_UNPROVEN,
        subject=sha256(subject.encode()).hex(),
        sides=[side],
        zone_id=said.zone_id,
        device_id=entry.device_id,
        detail=(
            f"an evacuation's message {said.phase} counts at its own gate only: {_UNPROVEN[why]}"
        ),
    )


def voided_in(findings: Iterable[Finding]) -> list[TicketId]:
    """Name the tickets that findings say were admitted after they were voided."""
    kind = ConflictKind.ADMITTED_AFTER_VOID
    return sorted({one.ticket_id for one in findings if one.kind is kind and one.ticket_id})


def judge_voids(
    findings: Iterable[Finding], voids: Mapping[int, tuple[Instant, str]]
) -> list[Finding]:
    """Tell entries that were surely made before their ticket was voided from those after.

    Those were in order, and so is what was let in by paper and may have been before; but whoever
    cancels a ticket must hear that it was used.

    Args:
        findings: What was found.
        voids: When tickets were voided, and their states, by id.
    """
    judged = []
    for finding in findings:
        at, state = voids.get(finding.ticket_id or 0, (None, ""))
        is_void = finding.kind is ConflictKind.ADMITTED_AFTER_VOID
        if at is None or not is_void or not all(_is_before(one, at) for one in finding.sides):
            judged.append(finding)
        elif state == TicketState.CANCELLED:
            detail = "the ticket was cancelled after its holder had entered"
            kind = ConflictKind.PAYOUT_AND_ENTRY
            judged.append(msgspec.structs.replace(finding, kind=kind, detail=detail))
    return judged


def _is_before(side: FindingSide, at: Instant) -> bool:
    """Whether an entry was surely before; one by paper, whether it may have been."""
    if side.at_error is None:
        return False
    error = -side.at_error if side.is_by_paper else side.at_error
    return side.at + error < at
