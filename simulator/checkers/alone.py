"""I6: what is admitted beyond the allowance is found, once, with all sides; or never happens.

Under `home` and `closed` there is no excess at all, and at one device under no policy. Under
`open` and `supervisor` every ticket with one has exactly one open conflict that names every entry,
each with its signed evidence, and no other ticket has one. Where holders went out and in, the
order of passages decides, and clocks may leave it open; then only what is too much in every order
that is not proven wrong is demanded, and nobody is accused but in the ledger's order. Doubles of a
ticket whose home the organizer declared lost are the one exception under `home`, and are reported
as such.
"""

from __future__ import annotations

from collections.abc import Iterator

from shared.admission.offline_policy import OfflinePolicy
from shared.kernel.id_types import TicketId
from simulator.judging.evidence import Evidence
from simulator.judging.ledger_and_device_views import LedgerConflict
from simulator.judging.rights import Rights
from simulator.judging.truth import Excess, find_excesses

NEVER_TWICE = frozenset({OfflinePolicy.HOME, OfflinePolicy.CLOSED})
DOUBLE_USE = "double_use"
HOME_LOST = "home_lost"


def check_alone(evidence: Evidence) -> Iterator[str]:
    """Yield each excess that should not be, or was not reported as it should."""
    open_conflicts: dict[tuple[int, str], list[LedgerConflict]] = {}
    for conflict in evidence.ledger.conflicts:
        is_open = conflict.disposition != "withdrawn"
        is_double = conflict.kind in {DOUBLE_USE, HOME_LOST}
        if is_double and conflict.ticket_id is not None and is_open:
            key = (conflict.ticket_id, conflict.zone_id)
            open_conflicts.setdefault(key, []).append(conflict)
    rights = Rights(evidence)
    for excess in find_excesses(evidence):
        found = open_conflicts.pop((excess.ticket_id, excess.zone_id), [])
        is_lost = _lost_its_home(evidence, rights, excess.ticket_id)
        yield from _judge(evidence, excess, found, may_be_lost=is_lost is not False)
        for conflict in found:
            if is_lost is not None and (conflict.kind == HOME_LOST) is not is_lost:
                word = "was" if is_lost else "was not"
                yield f"ticket {excess.ticket_id:016x}: {conflict.kind}, and its home {word} lost"
    yield from _never_twice_here(evidence)
    for (ticket_id, _), conflicts in open_conflicts.items():
        yield f"ticket {ticket_id:016x}: {len(conflicts)} conflicts and not one passage"


def _lost_its_home(evidence: Evidence, rights: Rights, ticket_id: TicketId) -> bool | None:
    """Tell whether a home of a ticket was declared lost; None where that cannot be known.

    What a till has sold has the home of its part of the till's range until the sale is uploaded,
    and a ledger that was put back may have forgotten the declaration.
    """
    lost = evidence.history.lost_homes
    if not lost:
        return False
    homes = rights.homes_of(ticket_id) - {None}
    is_known = homes and ticket_id in evidence.presold and not evidence.history.restores
    return bool(homes & lost) if is_known else None


def _never_twice_here(evidence: Evidence) -> Iterator[str]:
    """No device admits what its own journal already shows to be used up."""
    taken_back = {p.body.claim_id for p in evidence.passages if p.is_taken_back}
    moved = {p.body.ticket_id for p in evidence.passages if p.body.direction == "out"}
    entered: dict[tuple[str, int | None], int] = {}
    for passage in evidence.passages:
        body = passage.body
        if body.claim_id in taken_back or body.ticket_id in moved or body.ticket_id is None:
            continue
        key = (passage.node, body.ticket_id)
        entered[key] = entered.get(key, 0) + body.count
    for (node, ticket_id), count in entered.items():
        if ticket_id is not None and count > evidence.persons_of(TicketId(ticket_id)):
            yield f"{node} admitted {count} persons on ticket {ticket_id:016x} by itself"


def _judge(
    evidence: Evidence, excess: Excess, found: list[LedgerConflict], *, may_be_lost: bool
) -> Iterator[str]:
    name = f"ticket {excess.ticket_id:016x}"
    is_forbidden = evidence.scenario.policy in NEVER_TWICE and not may_be_lost
    if excess.is_certain and is_forbidden:
        yield f"{name}: admitted beyond its persons under {evidence.scenario.policy}"
    if (excess.is_certain or excess.is_inevitable) and not found:
        nodes = [passage.node for passage in excess.entries]
        yield f"{name}: {excess.entered} persons of {excess.persons} at {nodes}, no conflict"
    if not excess.is_possible and found:
        yield f"{name}: {excess.entered} persons of {excess.persons}, yet a conflict"
    elif found and not excess.is_ledgered:
        yield f"{name}: by the ledger's own times there is a conflict, and no excess"
    if len(found) > 1:
        yield f"{name}: {len(found)} conflicts for one excess"
    for conflict in found[:1]:
        yield from _check_sides(name, excess, conflict)


def _check_sides(name: str, excess: Excess, conflict: LedgerConflict) -> Iterator[str]:
    claims = {passage.body.claim_id for passage in excess.entries}
    missing = claims - conflict.sides
    if not excess.has_exits and missing:
        yield f"{name}: its conflict lacks {len(missing)} of {len(claims)} sides"
    strangers = conflict.sides - claims
    if strangers:
        yield f"{name}: its conflict has {len(strangers)} sides that never passed, or went back"
    bare = (conflict.sides & claims) - conflict.evidenced
    if bare:
        yield f"{name}: {len(bare)} sides of its conflict lack their signed entry"
