"""What is promised of devices that are taken away, judged by who came where, and who said what.

From when its word was taken away a device lets nobody in by the ledger's, and nobody at all when
it has heard of it; then nothing of the event is on its disk. What it brings afterwards takes
effect when somebody accepts it, once, and else never. Whoever stands in for it knows all that the
ledger knows, and turns nobody away because of it. Only a device that was declared lost makes a
gate under `home` let in twice, or a hall hold too many; that is named, and nothing else is. By a
code that was taken back no machine is a device, nor one again whose device was revoked.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from shared.admission.offline_policy import OfflinePolicy
from shared.journal.entry import GiveBody, ScanBody
from shared.kernel.instant import INSTANT_MAX, SECOND, Duration
from shared.wire.feed import Use
from simulator.further_events.replaced_devices.evening import Replaced
from simulator.further_events.replaced_devices.record import Place, Ruled, Stand
from simulator.further_events.replaced_devices.stolen_codes import judge_stolen
from simulator.judging.accused import OF_CLOCKS
from simulator.judging.evening_evidence import EveningEvidence, check_known
from simulator.judging.evidence import make_judge
from simulator.judging.ledger_and_device_views import HeldEntry, LedgerConflict
from simulator.judging.seen_visits import Card, Visit, may_have_come

REMEMBERED: Final[Duration] = 2 * SECOND
"""So long a worker of the server may know a device as it was."""
WAITED: Final = frozenset({"unconfirmed", "accepted", "dismissed"})
DOUBLES: Final = frozenset({"double_use", "home_lost"})
OVER_CAPACITY: Final = "over_capacity"
GIFT: Final = "gift"
FULL: Final = "capacity_full"
ID_OFFSET: Final = 1 << 63
ID_SIZE: Final = 8


class ReplacedEvidence(EveningEvidence[Replaced, Card]):
    """All of it, when it is quiet."""

    def is_as_lost(self, visit: Visit[Card]) -> bool:
        """Tell whether a device was declared lost, and need not have heard of that yet."""
        lost = self.evening.stands[visit.node].lost
        if lost is None:
            return False
        return not any(
            one.is_in_reach and lost.ended + self.hears < one.began <= visit.began
            for one in self.visits
            if one.node == visit.node
        )

    def status_of(self, held: HeldEntry) -> str:
        """Say what the server says of an entry; "" where it has it not."""
        entry = held.entry
        there = self.ledger.entries.get(entry.device_id, {}).get((entry.boot, entry.dseq))
        return "" if there is None else there.status

    @property
    def held(self) -> dict[tuple[str, int], HeldEntry]:
        """What devices have on record, those too that others stand in for by now."""
        stands = self.evening.stands.values()
        return {(one.node, held.entry.seq): held for one in stands for held in one.entries}


def check_stopped(evidence: ReplacedEvidence) -> Iterator[str]:
    """Yield whom a device let in that was revoked, by the ledger or when it must have heard."""
    for visit in evidence.visits:
        revoked = evidence.evening.stands[visit.node].revoked
        if revoked is None or not visit.is_green or visit.answer is None:
            continue
        if visit.answer.mode == "online" and visit.began > revoked.ended + REMEMBERED:
            yield f"{visit}: the ledger grants it to a device that was revoked"
        has_heard = visit.is_in_reach and visit.began > revoked.ended + evidence.hears
        if has_heard or visit.number >= evidence.evening.last:
            yield f"{visit}: let in by a device that must have heard that it was revoked"


def check_erased(evidence: ReplacedEvidence) -> Iterator[str]:
    """Yield each ticket that is on the disk of a device which has heard that it was revoked."""
    for stand in evidence.evening.stands.values():
        there = [one for one in evidence.evening.kept_back if _is_in(stand.disk, one)]
        if stand.revoked is None and len(there) < len(evidence.evening.kept_back):
            yield f"{stand.node} works, and of {evidence.evening.kept_back} its disk has {there}"
        if stand.revoked is not None:
            yield from (f"{stand.node} was revoked, its disk has {one:016x}" for one in there)
            if not stand.is_erased:
                yield f"{stand.node} was revoked, and does not say so"


def _is_in(disk: bytes, ticket_id: int) -> bool:
    """Tell whether a disk has a ticket, in a list's bytes or in a row of a database."""
    ids = (ticket_id, ticket_id ^ ID_OFFSET)
    return any(one.to_bytes(ID_SIZE, "big") in disk for one in ids)


