"""Shares of a zone's capacity at the ledger: granted, spent, given back; the rest for claims."""

from __future__ import annotations

from shared.journal.entry import ReturnBody, UndoBody
from shared.wire.homes import Share
from tests.factories.ledger_office import GateDevice, LedgerOffice


async def limit_zone(office: LedgerOffice, capacity: int) -> None:
    """Limit the zone's capacity."""
    body = {
        "name": "Arena",
        "occurrence_id": office.occurrence_id,
        "reentry_after_exit": False,
        "capacity": capacity,
    }
    zone = f"{office.path}/zones/{office.zone_id}"
    await office.office.ok("PUT", zone, office.owner, json=body)


async def share_of(office: LedgerOffice, device: GateDevice) -> tuple[int, int | None]:
    """Return the newest word on a device's share: what was ever granted, and what to keep."""
    await office.exchanged(device)
    told = [
        (item.granted, item.keep)
        for item in await office.read_feed(device)
        if isinstance(item, Share) and item.device_id == device.id
    ]
    return told[-1] if told else (0, None)


async def claims_left(office: LedgerOffice, device: GateDevice, first: int) -> int:
    """Claim ticket after ticket until the zone is full; return how many were let in."""
    for count, code in enumerate(office.codes[first:]):
        if (await office.claimed(device, code))["reason"] == "capacity_full":
            return count
    return len(office.codes) - first


async def test_shares_and_claims_together_never_exceed_the_zone(
    ledger_office: LedgerOffice,
) -> None:
    """What devices hold is not granted by claims, until they have given it back."""
    await limit_zone(ledger_office, 12)
    north, south = await ledger_office.enrol(0), await ledger_office.enrol(1)
    assert await share_of(ledger_office, north) == (6, None)
    assert await share_of(ledger_office, south) == (3, None)
    for ticket in (0, 1):
        ledger_office.scan(north, ticket, allotted=1)
    undone = ledger_office.scan(north, 2, allotted=1)
    body = UndoBody(undone.claim_id, ledger_office.tickets[2], "sv", "mistake")
    north.journal.add(body, ledger_office.event_id, ledger_office.now)
    await ledger_office.exchanged(north, north.journal.entries)
    # 2 are inside, 4 are left to North and 3 to South: 3 places are the ledger's.
    assert await claims_left(ledger_office, south, 5) == 3
    granted, keep = await share_of(ledger_office, north)
    assert (granted, keep) == (6, 1)
    north.journal.add(
        ReturnBody(ledger_office.zone_id, 3), ledger_office.event_id, ledger_office.now
    )
    await ledger_office.exchanged(north, north.journal.entries)
    assert await claims_left(ledger_office, south, 9) == 3
    assert await ledger_office.conflicts() == []


async def test_a_lost_device_s_share_is_free_again(ledger_office: LedgerOffice) -> None:
    """The organizer's declaration frees what it held, and nothing is granted to it any more."""
    await limit_zone(ledger_office, 8)
    north, south = await ledger_office.enrol(0), await ledger_office.enrol(1)
    assert (await share_of(ledger_office, north))[0] == 4
    assert await claims_left(ledger_office, south, 0) == 4
    body = {"from_device_id": north.id, "is_lost": True, "reason": "gone with the van"}
    path = f"{ledger_office.path}/homes/moves"
    await ledger_office.office.ok("POST", path, ledger_office.owner, json=body)
    assert (await share_of(ledger_office, north))[0] == 4
    assert await claims_left(ledger_office, south, 5) == 4
