"""A real server in the test's process, and a real gate that reaches it without a socket."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from gatekeeper.device.opened_gate import GateSession
from gatekeeper.store.disk import FolderDisk
from gatekeeper.store.profile import DEVICE_KEY_NAME, Profile, save_key, save_profile
from gatekeeper.sync.proven_requests_and_answers import DeviceChannel
from gatekeeper.sync.server_over_http import HttpServer
from gatekeeper.this_machine import System
from server.homes.telling_gates_of_tickets import LedgerFeed
from server.ledger.lookups import LedgerLookups
from server.settings import Settings, make_data_folder
from shared.kernel.id_types import DeviceId
from shared.kernel.instant import Instant
from tests.factories.gate_device import run_at_once
from tests.factories.ledger_office import GateDevice, LedgerOffice
from tests.factories.office import Office, open_app
from tests.factories.proving import Proven
from tests.fakes.clock import ManualClock
from tests.fakes.entropy import SeededEntropy


@asynccontextmanager
async def open_server(
    settings: Settings, now: Instant
) -> AsyncIterator[tuple[Office, LedgerFeed]]:
    """Run a server whose clock stands at an instant; closed after the block."""
    make_data_folder(settings.data_folder)
    feed = LedgerFeed()
    async with open_app(
        settings,
        ManualClock(now),
        SeededEntropy("differential"),
        changes=feed,
        usage=LedgerLookups(),
        auth=Proven(),
    ) as office:
        yield office, feed


class InProcessServer(HttpServer):
    """The gate's own HTTP client, whose requests are handed to the application directly."""

    def __init__(self, office: Office, token: str, channel: DeviceChannel) -> None:
        super().__init__(office.settings.public_url, token, None, channel)
        self._transport._client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app=office.app, client=("127.0.0.1", 50_001)),
            base_url=office.settings.public_url,
            headers=self._transport.headers,
        )


async def open_gate(
    ledger: LedgerOffice, device: GateDevice, folder: Path, clock: ManualClock
) -> GateSession:
    """Open an enrolled device as a gate that takes its caller's time."""
    office = ledger.office
    disk = FolderDisk(folder)
    save_key(disk, DEVICE_KEY_NAME, device.key)
    save_profile(
        disk,
        Profile(
            server_url=office.settings.public_url,
            device_id=DeviceId(device.id),
            organization_id=ledger.owner.organization_id,
            organization="Probe Ltd",
            root_public_key=ledger.root.hex(),
            token=device.token,
            role="gate",
            event_id=ledger.event_id,
            gate_id=device.gate_id,
            kind="test",
        ),
    )
    system = System(
        clock=clock,
        entropy=SeededEntropy(f"gate {device.id}"),
        connect=lambda profile, channel: InProcessServer(office, profile.token, channel),
        run_blocking=run_at_once,
    )
    return await GateSession.open(folder, system=system)
