"""Which members of the product's own enumerations a world has brought about.

A kind of entry, reason, feed item, policy, role, conflict, phase or mode that is added to the
product is played by some world, or stands below with the reason why not; a test holds this to it.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Final

from server.devices.schemas import DeviceRole
from server.reconciliation.findings import ConflictKind
from shared.admission.evacuation import EvacuationPhase
from shared.admission.offline_policy import OfflinePolicy, Rung
from shared.admission.reasons import Reason
from shared.journal.entry import EntryKind, EvacuationBody, ScanBody
from shared.wire.feed import ItemKind
from simulator.further_events.second_event.evidence import FairEvidence
from simulator.judging.evidence import Evidence
from simulator.judging.ledger_and_device_views import HeldEntry, LedgerView

ENUMERATIONS: Final[tuple[type[StrEnum], ...]] = (
    EntryKind,
    Rung,
    Reason,
    ItemKind,
    OfflinePolicy,
    DeviceRole,
    ConflictKind,
    EvacuationPhase,
)

NOT_PLAYED: Final[dict[str, str]] = {
    "EntryKind.disposition": "at a further event, whose rulings are judged there (`overrides`)",
    "Reason.override": "at a further event, whose entries are judged there (`overrides`)",
    "Reason.not_inside": "no zone is strict about who goes out",
    "Reason.wrong_gate": "no rule of a ticket type names gates",
    "Reason.wrong_ticket_type": "nobody goes to a zone that does not take the ticket's type",
    "Reason.check_id": "no ticket type asks for proofs",
    "Reason.question": "asked and judged at a further event (`door_questions`)",
    "Reason.stale_manifest": "evenings are shorter than knowledge may be old",
    "DeviceRole.scanner": "at a further event, judged there (`door_questions`)",
    "ConflictKind.shift_missing": "no till leaves a number of its drawer out",
    "ConflictKind.z_differs": "no till reports what its entries do not say",
    "ConflictKind.payout_mismatch": "needs a till that pays back what was not paid",
    "ConflictKind.false_peer": "no gate of the worlds writes what it noted of a false one",
    "ConflictKind.seat_twice": "no till of the worlds sells a seat that is not its own",
    "ConflictKind.sold_twice": "needs a till that mints one ticket twice",
    "ConflictKind.sold_out_of_range": "needs a till that sells beyond its grant",
    "ConflictKind.sold_unknown_type": "no ticket type is deleted while tills sell",
    "ConflictKind.price_mismatch": "needs a till that sells at another price than its plan's",
    "ConflictKind.withdrawal_unproven": "needs a till that never had the ticket",
    "ConflictKind.withdrawal_unsigned": "needs a till that asks neither ledger nor supervisor",
    "ConflictKind.damaged_journal": "no bytes on a disk change by themselves",
    "ConflictKind.foreign_undo": "the hostile device undoes nobody's entries",
    "ConflictKind.sale_id_reused": "needs a till that lies",
    "ConflictKind.oversold": "tills sell within their stock",
    "ConflictKind.override_unsigned": "judged at a further event (`overrides`)",
    "ConflictKind.passage_elsewhere": "the hostile device names its own gate",
    "ConflictKind.passage_unproven": "judged at a further event (`tickets_passed_on`)",
    "ConflictKind.share_unproven": "nobody says more of a share than the ledger has granted",
    "ConflictKind.too_fast": "judged at a further event (`manual_codes_read_from_list`)",
    "ConflictKind.entry_out_of_bounds": "the hostile device keeps to the bounds of numbers",
}
"""Members that no world brings about, and why. What becomes playable is taken out again."""

RARE: Final = frozenset(
    {
        "ConflictKind.admitted_against_rules",
        "ConflictKind.act_unsigned",
        "ConflictKind.admitted_after_void",
        "ConflictKind.admitted_superseded",
        "ConflictKind.handed_over_twice",
        "ConflictKind.home_lost",
        "ConflictKind.over_capacity",
        "ConflictKind.paid_out_twice",
        "ConflictKind.payout_and_entry",
        "ConflictKind.payout_and_hand_over",
        "ConflictKind.server_clock",
        "ConflictKind.unexplained",
        "ConflictKind.forked_journal",
        "ConflictKind.clock",
        "ConflictKind.double_use",
        "EvacuationPhase.over",
        "ItemKind.recall",
        "Reason.blocked",
        "Reason.not_yet_valid",
        "Reason.unknown_key",
    }
)
"""Members that worlds bring about, but not each short one: they need more luck, or more time."""


def all_members() -> frozenset[str]:
    """Name every member of every enumeration."""
    return frozenset(_name(one) for kind in ENUMERATIONS for one in kind)


def seen_in(evidence: Evidence, fair: FairEvidence | None) -> frozenset[str]:
    """Name the members that a world has brought about."""
    entries = [held for device in evidence.devices for held in device.entries]
    ledgers = [evidence.ledger]
    roles = {DeviceRole.GATE, DeviceRole.TILL}
    if fair is not None:
        entries += [held for held_by in fair.entries.values() for held in held_by.values()]
        ledgers.append(fair.ledger)
        roles.add(DeviceRole.BOTH)
    found = {_name(role) for role in roles} | {_name(evidence.scenario.policy)}
    found |= _in_entries(entries)
    for ledger in ledgers:
        found |= _in_ledger(ledger)
    return frozenset(found)


def _in_entries(entries: Iterable[HeldEntry]) -> set[str]:
    found = set()
    for held in entries:
        found.add(f"EntryKind.{held.entry.kind}")
        if held.entry.kind == EntryKind.GIVE:
            found.add("ItemKind.ask")  # the feed forgets what was asked when it is answered
        if isinstance(held.body, ScanBody):
            found |= {f"Reason.{held.body.reason}", f"Rung.{held.body.mode}"}
        elif isinstance(held.body, EvacuationBody):
            found.add(f"EvacuationPhase.{held.body.phase}")
    return found


def _in_ledger(ledger: LedgerView) -> set[str]:
    items = {f"ItemKind.{kind}" for _, kind, _ in ledger.feed}
    return items | {f"ConflictKind.{one.kind}" for one in ledger.conflicts}


def _name(member: StrEnum) -> str:
    return f"{type(member).__name__}.{member.value}"
