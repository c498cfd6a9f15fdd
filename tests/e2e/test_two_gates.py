"""A whole evening with real processes: a server, two gates, an organizer, and a cable to pull."""

from __future__ import annotations

import asyncio
import base64
import datetime as dt
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from gatekeeper.demo.cable import Cable
from gatekeeper.demo.event import Evening, make_enrolment_line, set_up_evening
from gatekeeper.organizer.server_api import ServerApi
from shared.credential.codec import decode_credential, from_digits
from shared.journal.chain import SignedEntry, decode_body, decode_entry, is_signed_by
from shared.journal.entry import ScanBody
from shared.kernel.id_types import GateId
from shared.kernel.ids import format_ticket_id
from tests.e2e.gate_process import GateProcess
from tests.factories.running_server import EMAIL, PASSWORD, RunningServer, running_server

pytestmark = [pytest.mark.slow, pytest.mark.either_database]
__all__ = ["running_server"]

TICKETS = 30
NEWS_SECONDS = 60
POLL_SECONDS_MIN = 3.75
"""A gate that only polls hears of nothing sooner than this after it has heard of something."""


@dataclass
class Venue:
    """A server, its organizer, and two gates."""

    server: RunningServer
    office: ServerApi
    evening: Evening
    north: GateProcess
    south: GateProcess

    @property
    def gates(self) -> tuple[GateProcess, GateProcess]:
        """Return both gates."""
        return self.north, self.south

    @property
    def path(self) -> str:
        """Return the event's address."""
        return self.evening.site.path

    async def change(self, what: str, code: str, **fields: Any) -> Any:
        """Ask for a change of the ticket that a code stands for."""
        return await self.office.post(f"{self.path}/tickets/{ticket_of(code)}/{what}", fields)


@asynccontextmanager
async def open_venue(server: RunningServer, folder: Path) -> AsyncIterator[Venue]:
    """Sell and publish an event, enrol and sync two gates, open their lanes."""
    office = ServerApi(server.url)
    north = GateProcess("North", folder / "north", Cable(server.port))
    south = GateProcess("South", folder / "south", Cable(server.port))
    try:
        await office.sign_in(EMAIL, PASSWORD)
        evening = await set_up_evening(office, TICKETS, dt.datetime.now(dt.UTC))
        # A busy machine may be slow to answer; what is tested here is not how fast it is.
        patience = {"policy": {"claim_budget_ms": 3_000}}
        await office._ask("PATCH", evening.site.path, json=patience)
        venue = Venue(server, office, evening, north, south)
        for gate in venue.gates:
            line = await make_enrolment_line(
                office, evening.site, "gate", GateId(evening.gates[gate.name])
            )
            await gate.enrol(line, server.port)
        outcomes = await asyncio.gather(*(gate.sync() for gate in venue.gates))
        assert [outcome["tickets"] for outcome in outcomes] == [TICKETS, TICKETS]
        for gate in venue.gates:
            await gate.open_lane()
        yield venue
    finally:
        for gate in (north, south):
            await gate.abandon()
        await office.close()


def ticket_of(code: str) -> str:
    """Read a ticket's id from its QR digits."""
    claims, _, _ = decode_credential(from_digits(code))
    return format_ticket_id(claims.ticket_id)


async def until(fact: Callable[[], bool], seconds: float) -> float:
    """Wait until something is so; returns how many seconds it took."""
    begun = time.monotonic()
    while not fact():
        assert time.monotonic() - begun < seconds, "it did not come about"
        await asyncio.sleep(0.02)
    return time.monotonic() - begun


async def test_two_gates_agree_apart_and_together(
    running_server: RunningServer, tmp_path: Path
) -> None:
    """Sold, scanned online, changed, cut, scanned twice, healed: all facts where they belong."""
    async with open_venue(running_server, tmp_path) as venue:
        codes = list(venue.evening.sold)
        online, copied, single = codes[:6], codes[6:12], codes[12:16]
        await scan_online(venue, online)
        void, old, new = await change_tickets(venue, codes[16:22])

        for gate in venue.gates:
            gate.cable.pull()
        await scan_apart(venue, copied, single)
        for gate in venue.gates:
            assert await gate.reason(void) == ("cancelled", "offline")
            assert await gate.reason(old) == ("superseded", "offline")
        assert await venue.north.reason(new) == ("ok", "offline")

        for gate in venue.gates:
            gate.cable.plug()
            await gate.close_lane()
        outcomes = [await gate.sync() for gate in venue.gates]
        assert [one["pending"] for one in outcomes] == [0, 0]
        assert [one["conflicts"] for one in outcomes] == [len(copied), len(copied)]
        await check_conflicts(venue, copied)
        await check_journal(venue)