def check_status(evidence: ReplacedEvidence) -> Iterator[str]:
    """Yield each entry that counts and should wait, or the reverse, or was ruled on oddly."""
    for visit in evidence.visits:
        stand, held = evidence.evening.stands[visit.node], evidence.entries.get(visit.number)
        if held is None or visit.ended is None:
            continue
        status = evidence.status_of(held)
        if stand.revoked is None:
            if status != "stored":
                yield f"{visit}: {status or 'not at the server'}, and its device is in order"
        elif visit.began > stand.revoked.ended and status not in WAITED:
            yield f"{visit}: {status or 'not at the server'}, from a device that was revoked"
        elif stand.revoked.was_in_reach and (
            visit.ended + evidence.hears < stand.revoked.began and status != "stored"
        ):
            yield f"{visit}: {status}, and it was told long before its device was revoked"
    for place, rulings in _rulings(evidence).items():
        yield from _check_rulings(evidence, place, rulings)


def _rulings(evidence: ReplacedEvidence) -> dict[Place, list[Ruled]]:
    found: dict[Place, list[Ruled]] = {}
    for ruled in evidence.evening.ruled:
        for place in ruled.places:
            found.setdefault(place, []).append(ruled)
    return found


def _check_rulings(
    evidence: ReplacedEvidence, place: Place, rulings: list[Ruled]
) -> Iterator[str]:
    device_id, boot, dseq = place
    status = evidence.ledger.entries[device_id][boot, dseq].status
    firsts = [
        "accepted" if one.is_accepted else "dismissed"
        for one in rulings
        if not any(other.ended < one.began for other in rulings)
    ]
    if status not in firsts:
        yield f"entry {dseq} of {device_id} is {status}, and was first {firsts}"


def _counting(evidence: ReplacedEvidence) -> Iterator[tuple[Stand, HeldEntry, ScanBody]]:
    """Yield each admission on record that counts."""
    for stand in evidence.evening.stands.values():
        for held in stand.entries:
            body = held.body
            if not isinstance(body, ScanBody) or body.verdict != "admit":
                continue
            if evidence.status_of(held) in {"stored", "accepted"}:
                yield stand, held, body


def _given(evidence: ReplacedEvidence) -> set[str]:
    """List what homes have given away: a home's word is as good as the ledger's."""
    return {
        held.body.claim_id
        for stand in evidence.evening.stands.values()
        for held in stand.entries
        if isinstance(held.body, GiveBody) and evidence.status_of(held) in {"stored", "accepted"}
    }


def check_effect(evidence: ReplacedEvidence) -> Iterator[str]:
    """Yield each passage that is not in the ledger and counts, or is there and does not."""
    given = _given(evidence)
    counting: set[str] = {body.claim_id for _, _, body in _counting(evidence)}
    revoked = {
        one.device_id for one in evidence.evening.stands.values() if one.revoked is not None
    }
    live = {one: use for one, use in evidence.ledger.uses.items() if not use.is_annulled}
    for claim in sorted(counting - live.keys()):
        yield f"claim {claim} counts, and the ledger has no passage"
    for claim, use in live.items():
        is_word = use.mode == "online" or claim in given
        is_grant = not use.is_confirmed and use.device_id in revoked and is_word
        if claim not in counting and not is_grant:
            yield f"claim {claim} of {use.device_id}: {use.mode}, {use.source}, and nobody said it"
    for _, _, item in evidence.ledger.feed:
        if not isinstance(item, Use) or item.claim_id in live.keys() | counting | given:
            continue
        if item.device_id in revoked and item.mode != "online":
            yield f"gates were told of {item.claim_id}, which nobody has accepted"


def check_doubles(evidence: ReplacedEvidence) -> Iterator[str]:
    """Yield each ticket of which more count than one and that is not one conflict, or the reverse.

    What the ledger granted to a device whose entry waits may stand beside.
    """
    entries: dict[int, dict[str, Stand]] = {}
    for stand, _, body in _counting(evidence):
        if body.ticket_id is not None:
            entries.setdefault(body.ticket_id, {})[body.claim_id] = stand
    granted = {claim for claim, use in evidence.ledger.uses.items() if not use.is_confirmed}
    said: dict[int, list[LedgerConflict]] = {}
    for conflict in evidence.ledger.conflicts:
        is_double = conflict.kind in DOUBLES and conflict.disposition != "withdrawn"
        if is_double and conflict.ticket_id is not None:
            said.setdefault(conflict.ticket_id, []).append(conflict)
    for ticket_id in sorted(entries.keys() | said.keys()):
        came, found = entries.get(ticket_id, {}), said.get(ticket_id, [])
        sides = [set(one.sides) - (granted - came.keys()) for one in found]
        expected = [set(came)] if len(came) > 1 else []
        is_beside = len(found) == 1 and len(found[0].sides) > 1 and sides == [set(came)]
        if sides != expected and not is_beside:
            yield f"ticket {ticket_id:016x}: {len(came)} came in, {len(found)} conflicts"
        if len(came) > 1:
            yield from _explain(evidence, ticket_id, came)


