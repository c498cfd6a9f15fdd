"""A group finds the last places of a small zone, though gates hold them as their shares."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest

from server.claims.calling_places_back import (
    IN_TOUCH_WITHIN,
    PLACES_ASKED_AGAIN_AFTER,
    PLACES_KEPT_FOR,
)
from server.devices.device_of_request import KnownDevices
from shared.journal.entry import ReturnBody
from shared.kernel.instant import SECOND
from tests.factories.ledger_office import GateDevice, LedgerOffice, open_ledger_office
from tests.factories.office import test_settings
from tests.integration.server_sync.ledger.test_shares import words_to

GROUP: dict[str, Any] = {"persons": 6}
HALL: dict[str, Any] = {"capacity": 10, "reentry_after_exit": False}


def open_hall(
    folder: Path, database_url: str, tickets: int
) -> AbstractAsyncContextManager[LedgerOffice]:
    """Open an event with a zone for ten and tickets for six each."""
    settings = test_settings(database_url, folder)
    return open_ledger_office(settings, tickets=tickets, ticket_type=GROUP, zone=HALL)


class Gates:
    """Gates of a zone for ten, of which four are inside, and what each has given back."""

    def __init__(self, office: LedgerOffice, devices: list[GateDevice]) -> None:
        self.office, self.devices = office, devices
        self.returned = dict.fromkeys((one.id for one in devices), 0)

    @classmethod
    async def open(cls, office: LedgerOffice) -> Gates:
        """Let three gates take their shares of what is free once four are inside."""
        devices = [await office.enrol(number % 2) for number in range(3)]
        came = await office.claimed(devices[0], office.codes[0], count=4)
        assert came["verdict"] == "admit"
        gates = cls(office, devices)
        for device in devices:
            await gates.left(device)
        for device in devices:
            await gates.obey(device)
        # Three of the six free places are the ledger's, and each gate has one.
        assert [await gates.left(device) for device in devices] == [1, 1, 1]
        return gates

    async def left(self, device: GateDevice) -> int:
        """Tell what is left to a device after an exchange."""
        words = await words_to(self.office, device)
        return words[-1].granted - self.returned[device.id] if words else 0

    async def obey(self, device: GateDevice) -> None:
        """Give back what the newest word does not let the device keep, as a gate does."""
        word = (await words_to(self.office, device))[-1]
        spare = word.granted - self.returned[device.id] - (word.keep or 0)
        if word.keep is None or spare <= 0:
            return
        self.returned[device.id] += spare
        body = ReturnBody(self.office.zone_id, self.returned[device.id])
        device.journal.add(body, self.office.event_id, self.office.now)
        await self.office.exchanged(device, device.journal.entries)

    async def group_of(self, count: int, device: GateDevice, **more: Any) -> dict[str, Any]:
        """Claim entry for a group."""
        answer = await self.office.claimed(
            device, self.office.codes[1], count=count, allotted=1, **more
        )
        return dict(answer)


@pytest.mark.either_database
async def test_a_group_goes_in_when_it_is_scanned_again(tmp_path: Path, database_url: str) -> None:
    """Refused at once, with the word that the places are on their way; then they are there."""
    async with open_hall(tmp_path, database_url, 3) as office:
        gates = await Gates.open(office)
        north, south, other = gates.devices
        refused = await gates.group_of(5, north, claim_id="group-1")
        assert (refused["reason"], refused["called_back"]) == ("capacity_full", True)
        assert "scan again" in refused["next_step"]
        again = await gates.group_of(5, north, claim_id="group-1")
        assert again == refused, "the same claim is told the same, word for word"

        for device in (south, other):
            await gates.obey(device)
        assert sum(gates.returned.values()) >= 1
        for device in (south, other):
            assert await gates.left(device) <= 1, "nothing is granted while the group is there"
        entered = await gates.group_of(5, north)
        assert entered["verdict"] == "admit"
        assert await office.conflicts() == []


async def test_no_more_come_in_than_there_are_places(tmp_path: Path, database_url: str) -> None:
    """Called back or not: ten in all, and nobody is told to scan again for what is not there."""
    async with open_hall(tmp_path, database_url, 9) as office:
        gates = await Gates.open(office)
        too_many = await office.claimed(gates.devices[0], office.codes[2], count=5, allotted=1)
        assert too_many["called_back"]
        for device in gates.devices[1:]:
            await gates.obey(device)
        inside = 4
        for number in (2, 3, 4, 5, 6, 7, 8):
            for count in (5, 1):
                answer = await office.claimed(
                    gates.devices[0], office.codes[number], count=count, allotted=0
                )
                inside += count if answer["verdict"] == "admit" else 0
            for device in gates.devices:
                await gates.obey(device)
        answer = await office.claimed(gates.devices[0], office.codes[3], count=5)
        assert (answer["reason"], answer["called_back"]) == ("capacity_full", False)
        assert inside <= 10
        # What is left at gates is the rest, to the last place.
        left = [await gates.left(device) for device in gates.devices]
        assert inside + sum(left) == 10


@pytest.mark.either_database
async def test_what_a_cut_off_gate_holds_is_not_promised(
    tmp_path: Path, database_url: str
) -> None:
    """Its places are not free: the group is refused as ever, and nobody is asked in vain."""
    async with open_hall(tmp_path, database_url, 3) as office, office.office.driving() as driver:
        gates = await Gates.open(office)
        north, south, other = gates.devices
        known_devices = KnownDevices(office.office.context, driver)
        office.office.clock.advance(IN_TOUCH_WITHIN + SECOND)
        known_devices.hear(await known_devices.identify(south.headers["authorization"]))
        await known_devices.note_contacts()
        told = len(await words_to(office, south))
        refused = await gates.group_of(6, north)
        assert (refused["reason"], refused["called_back"]) == ("capacity_full", False)
        assert len(await words_to(office, south)) == told
        known_devices.hear(await known_devices.identify(other.headers["authorization"]))
        await known_devices.note_contacts()
        assert (await gates.group_of(6, north))["called_back"]


@pytest.mark.either_database
async def test_gates_are_not_asked_anew_by_each_scan(tmp_path: Path, database_url: str) -> None:
    """Until they can have answered; who stands there meanwhile is told to scan again as well."""
    async with open_hall(tmp_path, database_url, 9) as office:
        gates = await Gates.open(office)
        north, south, _ = gates.devices
        told = len(await words_to(office, south))
        for number in range(2, 9):
            answer = await office.claimed(north, office.codes[number], count=6, allotted=1)
            assert answer["called_back"]
        assert len(await words_to(office, south)) == told + 1
        office.office.clock.advance(PLACES_ASKED_AGAIN_AFTER)
        await gates.group_of(6, north)
        assert len(await words_to(office, south)) == told + 2


@pytest.mark.either_database
async def test_shares_are_filled_again_when_the_group_has_gone(
    tmp_path: Path, database_url: str
) -> None:
    """Gates that may be cut off later have something to let in once more."""
    async with open_hall(tmp_path, database_url, 3) as office:
        gates = await Gates.open(office)
        north, south, other = gates.devices
        assert (await gates.group_of(6, north))["called_back"]
        for device in (south, other):
            await gates.obey(device)
            assert await gates.left(device) == 0
        office.office.clock.advance(PLACES_KEPT_FOR + SECOND)
        for device in (south, other):
            assert await gates.left(device) == 1
