"""What is promised where another machine takes over, judged by both ledgers and by who came in.

The former server grants nothing from when it has been told, also after a start, and people change
nothing there, nor does any machine become its device. What it granted before is on record at the
second when its gates are back, and where more came in than a ticket is for, one conflict names all
who did. The second grants nothing while a gate has not come that it waits for, and nothing that
its own feed has used up.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final

import msgspec

from shared.journal.entry import ScanBody
from shared.kernel.id_types import DeviceId
from shared.kernel.instant import SECOND, Duration
from shared.wire.feed import Use
from simulator.further_events.take_over.evening import TakeOver
from simulator.further_events.take_over.record import TakeOverRecord
from simulator.further_events.take_over.till_checks import OF_TILLS, judge_tills
from simulator.judging.evidence import Violation, run_checks
from simulator.judging.ledger_and_device_views import LedgerView, hold, view_ledger
from simulator.judging.seen_visits import may_have_come

ROUNDED: Final[Duration] = SECOND
"""The servers' clocks are right, and a grant takes a moment."""


class TakeOverEvidence(msgspec.Struct):
    """All of it, when it is quiet.

    Attributes:
        record: What was seen.
        entries: Claim ids of who came in, by ticket, as the gates' journals have them.
        former: The former server's ledger.
        second: The second's.
        devices: Which device each node is, of gates and tills.
    """

    record: TakeOverRecord
    entries: dict[int, set[str]]
    former: LedgerView
    second: LedgerView
    devices: dict[str, DeviceId]

    def granted_by_second(self) -> Iterator[str]:
        """Yield the claim ids that the second has granted itself."""
        yield from (
            claim_id
            for claim_id, use in self.second.uses.items()
            if use.source == "claim" and claim_id not in self.former.uses
        )


def check_told(evidence: TakeOverEvidence) -> Iterator[str]:
    """Yield what the former server has granted since it was told."""
    told = evidence.record.told
    for claim_id, use in evidence.former.uses.items():
        if told is not None and use.source == "claim" and use.at > told + ROUNDED:
            yield f"claim {claim_id}: granted by the former server, which had been told"


def check_changed(evidence: TakeOverEvidence) -> Iterator[str]:
    """Yield what people have changed at the former server when it had been told."""
    told = evidence.record.told
    for what, began in (*evidence.record.changed, *evidence.record.late):
        if told is not None and began > told + ROUNDED:
            yield f"{what}, at the former server, which had been told"


def check_named(evidence: TakeOverEvidence) -> Iterator[str]:
    """Yield each double that is not one conflict with all sides, and each accusation of nobody."""
    said: dict[int | None, list[frozenset[str]]] = {}
    for one in evidence.second.conflicts:
        if one.disposition != "withdrawn":
            if one.kind == "double_use":
                said.setdefault(one.ticket_id, []).append(one.sides)
            elif one.kind not in OF_TILLS:
                yield f"conflict {one.kind} of {one.device_id}, and nothing of it happened"
    for ticket_id, claims in evidence.entries.items():
        found = said.pop(ticket_id, [])
        if len(claims) > 1 and [set(one) for one in found] != [claims]:
            names = [len(one) for one in found]
            yield f"ticket {ticket_id:016x}: {len(claims)} came in, conflicts with {names} sides"
        if len(claims) == 1 and found:
            yield f"ticket {ticket_id:016x}: one came in, and a conflict says two"
        lost = claims - evidence.second.uses.keys()
        if lost:
            yield f"ticket {ticket_id:016x}: the second server lacks {len(lost)} who came in"
    for accused in said:
        yield f"ticket {accused or 0:016x}: a conflict, and nobody came in"


def check_waiting(evidence: TakeOverEvidence) -> Iterator[str]:
    """Yield what the second has granted while it had to wait for a gate."""
    record = evidence.record
    for claim_id in evidence.granted_by_second():
        at = evidence.second.uses[claim_id].at
        for node in evidence.devices:
            back = min(record.moved.get(node, math.inf), record.absent.get(node, math.inf))
            if back > at + ROUNDED:
                yield f"claim {claim_id}: granted at {at}, and {node} was not back"


def check_granted(evidence: TakeOverEvidence) -> Iterator[str]:
    """Yield what the second has granted of tickets that its own feed had used up."""
    first: dict[int, str] = {}
    granted = set(evidence.granted_by_second())
    for _, _, item in evidence.second.feed:
        if isinstance(item, Use):
            before = first.setdefault(item.ticket_id, item.claim_id)
            if item.claim_id in granted and before != item.claim_id:
                yield f"claim {item.claim_id}: granted, and the feed told of {before} before"


def check_honest(evidence: TakeOverEvidence) -> Iterator[str]:
    """Yield each holder who had not come, and was turned away."""
    for visit in evidence.record.visits:
        is_denied = visit.answer is not None and not visit.is_green
        if is_denied and not may_have_come(evidence.record.visits, visit):
            yield f"{visit}: turned away with a good ticket"


async def judge_take_over(taken: TakeOver) -> list[Violation]:
    """Read everything, and run every check."""
    if taken.former.is_stopped:
        await taken.former.start()
    entries: dict[int, set[str]] = {}
    for node in taken.nodes:
        journal = node.session.store.journal
        for _, signed in journal.read(1, journal.last_seq):
            body = hold(signed).body
            is_entry = isinstance(body, ScanBody) and body.verdict == "admit"
            if isinstance(body, ScanBody) and is_entry and body.ticket_id is not None:
                entries.setdefault(body.ticket_id, set()).add(body.claim_id)
    evidence = TakeOverEvidence(
        record=taken.record,
        entries=entries,
        former=await view_ledger(taken.former, taken.venue.event_id),
        second=await view_ledger(taken.second, taken.venue.event_id),
        devices={node.name: node.device_id for node in (*taken.nodes, *taken.tills.nodes)},
    )
    found = run_checks(
        "take over",
        evidence,
        check_told,
        check_changed,
        check_named,
        check_waiting,
        check_granted,
        check_honest,
    )
    return found + await judge_tills(taken, evidence.second)
