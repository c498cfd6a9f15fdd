"""A database put back to an older copy, declared or not: noticed, nobody admitted, all back.

What a copy is on each kind of database: `tests/factories/put_back.py`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import msgspec
import pytest

from server.exchange.epochs import list_pending, open_higher_epoch
from shared.manifest.signed_document import SignedDocument
from shared.wire.exchange import EntryStatus, ExchangeResponse
from shared.wire.feed import FeedPage, Use, lot_at
from tests.factories.ledger_office import GateDevice, LedgerOffice, open_ledger_office_again
from tests.factories.put_back import Place


@dataclass
class Day:
    """What was lived through after the copy was made.

    Attributes:
        heads: The newest signed page that each gate holds.
        used: Tickets admitted before the copy, and after it.
    """

    gates: list[GateDevice]
    heads: list[tuple[SignedDocument, FeedPage]]
    used: list[int]


@asynccontextmanager
async def put_back_after_a_day(
    place: Place, *, has_third: bool = False
) -> AsyncIterator[tuple[LedgerOffice, Day]]:
    """Admit, copy, admit on, and run the server over the copy.

    A third gate sees nothing of that day.
    """
    third = []
    async with open_ledger_office_again(place.settings, place.office) as office:
        gates = [await office.enrol(0), await office.enrol(1)]
        if has_third:
            third = [await office.enrol(1)]
        await admit(office, gates, 0)
    place.copy()
    async with open_ledger_office_again(place.settings, office) as today:
        await admit(today, gates, 2)
        await admit(today, gates, 4)
        heads = []
        for gate in gates:
            answer = await today.exchanged(gate)
            assert answer.page is not None
            heads.append((answer.page, today.open_page(answer.page)))
    async with open_ledger_office_again(place.put_back(), today) as again:
        yield again, Day([*gates, *third], heads, list(range(6)))


async def admit(office: LedgerOffice, gates: list[GateDevice], first: int) -> None:
    """Let each gate admit one ticket, connected, and upload."""
    for ticket, gate in enumerate(gates, first):
        name = f"claim-{ticket}"
        await office.claimed(gate, office.codes[ticket], name)
        office.scan(gate, ticket, claim_id=name, mode="online")
        await office.exchanged(gate, gate.journal.entries)


async def nobody_is_admitted(office: LedgerOffice, day: Day) -> None:
    """See that neither a used ticket nor a fresh one gets a grant."""
    for gate in day.gates:
        for ticket in (*day.used, 9):
            answer = await office.claim(gate, office.codes[ticket])
            assert answer.status_code == 503, answer.text


async def all_comes_back(office: LedgerOffice, day: Day, epoch: int) -> None:
    """Let each gate offer its journal, and see that nothing is missing and nothing double."""
    for gate, (_, page) in zip(day.gates, day.heads, strict=True):
        await nobody_is_admitted(office, day)
        told = await office.exchanged(gate, cursor=page.head, epoch=page.epoch)
        assert told.reoffer
        offered = await office.exchanged(gate, gate.journal.entries, epoch=epoch)
        assert {one.status for one in offered.answers} <= {
            EntryStatus.STORED,
            EntryStatus.KNOWN,
        }
        assert not offered.reoffer
    assert await list_pending(office.office.context) == []
    feed = await office.read_feed(day.gates[0])
    uses = [item for item in feed if isinstance(item, Use)]
    assert sorted(one.ticket_id for one in uses) == sorted(office.tickets[n] for n in day.used)
    for ticket in day.used:
        answer = await office.claimed(day.gates[0], office.codes[ticket])
        assert answer["reason"] == "already_used"
    fresh = await office.claimed(day.gates[1], office.codes[9])
    assert (fresh["verdict"], fresh["epoch"]) == ("admit", epoch)
    assert await office.conflicts() == []
    board: Any = await office.office.ok("GET", f"{office.path}/devices", office.owner)
    held = {one["device_id"]: one["entries"] for one in board["items"]}
    assert held == {gate.id: len(gate.journal.entries) - 1 for gate in day.gates}


@asynccontextmanager
async def overtaken_by_others(place: Place) -> AsyncIterator[tuple[LedgerOffice, Day]]:
    """Run the server over the copy, and let the third gate push it past what the others hold."""
    async with put_back_after_a_day(place, has_third=True) as (office, day):
        third = day.gates[2]
        for ticket in range(12, 18):
            name = f"late-{ticket}"
            await office.claimed(third, office.codes[ticket], name)
            office.scan(third, ticket, claim_id=name, mode="online")
        told = await office.exchanged(third, third.journal.entries)
        assert told.page is not None
        page = office.open_page(told.page)
        assert all(page.head > held.head for _, held in day.heads), "the copy is ahead by number"
        day.heads.append((told.page, page))
        day.used += range(12, 18)
        yield office, day


def seen_of(page: FeedPage) -> dict[str, int]:
    """Say in a claim what the ledger must hold."""
    return {"epoch": page.epoch, "sequence": page.head, "lot": page.head_lot}


@pytest.mark.either_database
async def test_overtaken_copy_admits_nobody_who_has_seen_more(place: Place) -> None:
    """A claim that names an item which the copy has replaced is refused; without, as before."""
    async with overtaken_by_others(place) as (office, day):
        for gate, (_, page) in zip(day.gates[:2], day.heads[:2], strict=True):
            for ticket in (*day.used, 9):
                answer = await office.claim(gate, office.codes[ticket], seen=seen_of(page))
                assert answer.status_code == 503, answer.text
                assert answer.json()["type"].endswith("ledger-behind")
        thin = await office.claimed(day.gates[2], office.codes[10])
        assert thin["verdict"] == "admit"


async def test_overtaken_copy_is_noticed_at_the_first_contact(place: Place) -> None:
    """The lot of the gate's page closes the ledger; a higher epoch brings everything back."""
    async with overtaken_by_others(place) as (office, day):
        document, page = day.heads[0]
        told = await office.exchange(
            day.gates[0], cursor=page.head, epoch=page.epoch, head=document
        )
        assert told.status_code == 503
        assert told.json()["type"].endswith("ledger-behind")
        await nobody_is_admitted(office, day)
        state = await open_higher_epoch(office.office.context, "put back")
        await all_comes_back(office, day, state.epoch)


