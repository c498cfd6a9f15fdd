"""I6: a zone never holds more than its capacity, whatever is cut off, by devices' own journals.

Every passage was let through by the ledger's word or by a device's share, so nobody is over. Who
is inside is counted by true time, in favour of the gates: an entry counts when its lamp was lit,
an exit when the holder came to the gate. A share that the organizer declared lost may overfill the
zone, and then a conflict says so. When all is quiet, ledger and devices keep the same accounts.
"""

from __future__ import annotations

from collections.abc import Iterator

from shared.journal.entry import ReturnBody
from simulator.evidence import Evidence, Passage
from simulator.rights import Account, Rights
from simulator.views import DeviceView, Share

OVER_CAPACITY = "over_capacity"


def check_capacity(evidence: Evidence) -> Iterator[str]:
    """Yield each person too many, and each place that an account has lost or made up."""
    capacity = evidence.scenario.capacity
    if capacity is None:
        return
    if not evidence.history.restores:  # else claims of the lost ledger stand in no journal
        yield from _overfull(evidence, capacity)
    yield from _accounts(evidence)


def _overfull(evidence: Evidence, capacity: int) -> Iterator[str]:
    most, when = _most_inside(evidence)
    is_reported = any(one.kind == OVER_CAPACITY for one in evidence.ledger.conflicts)
    is_excused = bool(evidence.history.lost_homes)
    if most > capacity and not is_excused:
        yield f"{most} persons in a zone for {capacity}, at {when}"
    if is_reported and not is_excused:
        yield f"the ledger says that a zone for {capacity} is overfull; at most {most} were inside"
    if _inside_at_the_end(evidence) > capacity and not is_reported:
        yield f"a zone for {capacity} ends overfull, and no conflict says so"


def _most_inside(evidence: Evidence) -> tuple[int, int]:
    """Return the most persons that were inside at once, at least, and when."""
    steps = sorted(
        (when, passage.body.count if passage.body.direction == "in" else -passage.body.count)
        for passage in evidence.passages
        if not passage.is_taken_back
        for when in (_when(evidence, passage),)
    )
    inside, most, at = 0, 0, 0
    for when, persons in steps:
        inside += persons
        if inside > most:
            most, at = inside, when
    return most, at


def _when(evidence: Evidence, passage: Passage) -> int:
    """Tell when somebody counts; a passage that nobody saw is counted where it excuses most."""
    scan, is_entry = passage.scan, passage.body.direction == "in"
    if scan is None or scan.ended is None:
        return evidence.ended if is_entry else 0
    return scan.ended if is_entry else scan.began


def _inside_at_the_end(evidence: Evidence) -> int:
    return sum(
        passage.body.count if passage.body.direction == "in" else -passage.body.count
        for passage in evidence.passages
        if not passage.is_taken_back
    )


def _accounts(evidence: Evidence) -> Iterator[str]:
    zone_id, inside = evidence.venue.zone_id, _inside_at_the_end(evidence)
    there = evidence.ledger.inside.get(zone_id, 0)
    if there != inside:
        yield f"{inside} persons are inside, by the ledger {there}"
    rights = Rights(evidence)
    for device in evidence.devices:
        here = device.shares.get(zone_id, Share())
        own = _by_journal(evidence, rights, device)
        if here != own and not evidence.history.restores:
            yield f"{device.node}: its share is {here}, by feed and journal {own}"
        if device.device_id in evidence.history.lost_homes:
            continue
        ledgered = evidence.ledger.shares.get((device.device_id, zone_id), Share())
        if here != ledgered:
            yield f"{device.node}: its share is {here}, by the ledger {ledgered}"


def _by_journal(evidence: Evidence, rights: Rights, device: DeviceView) -> Share:
    account = Account(rights, device)
    for held in device.entries:
        is_other = (
            isinstance(held.body, ReturnBody) and held.body.zone_id != evidence.venue.zone_id
        )
        if not is_other:
            account.learn(held)
    granted = rights.granted_at(device.device_id, device.cursor)
    return Share(granted, account.returned, account.spent)
