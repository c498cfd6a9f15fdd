"""What is promised where a plan changes under gates, judged by what the organizer said, and when.

A gate that is cut off goes by a plan that it may have heard last, and by no other; the ledger by
the one that holds. Whoever comes in does by a ticket that such a plan takes there, and is on
record in the zone into which the gate led by it: of two in one zone each is a side of one double.
Who came in alone where the zone takes them no more is named, and nobody else is accused. Nobody
is turned away whom each plan lets in that may hold, but where the hall is full: it never holds
more than it has places, whichever gates led there and lead elsewhere now, and none is lost.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from shared.admission.offline_policy import OfflinePolicy
from shared.journal.entry import ScanBody
from shared.kernel.id_types import TicketId
from shared.kernel.instant import SECOND, Duration, Instant
from simulator.further_events.gates_led_into_other_zones.evening import (
    FULL,
    HALL,
    ROOMS,
    Guest,
    Plan,
    Rezoned,
)
from simulator.judging.accused import OF_CLOCKS
from simulator.judging.evening_evidence import EveningEvidence, check_ledger
from simulator.judging.evidence import make_judge
from simulator.judging.heard_policies import heard_last, knew_by, told_after
from simulator.judging.seen_visits import Visit

ONLINE: Final = "online"
STALE: Final = "stale_manifest"
AGAINST: Final = "admitted_against_rules"
APART: Final[Duration] = 10 * SECOND
"""Devices' clocks are never off by more."""


class RezonedEvidence(EveningEvidence[Rezoned, Guest]):
    """All of it, when it is quiet."""

    def at_gate(self, visit: Visit[Guest]) -> Sequence[Plan]:
        """List the plans by which a gate may have answered; all said so far where it has not."""
        plans, held = self.evening.plans, self.entries.get(visit.number)
        if held is None or visit.ended is None:
            return [one for one in plans if one.began <= (visit.ended or one.began)]
        known, read = knew_by(self.visits, visit, self.hears), held.entry.cursor
        first, *more = heard_last(plans, self.ledger, visit.ended, read, known)
        is_late = visit.node == self.evening.late  # what it began with may be newer than the feed
        return [
            first,
            *(one for one in more if is_late or told_after(self.ledger, one.before) <= read),
        ]

    def at_ledger(self, visit: Visit[Guest], apart: Duration = Duration(0)) -> Sequence[Plan]:
        """List the plans that may have held at the ledger when somebody came, give or take."""
        until = Instant((visit.ended or visit.began) + apart)
        said = [one for one in self.evening.plans if one.began <= until]
        old = sum(one.ended < visit.began - apart for one in said)
        return said[max(0, old - 1) :]

    def zones_by(self, plans: Sequence[Plan], visit: Visit[Guest]) -> set[str]:
        """List the zones into which plans let somebody in; "" where one does not."""
        gate_id = self.evening.gates[visit.node]
        return {one.zone_for(gate_id, visit.card.kind) for one in plans}

    def may_enter(self, visit: Visit[Guest]) -> set[str]:
        """List the zones into which somebody may have come, by whoever decided.

        What the ledger granted, it did by its own plan, also where nobody heard that, or it was
        granted late.
        """
        plans = [*self.at_gate(visit)]
        use = None if visit.answer is None else self.ledger.uses.get(visit.answer.claim_id)
        if visit.answer is None or visit.answer.mode == ONLINE:
            plans += self.at_ledger(visit)
        elif use is not None and use.source == "claim":
            plans += [one for one in self.evening.plans if one.ended >= visit.began]
            plans += self.at_ledger(visit)
        return self.zones_by(plans, visit) - {""}

    def zone_on_record(self, visit: Visit[Guest]) -> str:
        """Say into which zone the ledger holds that somebody came; "" for none."""
        use = None if visit.answer is None else self.ledger.uses.get(visit.answer.claim_id)
        if use is None or use.is_annulled:
            return ""
        return next(name for name, one in self.evening.zone_ids.items() if one == use.zone_id)

    def came_into(self, zone: str) -> list[TicketId]:
        """List the tickets by which somebody came into a zone, as often; nobody goes."""
        zone_id = self.evening.zone_ids[zone]
        uses = self.ledger.uses.values()
        return [one.ticket_id for one in uses if one.zone_id == zone_id and not one.is_annulled]

    def may_have_come(self, visit: Visit[Guest], zone: str) -> bool:
        """Tell whether somebody may have come into a zone on the same ticket before."""
        return any(
            one.number != visit.number
            and one.card.ticket_id == visit.card.ticket_id
            and one.began <= (visit.ended or visit.began)
            and (one.is_green or one.answer is None or (one.ended or Instant(0)) > visit.began)
            and zone in self.may_enter(one)
            for one in self.visits
        )


def check_zones(evidence: RezonedEvidence) -> Iterator[str]:
    """Yield each who came in where no plan lets them in, or is on record elsewhere."""
    for visit in evidence.visits:
        if not visit.is_green or visit.answer is None:
            continue
        kind, is_online = visit.card.kind, visit.answer.mode == ONLINE
        if evidence.zones_by(evidence.at_gate(visit), visit) == {""}:
            yield f"{visit}: a {kind} let in, and nothing that its gate knew takes it"
        if is_online and evidence.zones_by(evidence.at_ledger(visit), visit) == {""}:
            yield f"{visit}: a {kind} let in by the ledger, and nothing takes it there"
        zone = evidence.zone_on_record(visit)
        if zone and zone not in evidence.may_enter(visit):
            yield f"{visit}: on record in the {zone}, and came into {evidence.may_enter(visit)}"


