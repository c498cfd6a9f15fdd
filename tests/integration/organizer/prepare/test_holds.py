"""Tickets kept back as the desk keeps and releases them, at the real application."""

from __future__ import annotations

import pytest

from gatekeeper.organizer.prepare.holds_client import KeptBack, keep_back, read_kept, release_hold
from gatekeeper.organizer.server_api import EventSite, Refused
from gatekeeper.organizer.unheard_making import UnheardMaking
from gatekeeper.presenters.desk.hold_words import spell_hold_refusal
from gatekeeper.wording.texts import TEXTS
from shared.kernel.id_types import EventId
from tests.factories.office import Office
from tests.integration.organizer.organization.test_staff import sit

pytestmark = pytest.mark.either_database
FIELDS = {"name": "Band", "reason": "Families", "quantity": 10, "ends_at": None}


def left(kept: KeptBack) -> list[tuple[int, int | None]]:
    """Say of each type how many are kept back, and how many are left."""
    return [(one.held, one.available) for one in kept.types]


async def test_tickets_are_kept_back_and_released_again(office: Office) -> None:
    """All or none; what has ended is not listed; staff look, managers keep, readers see none."""
    owner = await office.person()
    seat = sit(office, owner)._api
    site = EventSite(owner.organization_id, EventId(await office.event(owner)))
    kind = await office.ticket_type(owner, site.event_id, quantity_limit=12)
    fields = FIELDS | {"ticket_type_id": kind}
    made = await keep_back(seat, site, fields, UnheardMaking())
    kept = await read_kept(seat, site)
    assert (kept.holds, left(kept)) == ((made,), [(10, 2)])
    said = []
    for wrong in (fields, fields | {"ends_at": "2001-01-01T00:00:00Z", "quantity": 1}):
        with pytest.raises(Refused) as refused:
            await keep_back(seat, site, wrong, UnheardMaking())
        said.append(spell_hold_refusal(refused.value))
    assert said == [TEXTS.say("holds.too_many"), TEXTS.say("holds.past")]
    assert left(await read_kept(seat, site)) == [(10, 2)]
    seats = []
    for role in ("staff", "reader"):
        person = await office.person(role, organization_id=owner.organization_id)
        seats.append(sit(office, person)._api)
    staff, reader = seats
    assert (await read_kept(staff, site)).holds == (made,)
    for act in (read_kept(reader, site), release_hold(staff, site, made)):
        with pytest.raises(Refused) as refused:
            await act
        assert refused.value.status == 403
    for _twice in range(2):
        await release_hold(seat, site, made)
    kept = await read_kept(seat, site)
    assert (kept.holds, left(kept)) == ((), [(0, 12)])
    for one in (seat, *seats):
        await one.close()
