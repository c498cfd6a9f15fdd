"""Everything that writes to a feed at once, over two servers: no reader ever meets a hole."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import httpx
import pytest

from server.settings import Settings
from shared.manifest.tickets import TicketRow
from shared.wire.exchange import EntryStatus
from shared.wire.feed import ConflictNotice, FeedItem, ItemKind, Use, decode_item
from tests.factories.ledger_office import GateDevice, LedgerOffice, open_ledger_office_again
from tests.factories.strength import sized

ROUNDS = sized(2, 4)
TICKETS = sized(6, 12)
BUSY = 503
"""A plan that is being changed: whoever asked asks again."""


@dataclass
class Reader:
    """A device that follows the feed.

    Attributes:
        items: What it was told of each number, at first sight.
        stirred: There may be something to read.
    """

    device: GateDevice
    cursor: int = 0
    items: dict[int, FeedItem] = field(default_factory=dict)
    stirred: asyncio.Event = field(default_factory=asyncio.Event)

    async def read_page(self, office: LedgerOffice) -> bool:
        """Fetch a page and hold it against what was told before; whether it was the last."""
        answer = await office.exchanged(self.device, cursor=self.cursor)
        page = office.open_page(answer.page)
        assert page.after == self.cursor
        numbers = [item.sequence for item in page.items]
        assert numbers == list(range(page.after + 1, page.after + 1 + len(numbers)))
        assert page.head >= self.cursor + len(numbers)
        self.items |= {item.sequence: item for item in page.items}
        if page.after:
            assert page.after_lot == self.items[page.after].lot
        self.cursor += len(numbers)
        return self.cursor == page.head


class Storm:
    """An event, two servers over its database, and what happens there at once."""

    def __init__(self, offices: tuple[LedgerOffice, LedgerOffice], seed: int) -> None:
        self.offices = offices
        self.chance = random.Random(seed)
        self.readers: list[Reader] = []
        self.quiet = asyncio.Event()

    async def insist(
        self, ask: Callable[..., Awaitable[httpx.Response]], *args: Any, **more: Any
    ) -> None:
        """Ask any server until it is not busy; anything else than success fails."""
        while True:
            answer = await ask(self.chance.choice(self.offices), *args, **more)
            if answer.status_code != BUSY:
                assert answer.is_success, answer.text
                self.stir()
                return

    async def order(self, method: str, path: str, body: dict[str, Any] | None = None) -> None:
        """Ask for something as the organizer."""

        async def call(office: LedgerOffice) -> httpx.Response:
            return await office.office.call(method, office.path + path, office.owner, json=body)

        await self.insist(call)

    def stir(self) -> None:
        """Let the readers look."""
        for reader in self.readers:
            reader.stirred.set()

    async def claim(self, device: GateDevice) -> None:
        """Claim every ticket, one after another."""
        for number in self.chance.sample(range(TICKETS), TICKETS):
            code = self.offices[0].codes[number]
            await self.insist(LedgerOffice.claim, device, code, f"{device.id}-{number}")

    async def upload(self, device: GateDevice) -> None:
        """Let holders in alone, and send each batch twice at the same moment."""
        entries = device.journal.entries
        for _ in range(ROUNDS):
            begun = len(entries) if len(entries) > 1 else 0
            for number in self.chance.sample(range(TICKETS), 3):
                self.offices[0].scan(device, number)
            sent = entries[begun:]
            await asyncio.gather(
                *(self.insist(LedgerOffice.exchange, device, sent) for _ in range(2))
            )

    async def block(self, tickets: Iterable[int]) -> None:
        """Block and free tickets."""
        for number in tickets:
            for is_blocked in (True, False, True):
                path = f"/tickets/{self.offices[0].hex_of(number)}/block"
                await self.order("PUT", path, {"blocked": is_blocked})

    async def manage(self) -> None:
        """Change the plan, publish, settle conflicts."""
        office = self.offices[0]
        for number in range(ROUNDS):
            terms = {
                "name": f"Arena {number}",
                "occurrence_id": office.occurrence_id,
                "reentry_after_exit": False,
                "capacity": 500 + number,
            }
            await self.order("PUT", f"/zones/{office.zone_id}", terms)
            await self.order("POST", "/handover")
            for conflict in await office.conflicts():
                path = f"/conflicts/{conflict['id']}/disposition"
                await self.order("POST", path, {"disposition": "fraud"})

    async def follow(self, reader: Reader) -> Reader:
        """Read after each change until all is quiet, and then to the end."""
        self.readers.append(reader)
        while True:
            was_quiet = self.quiet.is_set()
            await reader.stirred.wait()
            reader.stirred.clear()
            is_last = await reader.read_page(self.chance.choice(self.offices))
            if was_quiet and is_last:
                return reader
            if was_quiet:
                reader.stirred.set()


@pytest.mark.parametrize("published", ["postgresql"], indirect=True)
async def test_readers_of_a_busy_feed_miss_nothing(
    published: tuple[Settings, LedgerOffice],
) -> None:
    """Claims, journals, voids, plans, publications, shares and conflicts, over two servers."""
    settings, template = published
    async with (
        open_ledger_office_again(settings, template) as first,
        open_ledger_office_again(settings, replace(template, claims=1_000)) as second,
    ):
        storm = Storm((first, second), seed=1)
        gates = [await first.enrol(n % 2) for n in range(6)]
        readers = [Reader(await first.enrol(role="till")) for _ in range(2)]
        following = [asyncio.create_task(storm.follow(reader)) for reader in readers]
        await asyncio.gather(
            *(storm.claim(gate) for gate in gates[:3]),
            *(storm.upload(gate) for gate in gates[3:]),
            storm.block(range(TICKETS, TICKETS + 4)),
            storm.manage(),
        )
        storm.quiet.set()
        storm.stir()
        for reader in await asyncio.gather(*following):
            await _hold_against_the_feed(first, reader)
        for gate in gates[3:]:
            answer = await second.exchanged(gate, gate.journal.entries)
            assert {one.status for one in answer.answers} == {EntryStatus.KNOWN}


async def _hold_against_the_feed(office: LedgerOffice, reader: Reader) -> None:
    """Read all again: nothing else stands there, but void where something newer was told."""
    again = Reader(reader.device)
    while not await again.read_page(office):
        pass
    assert again.items.keys() == reader.items.keys()
    for number, item in again.items.items():
        before = reader.items[number]
        assert item.lot == before.lot
        if item.kind != "void":
            assert item == before
        else:
            assert before.kind in {"void", ItemKind.TICKET, ItemKind.CONFIG, ItemKind.ASK}
    bodies = [decode_item(item) for item in again.items.values()]
    blocked = {
        body.ticket_id for body in bodies if isinstance(body, TicketRow) and body.facts.blocked
    }
    assert blocked == set(office.tickets[TICKETS : TICKETS + 4])
    uses = [body.claim_id for body in bodies if isinstance(body, Use)]
    assert len(uses) == len(set(uses))
    kinds = {item.kind for item in again.items.values()}
    assert kinds >= {ItemKind.USE, ItemKind.CONFIG, ItemKind.SHARE, ItemKind.CONFLICT}
    notices = [body for body in bodies if isinstance(body, ConflictNotice)]
    assert {one.conflict_id for one in notices} == {one["id"] for one in await office.conflicts()}
