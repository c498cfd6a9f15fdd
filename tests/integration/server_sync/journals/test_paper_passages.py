"""What was let in by paper: who may say so, when it was, and whom it accuses."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from shared.journal.entry import ScanBody
from shared.kernel.instant import (
    HOUR,
    MINUTE,
    SECOND,
    Instant,
    format_instant_or_none,
    parse_instant,
)
from shared.wire.feed import Use
from tests.factories.evacuations import Chief
from tests.factories.ledger_office import GateDevice, LedgerOffice
from tests.integration.server_sync.reconciliation.test_evidence_files import sound_report

pytestmark = pytest.mark.either_database
WHO_AND_WHEN = ("person", "happened_from", "happened_until")


def key_in(
    office: LedgerOffice,
    chief: Chief,
    gate: GateDevice,
    ticket: int,
    ago: tuple[int, int],
    **told: Any,
) -> ScanBody:
    """Key a passage in that was between two moments ago."""
    bare = office.passage(gate, ticket, told | {"seen": b""})
    first, last = (Instant(office.now - one) for one in ago)
    body = chief.on_paper(gate, bare, first, last)
    gate.journal.add(body, office.event_id, office.now)
    return body


async def kinds_of(office: LedgerOffice) -> list[str]:
    """Return the kinds of the conflicts that stand."""
    return [c["kind"] for c in await office.conflicts() if c["disposition"] != "withdrawn"]


async def test_a_passage_by_paper_was_when_its_person_says_within_its_bound(
    ledger_office: LedgerOffice,
) -> None:
    """The ledger keeps the middle, and half of the time between as what it may be off."""
    gate, other = await ledger_office.enrol(0), await ledger_office.enrol(1)
    chief = await Chief.appoint(ledger_office)
    key_in(ledger_office, chief, gate, 0, (HOUR, 20 * MINUTE))
    await ledger_office.exchanged(gate, gate.journal.entries)
    (use,) = [one for one in await ledger_office.read_feed(other) if isinstance(one, Use)]
    assert use.at == ledger_office.now - 40 * MINUTE
    assert use.at_error == 20 * MINUTE
    refused = await ledger_office.claimed(other, ledger_office.codes[0])
    assert refused["reason"] == "already_used"
    assert await kinds_of(ledger_office) == []


async def test_paper_counts_only_by_the_badge_that_signed_these_very_times(
    ledger_office: LedgerOffice,
) -> None:
    """Unsigned, changed, or signed for another device, it waits and spends nothing."""
    office = ledger_office
    gate, other = await office.enrol(0), await office.enrol(1)
    chief = await Chief.appoint(office)
    good = chief.on_paper(
        gate, office.passage(gate, 0, {}), office.now - HOUR, office.now - MINUTE
    )
    for changed in (
        {"signature": b""},
        {"person": ""},
        {"happened_from": Instant(office.now - 2 * HOUR)},
        {"happened_until": None},
        {"count": 2},
        {"signature": chief.on_paper(other, good, office.now - HOUR, office.now).signature},
    ):
        body = msgspec.structs.replace(good, claim_id=good.claim_id, **changed)
        gate.journal.add(body, office.event_id, office.now)
    await office.exchanged(gate, gate.journal.entries)
    assert await kinds_of(office) == ["passage_unproven"]
    assert (await office.claimed(other, office.codes[0]))["verdict"] == "admit"


async def test_two_who_came_in_by_paper_on_one_ticket_are_told_without_an_order(
    ledger_office: LedgerOffice,
) -> None:
    """One conflict with both sides; in order only where the times leave no doubt."""
    office = ledger_office
    north, south = await office.enrol(0), await office.enrol(1)
    chief = await Chief.appoint(office)
    key_in(office, chief, north, 0, (HOUR, MINUTE))
    key_in(office, chief, south, 0, (30 * MINUTE, 10 * MINUTE))
    key_in(office, chief, north, 1, (HOUR, 50 * MINUTE))
    key_in(office, chief, south, 1, (30 * MINUTE, 10 * MINUTE))
    for gate in (south, north):
        await office.exchanged(gate, gate.journal.entries)
    found = {one["ticket_id"]: one for one in await office.conflicts()}
    assert [one["kind"] for one in found.values()] == ["double_use"] * 2
    assert not found[office.hex_of(0)]["is_ordered"]
    assert found[office.hex_of(1)]["is_ordered"]


async def test_a_conflict_tells_which_side_was_keyed_in_from_paper_between_when_and_by_whom(
    ledger_office: LedgerOffice,
) -> None:
    """A device scanned nobody there: it is a person's word, at the desk and in the evidence."""
    office = ledger_office
    north, south = await office.enrol(0), await office.enrol(1)
    chief = await Chief.appoint(office)
    body = key_in(office, chief, north, 0, (HOUR, MINUTE))
    office.scan(south, 0)
    for gate in (south, north):
        await office.exchanged(gate, gate.journal.entries)
    (conflict,) = await office.conflicts()
    path = f"{office.path}/conflicts/{conflict['id']}"
    sides = (await office.office.ok("GET", path, office.owner))["sides"]
    told = {one["device_id"]: [one[key] for key in WHO_AND_WHEN] for one in sides}
    span = [format_instant_or_none(one) for one in (body.happened_from, body.happened_until)]
    assert told[north.id] == [chief.person, *span]
    assert told[south.id] == ["", None, None]
    report = await sound_report(office, conflict["id"])
    found = {str(one.device_id): one for one in report.conflicts[0].sides}
    assert [getattr(found[north.id], key) for key in WHO_AND_WHEN] == [chief.person, *span]
    assert found[south.id].happened_from is None


