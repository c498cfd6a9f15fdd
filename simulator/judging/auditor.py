"""The auditor: predicts what a gate must answer on its own, from what it knew at that moment.

What a device knew stands in its own entry: the cursor says how far it had read the feed, and its
earlier entries say what it had done itself. From these the auditor works out the answer by rules
of its own, and compares. It predicts scans of tickets sold before doors whose holders never went
out; where people go out and in, the order of passages depends on clocks, and others judge.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from gatekeeper.gate.device_as_home import GAVE
from shared.admission.offline_policy import OfflinePolicy
from shared.admission.reasons import Reason
from shared.journal.entry import GiveBody, ReleaseBody, ScanBody, UndoBody
from shared.kernel.id_types import ClaimId, TicketId
from shared.wire.feed import Annul, Use
from simulator.history import CodeKind, OfficeAct, ShownScan
from simulator.judging.evidence import Evidence
from simulator.judging.ledger_and_device_views import DeviceView, HeldEntry
from simulator.judging.rights import Account, Rights
from simulator.judging.zone_limits import Limits

BY_POLICY = {
    OfflinePolicy.OPEN: frozenset({"ok", "reentry"}),
    OfflinePolicy.SUPERVISOR: frozenset({"supervisor"}),
    OfflinePolicy.CLOSED: frozenset({"offline_policy"}),
}

UNPROVEN = frozenset(
    {"bad_signature", "malformed", "unknown_key", "unknown_ticket", "wrong_event"}
)
"""Reasons under which a code says nothing of its ticket."""


class Known(msgspec.Struct):
    """Passages of one ticket that a device knows of.

    Attributes:
        counts: Persons by claim id.
        gone: Claim ids that count no more.
        shown: The highest generation that was shown there, signed as it should be.
    """

    counts: dict[str, int]
    gone: set[str]
    shown: int = 1

    def taken(self, claim_id: ClaimId) -> int:
        """Count persons who are in, without one claim."""
        return sum(
            count for one, count in self.counts.items() if one not in self.gone and one != claim_id
        )


class Auditor:
    """Predicts the answers of one world's gates."""

    def __init__(self, evidence: Evidence) -> None:
        self._evidence = evidence
        self._uses: dict[int, list[tuple[int, Use]]] = {}
        self._annuls: dict[int, list[tuple[int, Annul]]] = {}
        for sequence, _, item in evidence.ledger.feed:
            if isinstance(item, Use):
                self._uses.setdefault(item.ticket_id, []).append((sequence, item))
            elif isinstance(item, Annul):
                self._annuls.setdefault(item.ticket_id, []).append((sequence, item))
        self._acts: dict[int, list[OfficeAct]] = {}
        for act in evidence.history.acts:
            self._acts.setdefault(act.ticket_id, []).append(act)
        self._scans: dict[tuple[str, int | None], list[ShownScan]] = {}
        for scan in evidence.history.scans:
            if scan.code.kind is CodeKind.GENUINE:
                self._scans.setdefault((scan.node, scan.code.ticket_id), []).append(scan)
        self._hands: dict[int, set[str]] = {}
        self._given_up: set[int] = set()
        if evidence.scenario.hello_every is not None:
            self._find_hands()
        self._given: set[str] = set()
        self._rights = Rights(evidence)
        self._limits = Limits(evidence)
        self._moved = {p.body.ticket_id for p in evidence.passages if p.body.direction == "out"}

    def _find_hands(self) -> None:
        """Tell what peers may have heard before any feed: who claimed a ticket, or gave it up."""
        for device in self._evidence.devices:
            for held in device.entries:
                body = held.body
                if isinstance(body, ScanBody | ReleaseBody) and body.ticket_id:
                    self._hands.setdefault(body.ticket_id, set()).add(device.node)
                if isinstance(body, UndoBody | ReleaseBody):
                    self._given_up.add(body.ticket_id)

    def differences(self) -> Iterator[str]:
        """Yield each answer that is another one than predicted."""
        for device in self._evidence.devices:
            own: dict[int, Known] = {}
            account = Account(self._rights, device)
            for held in device.entries:
                yield from self._judge(device, held, own, account)
                self._learn(held, own)
                account.learn(held)

    def _judge(
        self, device: DeviceView, held: HeldEntry, own: dict[int, Known], account: Account
    ) -> Iterator[str]:
        body = held.body
        if not isinstance(body, ScanBody) or body.mode != "offline":
            return
        if body.reason == Reason.OVERRIDE or body.is_by_paper:
            return  # a person's word: nothing was decided
        ticket_id = body.ticket_id
        if body.direction != "in" or ticket_id is None or not self._is_predictable(ticket_id):
            return
        known = own.get(ticket_id, Known({}, set()))
        expected = self._predict(device, held, body, known, account)
        if body.reason not in expected:
            yield (
                f"{device.node} seq {held.entry.seq}: answered {body.reason} for ticket"
                f" {ticket_id:016x} x{body.count} at cursor {held.entry.cursor}, should be"
                f" {' or '.join(sorted(expected))}"
            )

    def _is_predictable(self, ticket_id: TicketId) -> bool:
        """Leave out tickets of which not every change was seen from outside."""
        there = self._evidence.ledger.tickets.get(ticket_id)
        is_plain = ticket_id in self._evidence.presold and ticket_id not in self._evidence.ends
        if there is None or not is_plain or ticket_id in self._moved:
            return False
        acts = self._acts.get(ticket_id, [])
        state = "cancelled" if any(act.kind == "void" for act in acts) else "paid"
        generations = {1, *(act.generation for act in acts if act.kind == "reissue")}
        # Tills replace credentials as well, and the server may die before it answers the office.
        is_all = generations == set(range(1, there.generation + 1))
        return is_all and there.state == state

    def _predict(
        self,
        device: DeviceView,
        held: HeldEntry,
        body: ScanBody,
        own: Known,
        account: Account,
    ) -> frozenset[str]:
        assert body.ticket_id is not None
        cursor = held.entry.cursor
        known = [act for act in self._acts.get(body.ticket_id, []) if act.sequence <= cursor]
        generation = max([own.shown, *(act.generation for act in known)])
        if any(act.kind == "void" for act in known):
            # Which of two true reasons is shown is the decision's own order.
            return frozenset({"cancelled", "superseded"})
        if body.generation is not None and body.generation < generation:
            return frozenset({"superseded"})
        expected = self._unless_replaced(device, held, body, own, account)
        if self._is_newer_shown(device, held, body):
            # A lane that could not write has said so, and still knows what it has seen.
            expected = expected | {"superseded"}
        return expected

    def _unless_replaced(
        self,
        device: DeviceView,
        held: HeldEntry,
        body: ScanBody,
        own: Known,
        account: Account,
    ) -> frozenset[str]:
        assert body.ticket_id is not None
        cursor = held.entry.cursor
        persons = self._evidence.persons_of(body.ticket_id)
        expected = self._by_policy(device, held, body, account)
        if self._taken(body, cursor, own) + body.count > persons:
            is_sure = body.ticket_id not in self._given_up
            if is_sure and self._taken(body, cursor, self._kept(own)) + body.count > persons:
                return frozenset({"already_used"})
            # What was given away or up may have come back by way of peers, in no feed yet.
            return expected | {"already_used"}
        others = self._hands.get(body.ticket_id, set()) - {device.node}
        if others or (self._hands and self._is_at_another_lane(held, body, account)):
            # What the venue's network brought stands in no feed yet.
            expected = expected | {"already_used"}
        return expected

    def _is_newer_shown(self, device: DeviceView, held: HeldEntry, body: ScanBody) -> bool:
        """Tell whether a newer code of the ticket was shown to this device before."""
        newest = 0
        for scan in self._scans.get((device.node, body.ticket_id), []):
            if scan.answer is not None and scan.answer.seq == held.entry.seq:
                break
            newest = max(newest, scan.code.generation)
        return body.generation is not None and newest > body.generation

    def _kept(self, own: Known) -> Known:
        """Leave out what this device, as a home, gave away."""
        if self._evidence.scenario.hello_every is None:
            return own
        counts = {one: count for one, count in own.counts.items() if one not in self._given}
        return Known(counts, own.gone, own.shown)

    def _taken(self, body: ScanBody, cursor: int, own: Known) -> int:
        assert body.ticket_id is not None
        counts = dict(own.counts)
        gone = set(own.gone)
        for sequence, use in self._uses.get(body.ticket_id, []):
            if sequence <= cursor:
                counts.setdefault(use.claim_id, use.count)
        for sequence, annul in self._annuls.get(body.ticket_id, []):
            if sequence <= cursor:
                gone.add(annul.claim_id)
        return Known(counts, gone).taken(body.claim_id)

    def _is_at_another_lane(self, held: HeldEntry, body: ScanBody, account: Account) -> bool:
        return any(one.ticket_id == body.ticket_id for one in account.under_way(held))

    def _by_policy(
        self, device: DeviceView, held: HeldEntry, body: ScanBody, account: Account
    ) -> frozenset[str]:
        assert body.ticket_id is not None
        scenario, cursor = self._evidence.scenario, held.entry.cursor
        is_limited = self._limits.is_known(cursor)
        if is_limited and account.left(cursor) < body.count and not self._is_granted(body):
            return frozenset({"capacity_full"})
        policy = scenario.policy
        if policy is OfflinePolicy.HOME:
            is_home = self._is_home(device, body.ticket_id, cursor, account)
            expected = frozenset({"ok", "reentry"} if is_home else {"offline_policy"})
        else:
            expected = BY_POLICY[policy]
        has_reserved = self._is_granted(body) or any(account.under_way(held))
        if is_limited is None or (is_limited and has_reserved):
            # The ledger's room may have come too late, by way of a peer; another scan may have
            # had room set aside that it has not used yet.
            expected = expected | {"capacity_full"}
        if held.entry.offset_error is None:
            # Without an exchange since its start a clock may be known to be wrong.
            expected = expected | {"supervisor"}
        return expected

    def _is_granted(self, body: ScanBody) -> bool:
        """Tell whether the ledger has let the claim in, and counted who enters by it."""
        assert body.ticket_id is not None
        uses = self._uses.get(body.ticket_id, [])
        return any(use.claim_id == body.claim_id and use.mode == "online" for _, use in uses)

    def _is_home(
        self, device: DeviceView, ticket_id: TicketId, cursor: int, account: Account
    ) -> bool:
        if self._evidence.scenario.moves_every is not None:
            return account.is_home(ticket_id, cursor)
        row = device.tickets[ticket_id]
        return row is not None and row.facts.home_device_id == device.device_id

    def _learn(self, held: HeldEntry, own: dict[int, Known]) -> None:
        body = held.body
        if isinstance(body, ScanBody) and body.ticket_id is not None:
            known = own.setdefault(body.ticket_id, Known({}, set()))
            if body.generation is not None and body.reason not in UNPROVEN:
                known.shown = max(known.shown, body.generation)
            if body.verdict == "admit" and body.direction == "in":
                known.counts[body.claim_id] = body.count
        elif isinstance(body, GiveBody) and body.reason in GAVE:
            known = own.setdefault(body.ticket_id, Known({}, set()))
            known.counts[body.claim_id] = body.count
            self._given.add(body.claim_id)
        elif isinstance(body, UndoBody):
            own.setdefault(body.ticket_id, Known({}, set())).gone.add(body.claim_id)
