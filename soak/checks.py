"""The promises, each a function from the facts to the violations that it finds. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import Final

from soak.facts import LaneFacts, Scan, ServerFacts

SHOWN_MAX: Final = 5


def find_violations(lanes: Sequence[LaneFacts], server: ServerFacts) -> list[str]:
    """Hold what was found against every promise; empty if all were kept."""
    return [
        *answers_without_entry(lanes),
        *entries_lost(lanes, server),
        *double_uses_amiss(lanes, server),
        *doubles_online(lanes),
        *doubles_at_one_gate(lanes),
        *views_apart(lanes, server),
        *grants_left(server),
    ]


def answers_without_entry(lanes: Sequence[LaneFacts]) -> Iterator[str]:
    """Every answered line stands in its device's journal, as it was answered, and once."""
    for lane in lanes:
        numbers = Counter(answer["seq"] for answer in lane.answers)
        for seq, count in numbers.items():
            if count > 1:
                yield f"lost entry: {lane.name} answered {count} scans with entry {seq}"
        for answer in lane.answers:
            scan = lane.scans.get(answer["seq"])
            told = (answer["verdict"], answer["reason"], answer["ticket_id"], answer["mode"])
            if scan is None:
                yield f"lost entry: {lane.name} answered {told} and has no entry of it"
            elif (scan.verdict, scan.reason, scan.ticket_id, scan.mode) != told:
                yield f"lost entry: {lane.name} answered {told}, its entry says {scan}"


def entries_lost(lanes: Sequence[LaneFacts], server: ServerFacts) -> Iterator[str]:
    """The server holds every entry of every journal once, and no other."""
    for lane in lanes:
        held = server.entries.get(lane.device_id, [])
        missing, foreign = lane.entries - set(held), set(held) - lane.entries
        if missing:
            yield f"lost entries: {len(missing)} of {lane.name} are not at the server"
        if foreign:
            yield f"lost entries: the server holds {len(foreign)} that {lane.name} does not"
        if len(held) != len(set(held)):
            yield f"entries stored twice: {len(held) - len(set(held))} of {lane.name}"


def admissions(lanes: Sequence[LaneFacts]) -> dict[str, list[Scan]]:
    """List the admissions that stand, by ticket, from the lanes' own journals."""
    undone = {claim for lane in lanes for claim in lane.undone}
    found: dict[str, list[Scan]] = defaultdict(list)
    for lane in lanes:
        for scan in lane.scans.values():
            if scan.verdict == "admit" and scan.claim_id not in undone:
                assert scan.ticket_id is not None
                found[scan.ticket_id].append(scan)
    return found


def double_uses_amiss(lanes: Sequence[LaneFacts], server: ServerFacts) -> Iterator[str]:
    """Each double use is one conflict with all its sides, and each conflict is a double use."""
    wanted = {
        ticket: frozenset(scan.claim_id for scan in scans)
        for ticket, scans in admissions(lanes).items()
        if len(scans) > 1
    }
    reported: dict[str, list[frozenset[str]]] = defaultdict(list)
    for conflict in server.conflicts:
        if conflict.kind != "double_use":
            yield f"unexpected conflict: {conflict.kind} of ticket {conflict.ticket_id}"
        elif not conflict.disposition:
            reported[conflict.ticket_id].append(conflict.sides)
    for ticket in wanted.keys() - reported.keys():
        yield f"double use without a conflict: ticket {ticket}"
    for ticket in reported.keys() - wanted.keys():
        yield f"conflict without a double use: ticket {ticket}"
    for ticket in wanted.keys() & reported.keys():
        if len(reported[ticket]) > 1:
            yield f"double use reported {len(reported[ticket])} times: ticket {ticket}"
        elif reported[ticket][0] != wanted[ticket]:
            apart = sorted(reported[ticket][0] ^ wanted[ticket])
            yield f"conflict with other sides than the admissions: ticket {ticket}: {apart}"


def doubles_online(lanes: Sequence[LaneFacts]) -> Iterator[str]:
    """Of the admissions that the server granted there is at most one for each ticket."""
    for ticket, scans in admissions(lanes).items():
        if sum(scan.mode == "online" for scan in scans) > 1:
            yield f"double use among online scans: ticket {ticket}"


def doubles_at_one_gate(lanes: Sequence[LaneFacts]) -> Iterator[str]:
    """No lane admits a ticket twice, whatever happened to it in between."""
    for ticket, scans in admissions(lanes).items():
        if len({scan.device_id for scan in scans}) != len(scans):
            yield f"double use at one gate: ticket {ticket}"


def views_apart(lanes: Sequence[LaneFacts], server: ServerFacts) -> Iterator[str]:
    """Every lane counts the same uses as the server, and knows the same open conflicts."""
    for lane in lanes:
        missing = server.view.uses - lane.view.uses
        more = lane.view.uses - server.view.uses
        if missing or more:
            shown = sorted(missing | more)[:SHOWN_MAX]
            yield f"views differ: {lane.name} misses {len(missing)}, has {len(more)} more: {shown}"
        if lane.view.conflicts != server.view.conflicts:
            apart = len(lane.view.conflicts ^ server.view.conflicts)
            yield f"views differ: {lane.name} knows other open conflicts, {apart} of them"


def grants_left(server: ServerFacts) -> Iterator[str]:
    """What the server counts as a use was confirmed by a journal, or was released."""
    if server.unconfirmed:
        yield f"grants without an entry or a release: {len(server.unconfirmed)}"
