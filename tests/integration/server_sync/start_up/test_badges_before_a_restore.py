"""Supervisors' badges that were drawn since the copy: what they signed counts, and no more."""

from __future__ import annotations

from pathlib import Path

from gatekeeper.gate.requests import Scan
from gatekeeper.gate.scanned import PickedTicket
from shared.kernel.instant import MINUTE
from tests.adversaries.scene import named
from tests.factories.evacuations import Chief
from tests.factories.ledger_office import open_ledger_office_again
from tests.factories.put_back import Place, on_postgres, on_sqlite, place
from tests.factories.wired_gates import WiredGate
from tests.integration.server_sync.keys.test_keys import close, open_gates
from tests.integration.server_sync.start_up.test_ended_before_a_restore import verb, wire

__all__ = ["on_postgres", "on_sqlite", "place"]


async def renew(chief: Chief) -> Chief:
    """Let the organizer draw a supervisor another badge."""
    path = f"{chief.office.owner.path}/supervisors/{chief.person}/badge"
    made = await chief.office.office.ok("POST", path, chief.office.owner)
    return Chief(chief.office, chief.person, chief.key, made["badge"])


async def find(gate: WiredGate, chief: Chief, ticket: int) -> str:
    """Let a holder in whom a supervisor has found by name; returns the mode."""
    gate.session.names.take_badge(chief.person, chief.badge)
    picked = PickedTicket(chief.office.tickets[ticket], chief.person, "identity_confirmed")
    answer = await gate.session.scan(Scan(picked))
    assert answer.verdict == "admit", answer
    return str(answer.mode)


async def test_who_was_let_in_by_a_badge_that_was_drawn_since_is_in(
    place: Place, tmp_path: Path
) -> None:
    """The ledger itself had granted it; the next gate let the same ticket in."""
    copy = str(tmp_path / "yesterday")
    async with open_ledger_office_again(place.settings, place.office) as office:
        gates = await open_gates(office, tmp_path)
        former, gone = await Chief.appoint(office, "Mo"), await Chief.appoint(office, "Bo")
    await verb(place, "backup", copy)
    async with open_ledger_office_again(place.settings, office) as office:
        wire(office, gates)
        drawn = await Chief.appoint(office, "Jo")
        former.office = gone.office = office
        renewed = await renew(former)
        for gate in gates:
            await gate.sync()
        assert await find(gates[0], drawn, 0) == "online"
        await gates[0].cut()
        assert await find(gates[0], drawn, 1) == "offline"
        assert await find(gates[0], renewed, 2) == "offline"
        await gates[0].mend()
        assert await find(gates[0], gone, 3) == "online"
        office.office.clock.advance(MINUTE)
        path = f"{office.owner.path}/supervisors"
        for chief in (drawn, gone):
            await office.office.call("DELETE", f"{path}/{chief.person}", office.owner)
        before = [one["id"] for one in await office.office.ok("GET", path, office.owner)]
        assert before == [former.person]
        assert await named(office) == {}
    await verb(place, "restore", copy)
    async with open_ledger_office_again(place.settings, office) as office:
        organization_id = office.owner.organization_id
        office.owner = await office.office.person(organization_id=organization_id)
        wire(office, gates)
        for _ in range(3):
            for gate in gates:
                await gate.sync()
        answers = [await gates[1].scan(office.codes[ticket]) for ticket in range(4)]
        assert [one.reason for one in answers] == ["already_used"] * 4
        assert {one.mode for one in answers} == {"online"}
        assert await named(office) == {}
        listed = await office.office.ok("GET", path, office.owner)
        assert sorted(one["id"] for one in listed) == sorted([former.person, gone.person])
    await close(gates)