def check_entries(evidence: RezonedEvidence) -> Iterator[str]:
    """Yield each entry by a zone into which its gate led by nothing that it may have heard."""
    for visit in evidence.visits:
        held = evidence.entries.get(visit.number)
        if held is None or not isinstance(held.body, ScanBody):
            continue
        gate_id = evidence.evening.gates[visit.node]
        names = {plan.zones.get(gate_id, "") for plan in evidence.at_gate(visit)}
        known = {evidence.evening.zone_ids[one] for one in names if one}
        # A new gate is not known at its device before that has heard of it, and lets in nobody.
        if held.body.zone_id not in known and (held.body.zone_id or visit.is_green):
            yield f"{visit}: recorded in {held.body.zone_id}, and its gate led into {names}"


def check_good(evidence: RezonedEvidence) -> Iterator[str]:
    """Yield each who had not come there, and was turned away though every plan lets them in."""
    may_alone = evidence.evening.policy is OfflinePolicy.OPEN
    for visit in evidence.visits:
        if visit.answer is None or visit.is_green:
            continue
        if not (visit.is_of_ledger or may_alone):
            continue
        if visit.node == evidence.evening.late and visit.answer.reason == STALE:
            continue  # it has not fetched its first manifest yet
        zones = evidence.zones_by([*evidence.at_gate(visit), *evidence.at_ledger(visit)], visit)
        (zone,) = zones if len(zones) == 1 else ("",)
        is_full = visit.answer.reason == FULL and ROOMS[zone or HALL] is not None
        if not zone or is_full or evidence.may_have_come(visit, zone):
            continue
        if not evidence.may_be_granted(visit):
            yield f"{visit}: turned away from the {zone} with a good ticket"


def check_last(evidence: RezonedEvidence) -> Iterator[str]:
    """Yield each who, when all is told, is not in a zone that takes them and that has room.

    By then each place that gates had been given for others to come is where somebody finds it.
    """
    plan = evidence.evening.plans[-1]
    cards = {one.card.ticket_id: one.card for one in evidence.visits}
    came = {zone: evidence.came_into(zone) for zone in ROOMS}
    for zone in sorted({plan.zones[gate_id] for gate_id in evidence.evening.gates.values()}):
        room = ROOMS[zone]
        if room is not None and len(came[zone]) >= room:
            continue
        for ticket_id, card in cards.items():
            if card.kind in plan.kinds[zone] and ticket_id not in came[zone]:
                yield f"ticket {ticket_id:016x} ({card.kind}): never came into the {zone}"


def check_room(evidence: RezonedEvidence) -> Iterator[str]:
    """Yield each zone that holds more than it has places."""
    for zone, room in ROOMS.items():
        if room is not None and len(evidence.came_into(zone)) > room:
            yield f"the {zone} holds {room}, and {len(evidence.came_into(zone))} came in"


def check_named(evidence: RezonedEvidence) -> Iterator[str]:
    """Yield each double in a zone that is not one conflict, and each other accusation."""
    came: dict[tuple[int, str], set[str]] = {}
    for use in evidence.ledger.uses.values():
        if not use.is_annulled and use.direction == "in":
            came.setdefault((use.ticket_id, use.zone_id), set()).add(use.claim_id)
    said: dict[tuple[int, str], list[set[str]]] = {}
    late = evidence.evening.late_device_id
    for conflict in evidence.ledger.conflicts:
        if conflict.disposition == "withdrawn":
            continue
        if conflict.kind == "double_use" and conflict.ticket_id is not None:
            place = (conflict.ticket_id, str(conflict.zone_id))
            said.setdefault(place, []).append(set(conflict.sides))
        elif conflict.kind == "clock" and conflict.device_id == late:
            continue  # a new device has no bound before it was answered, and its clock is wrong
        elif conflict.kind == AGAINST:
            continue
        elif evidence.has_true_server or conflict.kind not in OF_CLOCKS:
            yield f"conflict {conflict.kind} of {conflict.device_id}, and nothing of it happened"
    for where in sorted(came.keys() | said.keys()):
        claims = came.get(where, set())
        if said.get(where, []) != ([claims] if len(claims) > 1 else []):
            named = len(said.get(where, []))
            yield f"ticket {where[0]:016x} in {where[1]}: {len(claims)} came in, {named} conflicts"
    yield from evidence.wrong


def check_against(evidence: RezonedEvidence) -> Iterator[str]:
    """Yield each who came in alone against the plan of then and is not named, and the reverse."""
    if not evidence.has_true_server:
        return
    named = {
        claim_id
        for one in evidence.ledger.conflicts
        if one.kind == AGAINST and one.disposition != "withdrawn"
        for claim_id in one.sides
    }
    for visit in evidence.visits:
        if not visit.is_entry or visit.answer is None:
            continue
        zone, claim_id = evidence.zone_on_record(visit), visit.answer.claim_id
        plans = evidence.at_ledger(visit, APART)
        takes = {visit.card.kind in one.kinds.get(zone, ()) for one in plans}
        if visit.answer.mode != ONLINE and takes == {False} and claim_id not in named:
            yield f"{visit}: let into the {zone} against the plan of then, and nobody is told"
        if takes == {True} and claim_id in named:
            yield f"{visit}: let into the {zone} by the plan of then, and accused"


judge_rezoned: Final = make_judge(
    "rezoned",
    RezonedEvidence.gather,
    check_zones,
    check_entries,
    check_good,
    check_last,
    check_ledger,
    check_named,
    check_against,
    check_room,
)
