"""Who comes back after an evacuation takes a place that was kept, and none beyond the ticket's."""

from __future__ import annotations

import msgspec
import pytest

from shared.kernel.id_types import ClaimId
from shared.kernel.instant import MINUTE
from tests.adversaries.scene import named, upload
from tests.factories.evacuations import Chief
from tests.factories.ledger_office import LedgerOffice
from tests.factories.racing import rows_of
from tests.factories.zone_limits import limit_zone
from tests.integration.server_sync.homes.test_homes import give, homes_of, make_homes
from tests.integration.server_sync.homes.test_homes_hostile import ask_of
from tests.integration.server_sync.reconciliation.test_typed_codes import FEW, leave_few, waiting


@pytest.mark.either_database
@pytest.mark.parametrize("is_given", [False, True])
async def test_holders_who_come_back_into_a_limited_zone_have_no_pace(
    ledger_office: LedgerOffice, is_given: bool
) -> None:
    """At a gate that is cut off: else it was named as too fast, and their copies were let in."""
    office = ledger_office
    await limit_zone(office, len(office.tickets))
    chief = await Chief.appoint(office)
    devices = await make_homes(office, 0, 1)
    homes = await homes_of(office)
    home, other = sorted(devices, key=lambda one: -list(homes.values()).count(one.id))
    guests = [n for n, _ in enumerate(office.tickets) if homes[office.hex_of(n)] == home.id]
    assert len(guests) > FEW
    for ticket in guests:
        office.scan(home, ticket, claim_id=ClaimId(f"in-{ticket}"))
    for phase in ("stop", "return"):
        chief.say(home, phase)
        await upload(office, home)
        office.office.clock.advance(MINUTE)
    cursor = len(await office.read_feed(other))
    await leave_few(office, other)
    for ticket in guests:
        ask = ask_of(office, home, other, ClaimId(f"{other.id}.{ticket}"))
        if is_given:
            ask = msgspec.structs.replace(ask, ticket_id=office.tickets[ticket])
            give(office, home, ask, "reentry", by=other)
        office.scan(other, ticket, claim_id=ask.claim_id, reason="reentry", cursor=cursor)
    await upload(office, home)
    await upload(office, other)
    assert await named(office) == {}
    assert (await waiting(office, home), await waiting(office, other)) == (0, 0)
    inside = "SELECT inside FROM zone_presence WHERE zone_id = :zone_id"
    counted = await rows_of(office.office, inside, zone_id=office.zone_id)
    assert counted == [(len(guests),)]
    told = [(await office.claimed(home, office.codes[ticket]))["reason"] for ticket in guests]
    assert set(told) == {"already_used"}