def _explain(evidence: ReplacedEvidence, ticket_id: int, came: dict[str, Stand]) -> Iterator[str]:
    """Yield it if no policy lets so many in."""
    bodies = [body for _, _, body in _counting(evidence) if body.claim_id in came]
    online = [one for one in bodies if one.mode == "online"]
    if len(online) > 1:
        yield f"ticket {ticket_id:016x}: {len(online)} came in by the ledger's word"
    if evidence.evening.policy is OfflinePolicy.CLOSED:
        yield f"ticket {ticket_id:016x}: {len(came)} came in, and no gate may admit alone"
    seen: dict[str, Visit[Card]] = {
        one.answer.claim_id: one for one in evidence.visits if one.answer is not None
    }
    ends = [seen[claim].ended if claim in seen else None for claim in came]
    latest = INSTANT_MAX if None in ends else max(one for one in ends if one is not None)
    is_lost = any(
        stand.lost is not None
        and stand.lost.began <= latest
        and (claim not in seen or evidence.is_as_lost(seen[claim]))
        for claim, stand in came.items()
    )
    if evidence.evening.policy is OfflinePolicy.HOME and not is_lost:
        yield f"ticket {ticket_id:016x}: {len(came)} came in, and no home was lost"


def check_room(evidence: ReplacedEvidence) -> Iterator[str]:
    """Yield it if more came in than the zone holds and no lost device explains it, or unnamed."""
    room = evidence.evening.room
    counting = sum(body.count for _, _, body in _counting(evidence))
    live = sum(
        one.count
        for one in evidence.ledger.uses.values()
        # What a home has given waits for the journal of whoever asked.
        if not one.is_annulled and (one.is_confirmed or one.source != GIFT)
    )
    named = [one for one in evidence.ledger.conflicts if one.kind == OVER_CAPACITY]
    if live > room and not named:
        yield f"{live} are inside, there is room for {room}, and nobody says so"
    if named and live <= room:
        yield f"{live} are inside, there is room for {room}, and that is named"
    came = [one for one in evidence.visits if one.is_entry]
    of_lost = sum(evidence.is_as_lost(one) for one in came)
    if len(came) - of_lost > room:
        yield f"{len(came)} came in, {of_lost} by lost devices; there is room for {room}"
    first = min(
        (one.lost.began for one in evidence.evening.stands.values() if one.lost), default=None
    )
    early = [one for one in came if first is None or (one.ended or INSTANT_MAX) < first]
    if len(early) > room:
        yield f"{len(early)} came in before a device was lost; there is room for {room}"
    if counting > len(came):
        yield f"{counting} count, and {len(came)} came in"


def check_good(evidence: ReplacedEvidence) -> Iterator[str]:
    """Yield each holder who had not come, and was turned away where the ledger could be asked.

    Under `home` the home must be asked too, and has not always answered yet: when all is told,
    one of the gates is it.
    """
    is_of_home = evidence.evening.policy is OfflinePolicy.HOME
    for visit in evidence.visits:
        is_last = visit.number >= evidence.evening.last
        if evidence.evening.stands[visit.node].revoked is not None or visit.answer is None:
            continue
        if visit.is_green or not visit.is_of_ledger or (is_of_home and not is_last):
            continue
        if visit.answer.reason == FULL or may_have_come(evidence.visits, visit):
            continue
        if evidence.may_be_granted(visit):
            continue
        if not is_of_home or not _comes_in_at_last(evidence, visit):
            yield f"{visit}: turned away with a good ticket"


def _comes_in_at_last(evidence: ReplacedEvidence, visit: Visit[Card]) -> bool:
    return any(
        one.is_green and one.number >= evidence.evening.last
        for one in evidence.visits
        if one.card.ticket_id == visit.card.ticket_id
    )


def check_codes(evidence: ReplacedEvidence) -> Iterator[str]:
    """Yield each machine that is a device by a code which the organizer has taken back."""
    for stolen in evidence.evening.stolen:
        yield from judge_stolen(stolen)


def check_accused(evidence: ReplacedEvidence) -> Iterator[str]:
    """Yield each other accusation, and what the organizer was refused.

    A device that scanned before it was in touch for the first time is rightly named by its clock.
    """
    untimed = {one.device_id for one in evidence.evening.stands.values() if one.had_no_time}
    for conflict in evidence.ledger.conflicts:
        if conflict.kind in DOUBLES or conflict.kind == OVER_CAPACITY:
            continue
        if conflict.kind == "clock" and conflict.device_id in untimed:
            continue
        if evidence.has_true_server or conflict.kind not in OF_CLOCKS:
            yield f"conflict {conflict.kind} of {conflict.device_id}, and nothing of it happened"
    yield from evidence.wrong


judge_replaced: Final = make_judge(
    "replaced",
    ReplacedEvidence.gather,
    check_stopped,
    check_erased,
    check_status,
    check_effect,
    check_known,
    check_doubles,
    check_room,
    check_good,
    check_codes,
    check_accused,
)