@pytest.mark.either_database
async def test_ledger_that_forgot_nothing_takes_every_page_that_it_signed(place: Place) -> None:
    """Pages of any age close nothing, nor does a claim that names one."""
    async with open_ledger_office_again(place.settings, place.office) as office:
        gate = await office.enrol()
        documents = []
        for ticket in range(3):
            told = await office.exchanged(gate, cursor=max(0, ticket - 1))
            documents.append((told.page, office.open_page(told.page)))
            await office.claimed(gate, office.codes[ticket])
        for document, page in documents:
            again = await office.exchange(gate, cursor=page.head, epoch=page.epoch, head=document)
            assert again.status_code == 200
            after = office.open_page(
                msgspec.msgpack.decode(again.content, type=ExchangeResponse).page
            )
            assert (after.after_lot, lot_at(after, after.head)) == (page.head_lot, after.head_lot)
        page = documents[-1][1]
        assert page.head_lot
        answer = await office.claimed(gate, office.codes[5], seen=seen_of(page))
        assert answer["verdict"] == "admit"


@pytest.mark.either_database
async def test_undeclared_copy_is_noticed_at_the_first_contact(place: Place) -> None:
    """The first gate's page closes the ledger for all; a higher epoch brings everything back."""
    async with put_back_after_a_day(place) as (office, day):
        document, page = day.heads[0]
        told = await office.exchange(
            day.gates[0], cursor=page.head, epoch=page.epoch, head=document
        )
        assert told.status_code == 503
        assert told.json()["type"].endswith("ledger-behind")
        await nobody_is_admitted(office, day)
        state = await open_higher_epoch(office.office.context, "put back")
        assert state.epoch == page.epoch + 1
        await all_comes_back(office, day, state.epoch)


@pytest.mark.either_database
async def test_declared_copy_waits_for_every_gate(place: Place) -> None:
    """Where the operator says so at once, nobody is admitted before all have offered again."""
    async with put_back_after_a_day(place) as (office, day):
        state = await open_higher_epoch(office.office.context, "restored")
        await all_comes_back(office, day, state.epoch)
