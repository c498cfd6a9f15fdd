"""One code that was really read lets nobody in and out without end, as a device tells it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from server.journals.passage_judging import PASSAGES_OF_A_TICKET_MAX
from server.reconciliation.findings import SIDES_MAX
from server.reconciliation.passage_records import PASSAGES_OF_A_TICKET
from shared.admission.pace import NO_LIMIT
from shared.admission.purpose import Purpose
from shared.kernel.id_types import ClaimId
from shared.wire.feed import ConflictNotice, Use
from tests.adversaries.scene import named, upload
from tests.adversaries.test_time import reentry
from tests.factories.ledger_office import GateDevice, LedgerOffice
from tests.factories.racing import rows_of
from tests.factories.withdrawing import withdrawal
from tests.integration.server_sync.claims.test_pace_of_devices import set_pace
from tests.integration.server_sync.homes.test_homes import give, home_and_other
from tests.integration.server_sync.homes.test_homes_hostile import ask_of
from tests.integration.server_sync.reconciliation.test_typed_codes import FEW, leave_few, waiting

pytestmark = pytest.mark.either_database

UPLOADED_MAX = 400


@dataclass
class Coming:
    """Whoever goes in and out by one ticket, as a device's journal tells."""

    office: LedgerOffice
    device: GateDevice
    told: int = 0
    sent: int = field(default=0)

    async def pass_often(self, times: int, ticket: int = 0) -> None:
        """Tell of so many passages, in and out by turns, and upload them."""
        for _ in range(times):
            is_out = self.told % 2
            way: dict[str, Any] = {"direction": "out", "reason": "exit"} if is_out else {}
            claim_id = ClaimId(f"{self.device.id}.{self.told}")
            self.office.scan(self.device, ticket, claim_id=claim_id, **way)
            self.told += 1
        entries = self.device.journal.entries
        while self.sent < len(entries):
            part = entries[self.sent : self.sent + UPLOADED_MAX]
            answer = await self.office.exchanged(self.device, part)
            assert {one.status for one in answer.answers} == {"stored"}, "no scan is lost"
            self.sent += len(part)


async def test_passages_on_one_ticket_count_at_a_lanes_pace_once_they_are_many(
    ledger_office: LedgerOffice,
) -> None:
    """Whoever is crew comes and goes; nobody does so by the second."""
    office = ledger_office
    await reentry(office)
    coming = Coming(office, await office.enrol(0))
    await leave_few(office, coming.device)
    await coming.pass_often(PASSAGES_OF_A_TICKET)
    assert await named(office) == {}
    await coming.pass_often(FEW)
    assert await named(office) == {}
    await coming.pass_often(FEW)
    assert await named(office) == {"too_fast": 1}
    assert await waiting(office, coming.device) == FEW
    await coming.pass_often(1, ticket=1)
    assert await waiting(office, coming.device) == FEW, "others come as ever"
    path = f"{office.owner.path}/devices/{coming.device.id}/unconfirmed/accept"
    await office.office.ok("POST", path, office.owner, json={"note": "a clown"})
    assert await waiting(office, coming.device) == 0


async def test_of_one_device_no_more_than_so_many_on_one_ticket_are_held_against_each_other(
    ledger_office: LedgerOffice,
) -> None:
    """By 2,000 each upload took 40 s of the server's processor, for everybody."""
    office = ledger_office
    await reentry(office)
    coming = Coming(office, await office.enrol(0))
    await set_pace(office, coming.device, NO_LIMIT)
    await coming.pass_often(PASSAGES_OF_A_TICKET_MAX)
    assert await named(office) == {}
    await coming.pass_often(FEW)
    assert await named(office) == {"too_fast": 1}
    assert await waiting(office, coming.device) == FEW
    (conflict,) = await office.conflicts()
    assert "or on one ticket" in conflict["detail"], "nobody has typed anything"
    other = Coming(office, await office.enrol(1))
    await other.pass_often(2)
    assert await waiting(office, other.device) == 0


async def test_of_what_a_home_gives_one_device_no_more_of_a_ticket_are_held_so_either(
    ledger_office: LedgerOffice,
) -> None:
    """Whether anybody comes by it is said later, or never: it was a use at once."""
    office = ledger_office
    home, other, _ = await home_and_other(office)
    for number in range(PASSAGES_OF_A_TICKET_MAX + FEW):
        give(office, home, ask_of(office, home, other, ClaimId(f"{other.id}.{number}")), by=other)
    assert set(await upload(office, home)) == {"stored"}
    assert await named(office) == {"too_fast": 1}
    assert await waiting(office, home) == FEW
    given = [one for one in await office.read_feed(home) if isinstance(one, Use)]
    assert len(given) == PASSAGES_OF_A_TICKET_MAX


async def test_conflict_about_a_device_is_told_of_so_many_of_its_entries(
    ledger_office: LedgerOffice,
) -> None:
    """Each notice names all of them: a feed of notices grew by the square of what it made up."""
    office = ledger_office
    hostile = await office.enrol(0)
    for number in range(2):
        for _ in range(SIDES_MAX):
            body = withdrawal(office, number, Purpose.VOID)
            hostile.journal.add(body, office.event_id, office.now)
        await upload(office, hostile)
    assert await named(office) == {"withdrawal_unproven": 1}
    waits = "SELECT count(*) FROM journal_entry WHERE status = 'unconfirmed'"
    assert await rows_of(office.office, waits) == [(2 * SIDES_MAX,)], "and nothing of it is lost"
    (found,) = await office.conflicts()
    path = f"{office.path}/conflicts/{found['id']}"
    shown = await office.office.ok("GET", path, office.owner)
    assert len(shown["sides"]) == SIDES_MAX
    told = [one for one in await office.read_feed(hostile) if isinstance(one, ConflictNotice)]
    assert len(told) == SIDES_MAX