async def test_paper_keyed_in_after_an_exit_accuses_nobody_where_it_may_have_been_before(
    ledger_office: LedgerOffice,
) -> None:
    """In by paper, out and in again by the gate: keyed in last, it has its place as the first."""
    office = ledger_office
    zone = {"name": "Arena", "occurrence_id": office.occurrence_id, "reentry_after_exit": True}
    address = f"{office.path}/zones/{office.zone_id}"
    await office.office.ok("PUT", address, office.owner, json=zone)
    gate, other = await office.enrol(0), await office.enrol(1)
    chief = await Chief.appoint(office)
    office.office.clock.advance(2 * HOUR)
    office.scan(gate, 0, direction="out", reason="exit", wall=Instant(office.now - 20 * MINUTE))
    office.scan(gate, 0, wall=Instant(office.now - 10 * MINUTE))
    key_in(office, chief, gate, 0, (HOUR, 15 * MINUTE))
    await office.exchanged(gate, gate.journal.entries)
    assert await kinds_of(office) == []
    key_in(office, chief, other, 0, (5 * MINUTE, SECOND))
    await office.exchanged(other, other.journal.entries)
    assert await kinds_of(office) == ["double_use"]


async def test_paper_from_before_a_cancellation_is_no_fault_and_from_after_it_is(
    ledger_office: LedgerOffice,
) -> None:
    """Where the bounds overlap it nobody is accused of it."""
    office = ledger_office
    gate = await office.enrol(0)
    chief = await Chief.appoint(office)
    cancelled_at = office.now
    for number in (0, 1, 2):
        address = f"{office.path}/tickets/{office.hex_of(number)}/block"
        await office.office.ok("PUT", address, office.owner, json={"blocked": True})
    office.office.clock.advance(HOUR)
    until = office.now - cancelled_at
    key_in(office, chief, gate, 0, (until + HOUR, until + MINUTE))
    key_in(office, chief, gate, 1, (until + MINUTE, until - MINUTE))
    await office.exchanged(gate, gate.journal.entries)
    assert await kinds_of(office) == []
    key_in(office, chief, gate, 2, (until - MINUTE, until - 2 * MINUTE))
    await office.exchanged(gate, gate.journal.entries[-1:])
    assert await kinds_of(office) == ["admitted_after_void"]


async def test_paper_is_never_later_than_it_was_keyed_in(ledger_office: LedgerOffice) -> None:
    """Times from the future, or from the far past, are the ledger's word with its bound."""
    office = ledger_office
    gate = await office.enrol(0)
    chief = await Chief.appoint(office)
    key_in(office, chief, gate, 0, (HOUR, -HOUR))
    key_in(office, chief, gate, 1, (-HOUR, -2 * HOUR))
    key_in(office, chief, gate, 2, (MINUTE, HOUR))
    await office.exchanged(gate, gate.journal.entries)
    found = await office.office.ok("GET", f"{office.path}/checkins", office.owner)
    assert len(found["items"]) == 3
    assert all(parse_instant(one["at"]) <= office.now for one in found["items"])
