"""Alarms as the desk asks for them: what stands, and who sees to it."""

from __future__ import annotations

import pytest

from gatekeeper.organizer import server_api as desk_office
from gatekeeper.organizer.during.alarms_client import list_alarms, read_alarms, take_notice
from gatekeeper.organizer.server_api import EventSite, Refused
from server.alarms.models import Alarm
from shared.kernel import ids
from shared.kernel.instant import SECOND
from tests.factories.ledger_office import LedgerOffice

pytestmark = pytest.mark.either_database


async def test_what_nobody_sees_to_comes_first(
    ledger_office: LedgerOffice, seat: desk_office.ServerApi
) -> None:
    """With its event, its place and its figures; then the name of whoever sees to it."""
    org = ledger_office.owner.organization_id
    async with ledger_office.office.context.write(org) as unit:
        for kind, subject in (("gate_silent", ledger_office.gates[0]), ("double_use", "")):
            unit.session.add(
                Alarm(
                    event_id=ledger_office.event_id,
                    id=ids.new_id(ids.ALARM, unit.entropy),
                    organization_id=org,
                    kind=kind,
                    subject=subject,
                    count=6,
                    out_of=0,
                    raised_at=unit.now,
                    stood_at=unit.now,
                    note="",
                )
            )
    found = {one.kind: one for one in await list_alarms(seat, org)}
    silent = found["gate_silent"]
    assert (silent.place, silent.count, silent.seen_by) == ("North", 6, "")
    assert silent.site.event_id == ledger_office.event_id
    await take_notice(seat, silent)
    first, last = await list_alarms(seat, org)
    assert (first.kind, last.seen_by) == ("double_use", "Ada Probe")


async def test_alarms_that_are_over_are_listed_page_by_page(
    ledger_office: LedgerOffice, seat: desk_office.ServerApi
) -> None:
    """By state and kind, with who saw to each; what came meanwhile stands in front."""
    org = ledger_office.owner.organization_id
    site = EventSite(org, ledger_office.event_id)

    async def raise_some(first: int, last: int) -> None:
        async with ledger_office.office.context.write(org) as unit:
            for number in range(first, last):
                at = unit.now + number * SECOND
                unit.session.add(
                    Alarm(
                        event_id=ledger_office.event_id,
                        id=ids.new_id(ids.ALARM, unit.entropy),
                        organization_id=org,
                        kind="double_use" if number % 2 else "many_denials",
                        subject=f"{number}",
                        count=number,
                        out_of=0,
                        raised_at=at,
                        stood_at=at,
                        ended_at=None if number == 0 else at,
                        note="",
                    )
                )

    await raise_some(0, 60)
    first = await read_alarms(seat, site)
    assert first.next is not None
    whole = first.with_earlier(await read_alarms(seat, site, after=first.next))
    assert [one.count for one in whole.items] == list(range(59, -1, -1))
    assert whole.next is None
    await raise_some(60, 62)
    joined = whole.joined(await read_alarms(seat, site))
    assert [one.count for one in joined.items] == list(range(61, -1, -1))
    (standing,) = (await read_alarms(seat, site, standing="true")).items
    assert (standing.count, standing.ended_at, standing.seen_by) == (0, None, None)
    over = await read_alarms(seat, site, standing="false", kind="double_use")
    assert {one.kind for one in over.items} == {"double_use"}
    assert all(one.ended_at is not None for one in over.items)
    assert len(over.items) == 31
    with pytest.raises(Refused):
        await read_alarms(seat, site, kind="nonsense")
