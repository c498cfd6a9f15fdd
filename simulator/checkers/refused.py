"""Whoever was refused with a genuine code was refused with reason: as bad as a copy let in.

Each reason holds only where something was so that makes it true, by what was seen and by what the
feed had told by then; what may have been so excuses. What gates answer alone on tickets whose
holders never went out `predicted.py` expects to the letter.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping

import msgspec

from gatekeeper.gate.device_as_home import GAVE
from shared.admission.offline_policy import OfflinePolicy
from shared.credential.keyring import IdRange
from shared.journal.entry import GiveBody, ReleaseBody, ScanBody
from shared.journal.withdrawal_body import WithdrawalBody
from shared.kernel.id_types import ClaimId, TicketId
from shared.kernel.instant import INSTANT_MAX, Instant
from shared.wire.feed import Annul, Use
from simulator.history import CodeKind, OfficeAct, PlanTold, ShownScan
from simulator.judging.evidence import Evidence
from simulator.judging.ledger_and_device_views import HeldEntry
from simulator.judging.zone_limits import WORDS


class Held(msgspec.Struct):
    """A claim that may have counted against others on its ticket.

    Attributes:
        count: Persons.
        began: When it may have counted first, in true time.
        until: When it did no more, if nobody came in by it; else never.
    """

    count: int
    began: Instant
    until: Instant = INSTANT_MAX


def check_refused(evidence: Evidence) -> Iterator[str]:
    """Yield each refusal that nothing excuses."""
    refusals = Refusals(evidence)
    for scan in evidence.history.scans:
        answer = scan.answer
        if answer is None or scan.is_green or scan.code.kind is not CodeKind.GENUINE:
            continue
        if not refusals.is_excused(scan):
            yield (
                f"scan {scan.number} at {scan.node} ({scan.code.ticket_id or 0:016x}"
                f" x{scan.count} {scan.direction}): {answer.mode} {answer.reason} for nothing"
            )


class Refusals:
    """What may speak against whom in one world."""

    def __init__(self, evidence: Evidence) -> None:
        self._evidence = evidence
        tills = {node for node, _, _ in evidence.sales}
        self._entries: dict[tuple[str, int], HeldEntry] = {
            (device.node, held.entry.seq): held
            for device in evidence.devices
            for held in device.entries
        }
        self._told: dict[int, list[tuple[int, Use]]] = {}
        self._annuls: dict[ClaimId, int] = {}
        self._bounds = {one for told in evidence.history.plans for one in _bounds_of(told)}
        first_told = evidence.ledger.told_first()
        for sequence, _, item in evidence.ledger.feed:
            # What was granted late is told again: its holder left once.
            if isinstance(item, Use) and first_told[item.claim_id] == sequence:
                self._told.setdefault(item.ticket_id, []).append((sequence, item))
            elif isinstance(item, Annul):
                self._annuls.setdefault(item.claim_id, sequence)
        self._gave: dict[str, set[ClaimId]] = {}
        for (node, _), held in self._entries.items():
            if isinstance(held.body, GiveBody) and held.body.reason in GAVE:
                self._gave.setdefault(node, set()).add(held.body.claim_id)
        self._held: dict[int, dict[ClaimId, Held]] = {}
        self._hold_what_stands()
        self._hold_what_was_asked()
        self._taken_away = {
            held.body.ticket_id
            for (node, _), held in self._entries.items()
            if isinstance(held.body, WithdrawalBody)
            # What a till was granted, and has signed away again.
            or (isinstance(held.body, ReleaseBody) and node in tills)
        }
        self._heads = heads_of(evidence, self._entries)
        self._excuses: Mapping[str, Callable[[ShownScan], bool]] = {
            "already_used": self._may_be_used,
            "cancelled": self._may_be_cancelled,
            "superseded": self._may_be_replaced,
            "expired": self._may_be_over,
            "unknown_key": self._may_be_of_a_new_till,
            "capacity_full": self._may_be_full,
            "offline_policy": self._may_be_closed,
            "supervisor": self._may_be_doubtful,
        }

    def is_excused(self, scan: ShownScan) -> bool:
        """Tell whether a refusal may have been right."""
        assert scan.answer is not None
        excuse = self._excuses.get(scan.answer.reason)
        return excuse is not None and excuse(scan)

    # -- who counts ------------------------------------------------------------------------------

    def _hold(self, ticket_id: int, claim_id: ClaimId, held: Held) -> None:
        known = self._held.setdefault(ticket_id, {}).setdefault(claim_id, held)
        known.count = max(known.count, held.count)
        known.began = min(known.began, held.began)
        known.until = max(known.until, held.until)

    def _hold_what_stands(self) -> None:
        """Hold whom ledger or journals let in, or were about to, whoever has seen it."""
        seen = {
            scan.answer.claim_id: scan.began
            for scan in reversed(self._evidence.history.scans)
            if scan.answer is not None
        }
        for use in self._evidence.ledger.uses.values():
            if use.direction == "in":
                began = seen.get(use.claim_id, Instant(0))
                self._hold(use.ticket_id, use.claim_id, Held(use.count, began))
        for held in self._entries.values():
            body = held.body
            if isinstance(body, GiveBody | ReleaseBody) or _lets_in(body):
                assert isinstance(body, GiveBody | ReleaseBody | ScanBody)
                count = 1 if isinstance(body, ReleaseBody) else body.count
                began = seen.get(body.claim_id, Instant(0))
                self._hold(body.ticket_id or 0, body.claim_id, Held(count, began))

    def _hold_what_was_asked(self) -> None:
        """Hold for a while who asked and was refused: others may have waited for that."""
        for scan in self._evidence.history.scans:
            if scan.direction != "in" or scan.code.ticket_id is None:
                continue
            claim_id = ClaimId(f"scan {scan.number}")
            until = INSTANT_MAX
            if scan.answer is not None:
                claim_id = scan.answer.claim_id
                until = Instant((scan.ended or 0) + self._evidence.scenario.hears)
            self._hold(scan.code.ticket_id, claim_id, Held(scan.count, scan.began, until))

    def _taken(self, scan: ShownScan) -> int:
        """Count whom all others on a ticket let in at most, as far as whoever refused may know."""
        assert scan.answer is not None
        known, gave = self._known(scan), self._gave.get(scan.node, set())
        # A home stays bound by what it gave until it hears that nobody came in by it.
        heard = self._known(scan, scan.node) if gave else known
        standing = {
            claim_id: one.count
            for claim_id, one in self._held.get(scan.code.ticket_id or 0, {}).items()
            if claim_id != scan.answer.claim_id
            and one.began <= (scan.ended or 0)
            and one.until >= scan.began
            and self._annuls.get(claim_id, INSTANT_MAX) > (heard if claim_id in gave else known)
        }
        inside = 0
        for sequence, use in self._told.get(scan.code.ticket_id or 0, []):
            if sequence > known:
                break
            if use.direction == "in":
                inside += standing.pop(use.claim_id, 0)
            elif self._is_known_to_have_left(use, known):
                inside = max(0, inside - use.count)
        return inside + sum(standing.values())

    def _is_known_to_have_left(self, use: Use, known: int) -> bool:
        """Tell whether an exit makes room: the ledger let it happen, and nobody took it back."""
        row = self._evidence.ledger.uses.get(use.claim_id)
        is_word = row is not None and row.source in WORDS
        is_gone = self._annuls.get(use.claim_id, known + 1) <= known
        return self._evidence.scenario.has_reentry and is_word and not is_gone

    def _known(self, scan: ShownScan, node: str = "") -> int:
        """Return up to which number of the feed whoever answered knew it when the scan began.

        Args:
            scan: The scan.
            node: Who has answered; "" for the ledger where it was asked, else the scan's gate.
        """
        assert scan.answer is not None
        if self._evidence.history.restores:
            return 0  # the feeds of two ledgers have the same numbers
        by_ledger = scan.answer.mode == "online" and not node
        times, cursors = self._heads["" if by_ledger else scan.node]
        place = bisect_right(times, scan.began)
        return cursors[place - 1] if place else 0

    # -- by reason -------------------------------------------------------------------------------

    def _may_be_used(self, scan: ShownScan) -> bool:
        return self._taken(scan) + scan.count > scan.code.persons

    def _may_be_cancelled(self, scan: ShownScan) -> bool:
        return self._may_be_changed(scan, lambda act: act.kind == "void")

    def _may_be_replaced(self, scan: ShownScan) -> bool:
        return self._may_be_changed(scan, lambda act: act.generation > scan.code.generation)

    def _may_be_changed(self, scan: ShownScan, matters: Callable[[OfficeAct], bool]) -> bool:
        """Tell whether a till, or the office before the answer, changed a ticket so.

        A server that dies as it commits tells the office nothing, and what has become of the
        ticket stands at the ledger alone; where that was put back, nowhere.
        """
        ticket_id, ended = scan.code.ticket_id, scan.ended or Instant(0)
        acts = [act for act in self._evidence.history.acts if act.ticket_id == ticket_id]
        there = self._evidence.ledger.tickets.get(ticket_id or 0)
        is_seen = there is not None and (
            (there.state == "cancelled") == any(act.kind == "void" for act in acts)
            and there.generation == max((act.generation for act in acts), default=1)
        )
        if not is_seen or self._evidence.history.restores or ticket_id in self._taken_away:
            return True
        return any(act.at <= ended and matters(act) for act in acts)

    def _may_be_over(self, scan: ShownScan) -> bool:
        """Tell whether a ticket ends, by a clock that may be wrong."""
        return scan.code.ticket_id in self._evidence.ends

    def _may_be_of_a_new_till(self, scan: ShownScan) -> bool:
        return _is_alone(scan) and scan.code.ticket_id not in self._evidence.presold

    def _may_be_full(self, _scan: ShownScan) -> bool:
        """Tell whether the zone has a limit; how full it is `called_back_places` judges."""
        return self._evidence.scenario.capacity is not None or bool(self._evidence.history.limits)

    def _may_be_closed(self, scan: ShownScan) -> bool:
        policy = self._evidence.scenario.policy
        return policy is OfflinePolicy.HOME or (policy is OfflinePolicy.CLOSED and _is_alone(scan))

    def _may_be_doubtful(self, scan: ShownScan) -> bool:
        """Tell whether a person decides: by the policy, or what a gate knows contradicts itself.

        Since its clock has jumped, or before it was told the time, and where an older list speaks
        against a newer code, or a till has sold more than gates had heard that it may.
        """
        assert scan.answer is not None
        held = self._entries.get((scan.node, scan.answer.seq))
        is_lost = held is None or held.entry.offset_error is None or scan.code.generation > 1
        is_by_policy = self._evidence.scenario.policy is OfflinePolicy.SUPERVISOR
        return _is_alone(scan) and (is_by_policy or is_lost or self._may_be_one_more(scan))

    def _may_be_one_more(self, scan: ShownScan) -> bool:
        """Tell whether a ticket lies beyond what gates were once told that its till may sell."""
        ticket_id = scan.code.ticket_id or TicketId(0)
        return any(
            ids.contains(ticket_id) and ids.place_of(ticket_id) >= limit
            for ids, limit in self._bounds
        )


def _is_alone(scan: ShownScan) -> bool:
    """Tell whether a gate answered without the ledger."""
    return scan.answer is not None and scan.answer.mode != "online"


def _bounds_of(told: PlanTold) -> Iterator[tuple[IdRange, int]]:
    """Yield the parts of tills' ranges, and how many ids of each were granted."""
    for key in told.keyring:
        if key.is_tills and key.id_limit is not None:
            for ids in [home.ids for home in key.homes] or [key.ids]:
                yield ids, key.id_limit


def _lets_in(body: object) -> bool:
    return isinstance(body, ScanBody) and body.verdict == "admit" and body.direction == "in"


Head = tuple[list[Instant], list[int]]


def heads_of(evidence: Evidence, entries: Mapping[tuple[str, int], HeldEntry]) -> dict[str, Head]:
    """Tell how far each gate had read the feed by when, and any of them, which the ledger had."""
    heads: dict[str, Head] = {"": ([], [])}
    answered = [scan for scan in evidence.history.scans if scan.answer is not None]
    for scan in sorted(answered, key=lambda one: one.ended or 0):
        assert scan.answer is not None
        held = entries.get((scan.node, scan.answer.seq))
        if held is None or scan.ended is None:
            continue
        for name in ("", scan.node):
            times, cursors = heads.setdefault(name, ([], []))
            times.append(scan.ended)
            cursors.append(max(held.entry.cursor, cursors[-1] if cursors else 0))
    return heads
