"""Credentials newer than the list: who shows one has superseded the older ones here."""

from __future__ import annotations

from pathlib import Path

from gatekeeper.gate.requests import Scan
from shared.kernel.id_types import TicketId
from tests.factories.gate_device import GateDevice
from tests.factories.gate_event import GROUP, TicketOffice


async def test_a_shown_reissue_supersedes_the_old_paper_before_any_sync(tmp_path: Path) -> None:
    """A party with the old code is refused after one with the new code went in, cut off or not."""
    office = TicketOffice()
    office.sell(GROUP)
    ticket_id = next(iter(office.rows))
    old, new = (office.digits(ticket_id, GROUP, generation) for generation in (0, 2))
    device = GateDevice(tmp_path, office)
    await device.publish()

    assert (await device.lane.scan(Scan(old))).reason == "ok"
    assert (await device.lane.scan(Scan(new))).reason == "ok"
    assert (await device.lane.scan(Scan(old))).reason == "superseded"
    assert (await device.lane.scan(Scan(new))).reason == "ok"


async def test_a_shown_reissue_is_remembered_after_a_restart(tmp_path: Path) -> None:
    """What was verified once is on disk with the scan."""
    office = TicketOffice()
    office.sell(GROUP)
    ticket_id = next(iter(office.rows))
    device = GateDevice(tmp_path, office)
    await device.publish()
    await device.lane.scan(Scan(office.digits(ticket_id, GROUP, 3)))
    device.restart()

    assert (
        await device.lane.scan(Scan(office.digits(ticket_id, GROUP, 2)))
    ).reason == "superseded"


async def test_the_first_credential_of_an_unlisted_ticket_is_no_news(tmp_path: Path) -> None:
    """Nothing is written for tickets that are only newer than the list."""
    office = TicketOffice()
    office.sell()
    device = GateDevice(tmp_path, office)
    await device.publish()
    ticket_id = office.draw_id()
    await device.lane.scan(Scan(office.digits(TicketId(ticket_id), generation=1)))

    assert not device.store.uses.generations.outdoes(TicketId(ticket_id), 0)


async def test_a_forged_newer_credential_supersedes_nothing(tmp_path: Path) -> None:
    """Nobody can shut a holder out with a code that the organizer never signed."""
    office, forger = TicketOffice(), TicketOffice("forger")
    office.sell(GROUP)
    ticket_id = next(iter(office.rows))
    device = GateDevice(tmp_path, office)
    await device.publish()

    assert (await device.lane.scan(Scan(forger.digits(ticket_id, GROUP, 9)))).verdict == "deny"
    assert (await device.lane.scan(Scan(office.digits(ticket_id, GROUP)))).reason == "ok"