async def scan_online(venue: Venue, codes: list[str]) -> None:
    """Each ticket passes once, at whichever gate; the other gate knows at once."""
    for number, code in enumerate(codes):
        first, second = venue.gates if number % 2 else venue.gates[::-1]
        assert await first.reason(code) == ("ok", "online")
        assert await second.reason(code) == ("already_used", "online")


async def change_tickets(venue: Venue, codes: list[str]) -> tuple[str, str, str]:
    """Void and reissue tickets; both gates are told of it by the server, unasked.

    Returns:
        A void code, a superseded one, and the new one in its place.
    """
    took = []
    for code in codes[:3]:
        await venue.change("refund", code, reason="asked to")
        took.append(await heard(venue, code, lambda facts: facts.state == "cancelled"))
    old = codes[3]
    await venue.change("reissue", old)
    took.append(await heard(venue, old, lambda facts: facts.generation == 2))
    assert min(took) < POLL_SECONDS_MIN, "the push channel tells sooner than polling could"
    for gate in venue.gates:
        assert (await gate.reason(codes[0]))[0] == "cancelled"
        assert (await gate.reason(old))[0] == "superseded"
    path = f"{venue.path}/tickets/{ticket_of(old)}/credential"
    return codes[1], old, str((await venue.office.get(path))["digits"])


async def heard(venue: Venue, code: str, is_news: Callable[[Any], bool]) -> float:
    """Wait until both gates have heard; returns the seconds that it took."""

    def is_known(gate: GateProcess) -> bool:
        facts = gate.heard_of(ticket_of(code))
        return facts is not None and is_news(facts)

    return await until(lambda: all(map(is_known, venue.gates)), NEWS_SECONDS)


async def scan_apart(venue: Venue, copied: list[str], single: list[str]) -> None:
    """Cut off, each gate admits what it has not seen itself; a second time it does not."""
    for code in copied:
        for gate in venue.gates:
            assert await gate.reason(code) == ("ok", "offline")
    for number, code in enumerate(single):
        gate = venue.gates[number % 2]
        assert await gate.reason(code) == ("ok", "offline")
        assert await gate.reason(code) == ("already_used", "offline")


async def check_conflicts(venue: Venue, copied: list[str]) -> None:
    """One conflict for each ticket that was used twice, with both gates' signed entries."""
    found = await venue.office.list_all(f"{venue.path}/conflicts")
    assert Counter(one["kind"] for one in found) == {"double_use": len(copied)}
    assert {one["ticket_id"] for one in found} == {ticket_of(code) for code in copied}
    for one in found:
        sides = (await venue.office.get(f"{venue.path}/conflicts/{one['id']}"))["sides"]
        assert {side["device_id"] for side in sides} == {gate.device_id for gate in venue.gates}
        assert len(sides) == 2
        for side in sides:
            signed = SignedEntry(
                base64.b64decode(side["entry"]), base64.b64decode(side["signature"])
            )
            assert is_signed_by(signed, bytes.fromhex(side["public_key"]))
            body = decode_body(decode_entry(signed.entry))
            assert isinstance(body, ScanBody)
            assert body.claim_id == side["side"]


async def check_journal(venue: Venue) -> None:
    """The server holds every line that was answered once, and nothing else was admitted."""
    rows = await venue.server.fetch("SELECT device_id, entry FROM journal_entry")
    held: Counter[tuple[str, int, str, str, str | None]] = Counter()
    for device_id, encoded in rows:
        entry = decode_entry(bytes(encoded))
        body = decode_body(entry)
        if isinstance(body, ScanBody):
            ticket = None if body.ticket_id is None else format_ticket_id(body.ticket_id)
            held[device_id, entry.seq, body.verdict, body.reason, ticket] += 1
    answered = Counter(
        (gate.device_id, line["seq"], line["verdict"], line["reason"], line["ticket_id"])
        for gate in venue.gates
        for line in gate.answers
    )
    assert held == answered
    assert set(answered.values()) == {1}
    green = sum(line["verdict"] == "admit" for gate in venue.gates for line in gate.answers)
    checkins = await venue.office.list_all(f"{venue.path}/checkins")
    assert len([one for one in checkins if not one["is_annulled"]]) == green
    assert all(one["is_confirmed"] for one in checkins)
