"""A home on its own: what it gives away, it gives once."""

from __future__ import annotations

from pathlib import Path

import msgspec

from gatekeeper.gate.device_as_home import Homes
from gatekeeper.gate.requests import Scan
from shared.kernel.id_types import ClaimId, DeviceId
from shared.kernel.instant import HOUR, MINUTE, SECOND
from shared.manifest.event_config import ZoneConfig
from shared.wire.device_feed import HomeRequest
from tests.factories.gate_device import GateDevice
from tests.factories.gate_event import EVENT, SOUTH, ZONE, TicketOffice, make_config


def hear(device: GateDevice) -> None:
    """Let a device know all up to now."""
    feeds = device.store.feeds
    heard = msgspec.structs.replace(feeds.get(EVENT), knowledge_at=device.clock.wall())
    with device.store.transaction("feed"):
        feeds.put(EVENT, heard)


async def test_home_gives_once_though_its_clock_was_set_back(tmp_path: Path) -> None:
    """An exit by a clock that was fast is no later than what is given after the next start."""
    config = make_config(zones=(ZoneConfig(id=ZONE, name="Hall"),), offline_policy="home")
    office = TicketOffice(config=config)
    digits = office.sell(home_device_id="dv_north")
    device = GateDevice(tmp_path, office)
    await device.publish()
    hear(device)
    device.clock.advance(HOUR)
    assert (await device.lane.scan(Scan(digits))).reason == "ok"
    assert (await device.lane.scan(Scan(digits, direction="out"))).reason == "exit"
    device.clock.step_wall(-HOUR // 2)
    device.restart()
    desk = Homes(device.store, device.recorder)

    (ticket_id,) = office.rows
    told = []
    for name in ("aa", "bb"):
        device.clock.advance(SECOND)
        ask = HomeRequest(
            home_device_id=DeviceId("dv_north"),
            claim_id=ClaimId(name * 16),
            ticket_id=ticket_id,
            key_id=7,
            generation=0,
            gate_id=SOUTH,
            device_id=DeviceId("dv_south"),
            count=1,
            pending_acknowledged=False,
            ticket_type_code=1,
        )
        given = desk.give(ask)
        told.append(None if given is None else given.reason)
    assert told == ["reentry", "already_used"]


async def test_home_gives_to_whom_the_asking_gate_has_seen_in_time(tmp_path: Path) -> None:
    """Staff may have looked at a proof since; the gate that asks knows when the holder came."""
    config = make_config(zones=(ZoneConfig(id=ZONE, name="Hall"),), offline_policy="home")
    office = TicketOffice(config=config)
    device = GateDevice(tmp_path, office)
    now = device.clock.wall()
    for ended in (MINUTE, HOUR):
        office.sell(home_device_id="dv_north", valid_until=now - ended)
    await device.publish()
    hear(device)
    homes = Homes(device.store, device.recorder)
    told = []
    for number, ticket_id in enumerate(office.rows, start=1):
        ask = HomeRequest(
            home_device_id=DeviceId("dv_north"), claim_id=ClaimId(f"{number:032x}"),
            ticket_id=ticket_id, key_id=7,
            generation=0, gate_id=SOUTH, device_id=DeviceId("dv_south"), count=1,
            ticket_type_code=1,
        )  # fmt: skip
        given = homes.give(ask)
        told.append(None if given is None else given.reason)
    assert told == ["ok", "expired"]


async def test_home_judges_by_the_window_that_the_credential_signs(tmp_path: Path) -> None:
    """It is newer than the home's list, which knows of no window."""
    config = make_config(zones=(ZoneConfig(id=ZONE, name="Hall"),), offline_policy="home")
    office = TicketOffice(config=config)
    office.sell(home_device_id="dv_north")
    device = GateDevice(tmp_path, office)
    await device.publish()
    hear(device)
    homes = Homes(device.store, device.recorder)
    (ticket_id,) = office.rows
    now = device.clock.wall()
    told = []
    for name, window in (("aa", (now + HOUR, None)), ("bb", (None, now - HOUR)), ("cc", ())):
        opens, closes = window or (None, None)
        ask = HomeRequest(
            home_device_id=DeviceId("dv_north"), claim_id=ClaimId(name * 16),
            ticket_id=ticket_id, key_id=7,
            generation=1, gate_id=SOUTH, device_id=DeviceId("dv_south"), count=1,
            ticket_type_code=1,
            valid_from=opens, valid_until=closes,
        )  # fmt: skip
        given = homes.give(ask)
        told.append(None if given is None else given.reason)
    assert told == ["offline_policy", "offline_policy", "ok"], "a person looks where both differ"
