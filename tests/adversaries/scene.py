"""What the adversaries' tests share: other events, spoilt tickets, and what an organizer sees."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

import httpx

from server.keys.vault import open_vault
from server.publishing.credentials import open_issuer
from server.ticketing.issuing_many import issue_many
from server.ticketing.ticket_types import get_ticket_type
from shared.kernel.ed25519 import SigningKey
from shared.kernel.id_types import EventId, TicketTypeId
from shared.kernel.instant import HOUR, format_instant
from tests.factories.enrolling import enrol_by_code
from tests.factories.ledger_office import GateDevice, LedgerOffice
from tests.factories.office import Office, Person


async def named(office: LedgerOffice) -> Counter[str]:
    """Count the conflicts that nobody has settled, by kind; clocks apart, which here stand."""
    found = [one for one in await office.conflicts() if not one["disposition"]]
    return Counter(one["kind"] for one in found if one["kind"] != "clock")


async def other_event(office: LedgerOffice, owner: Person, tickets: int = 2) -> list[str]:
    """Publish an event of somebody's with tickets; returns their codes."""
    desk = office.office
    event_id = await desk.event(owner)
    path, now = f"{owner.path}/events/{event_id}", desk.clock.wall()
    times = {"starts_at": format_instant(now - HOUR), "ends_at": format_instant(now + 8 * HOUR)}
    await desk.ok("POST", f"{path}/occurrences", owner, json={"name": "Other"} | times)
    kind_id = await desk.ticket_type(owner, EventId(event_id))
    zone = await desk.ok("POST", f"{path}/zones", owner, json={"name": "Hall"})
    gate = {"name": "West", "zone_id": zone["id"]}
    await desk.ok("POST", f"{path}/gates", owner, json=gate)
    codes: list[str] = []
    vault = open_vault(desk.settings.data_folder, desk.entropy)
    async with desk.context.write(owner.organization_id) as unit:
        issuer = await open_issuer(unit, vault, EventId(event_id))
        kind = await get_ticket_type(unit, EventId(event_id), TicketTypeId(kind_id))
        async for batch in issue_many(unit, kind, tickets, has_manual_codes=True):
            codes += issuer.sign_many(batch, kind.code, 1)
    await desk.ok("POST", f"{path}/handover", owner)
    return codes


async def on_ticket(office: LedgerOffice, ticket: int, verb: str, **body: Any) -> Any:
    """Let the organizer do something to a ticket."""
    path = f"{office.path}/tickets/{office.hex_of(ticket)}/{verb}"
    method = "PUT" if verb == "block" else "GET" if verb == "credential" else "POST"
    more = {} if method == "GET" else {"json": body}
    return await office.office.ok(method, path, office.owner, **more)


async def upload(office: LedgerOffice, device: GateDevice) -> list[str]:
    """Upload a device's journal; returns what became of each entry."""
    answer = await office.exchanged(device, device.journal.entries)
    return [one.status for one in answer.answers]


async def reasons(office: LedgerOffice, device: GateDevice, tickets: range) -> set[str]:
    """Show tickets at a gate; returns what it is told."""
    return {(await office.claimed(device, office.codes[one]))["reason"] for one in tickets}


async def try_to_enrol(
    office: Office, code: str, key: SigningKey | None = None, **changed: Any
) -> httpx.Response:
    """Enrol a key, a new one unless given, with a code."""
    key = key or SigningKey.generate(office.entropy)
    return await enrol_by_code(office.client, code, key, **changed)


async def opened_push(office: Office, target: str, headers: dict[str, str]) -> bool:
    """Open the push channel as a WebSocket; tells whether it was left open."""
    path, _, query = target.partition("?")
    sent: list[Any] = []
    asked = asyncio.Event()

    async def receive() -> dict[str, Any]:
        if not asked.is_set():
            asked.set()
            return {"type": "websocket.connect"}
        await asyncio.sleep(0.05)
        return {"type": "websocket.disconnect", "code": 1000}

    async def send(message: Any) -> None:
        sent.append(message)

    scope: Any = {
        "type": "websocket",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "scheme": "ws",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        "client": ("127.0.0.1", 50_000),
        "server": ("127.0.0.1", 80),
        "subprotocols": [],
        "extensions": {},
        "state": {},
    }
    await office.app(scope, receive, send)
    return not any(one["type"] == "websocket.close" for one in sent)
