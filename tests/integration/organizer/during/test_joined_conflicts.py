"""A conflict that another gate's entry joins while somebody decides about it at the desk."""

from __future__ import annotations

import pytest

from gatekeeper.organizer.during.conflicts_client import list_conflicts, read_sides, settle
from gatekeeper.organizer.server_api import EventSite, ServerApi
from shared.kernel.instant import SECOND
from tests.factories.ledger_office import LedgerOffice
from tests.integration.organizer.test_lost_answers_of_saving import lose
from tests.integration.organizer.test_undone_edits import Line

pytestmark = pytest.mark.either_database


async def _bring(office: LedgerOffice, gate: int) -> None:
    """Let one more gate, which was cut off, bring that it let a copy of the first ticket in."""
    office.office.clock.advance(SECOND)
    device = await office.enrol(gate)
    office.scan(device, 0)
    await office.exchanged(device, device.journal.entries)


async def test_nobody_decides_about_an_entry_that_they_have_not_seen(
    ledger_office: LedgerOffice, seat: ServerApi
) -> None:
    """A third gate came back between the look and the press: its copy was settled unseen."""
    site = EventSite(ledger_office.owner.organization_id, ledger_office.event_id)
    for gate in (0, 1):
        await _bring(ledger_office, gate)
    (seen,) = await list_conflicts(seat, site)
    await _bring(ledger_office, 1)

    assert await settle(seat, site, seen, "our_error", "two of a family") == ""
    (now,) = await list_conflicts(seat, site)
    assert (now.is_open, now != seen, len(await read_sides(seat, site, now.id))) == (True, True, 3)

    assert await settle(seat, site, now, "fraud", "three of them") is None
    (settled,) = await list_conflicts(seat, site)
    await _bring(ledger_office, 0)
    assert await settle(seat, site, settled, "our_error", "") == "", "it is open again"
    (opened,) = await list_conflicts(seat, site)
    assert (settled.disposition, opened.is_open) == ("fraud", True)


async def test_what_one_has_decided_without_an_answer_was_decided_by_nobody_else(
    ledger_office: LedgerOffice, seat: ServerApi
) -> None:
    """Pressed again it is done; who decides the same for another reason is told of the first."""
    seat._http._transport = line = Line(seat._http._transport)
    site = EventSite(ledger_office.owner.organization_id, ledger_office.event_id)
    for gate in (0, 1):
        await _bring(ledger_office, gate)
    (seen,) = await list_conflicts(seat, site)
    ledger_office.office.clock.advance(SECOND)
    assert await lose(line, lambda: settle(seat, site, seen, "fraud", "a copy")) is None
    assert await settle(seat, site, seen, "fraud", "the same copy twice") == "fraud"
