"""In which turn a till's entries are booked that wait for it."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from server.entries.models import JournalEntry
from server.exchange import worker_upkeep
from server.journals.till_entry_booking import NotedEntries, turn_of
from shared.kernel.id_types import DeviceId
from shared.kernel.instant import Instant


def entry(seq: int, boot: bytes, dseq: int) -> JournalEntry:
    """Make an entry that came with all others."""
    return JournalEntry(
        device_id=DeviceId("dv_till"), boot=boot, dseq=dseq, seq=seq, received_at=Instant(1)
    )


def test_a_sale_is_booked_before_the_payout_of_a_later_start() -> None:
    """A start's id is drawn: by it, who pays back after one seemed to pay what nobody had sold."""
    sale, payout = entry(7, b"\xff" * 16, 7), entry(8, b"\x00" * 16, 1)
    assert turn_of(sale) < turn_of(payout)


async def test_a_till_with_an_evening_s_sales_keeps_no_other_till_waiting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Another's one sale is booked between them: its exchange waits until it is."""
    booked: list[str] = []

    async def book(_self: object, _organization: str, device_id: str, _checked: object) -> None:
        await asyncio.sleep(0)
        booked.append(device_id)

    monkeypatch.setattr(NotedEntries, "_book", book)
    nothing: Any = None
    noted = NotedEntries(nothing, nothing, nothing, nothing)

    async def bring(device_id: str, count: int) -> None:
        device: Any = SimpleNamespace(id=device_id, organization_id="og_1")
        await noted.book(device, [nothing] * count, is_relayed=False, is_late=lambda: False)

    await asyncio.gather(bring("dv_back", 100), bring("dv_other", 1))
    assert booked.index("dv_other") <= 2
    assert len(booked) == 101


async def test_an_upload_leaves_what_takes_too_long_and_what_comes_after_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A till with hundreds was answered after all: for a minute it could sell and refund nothing.

    What it brings next waits for these: a ticket is sold before it is paid back.
    """
    booked: list[str] = []

    async def book(_self: object, _organization: str, _device: str, checked: Any) -> None:
        booked.append(checked)

    monkeypatch.setattr(NotedEntries, "_book", book)
    nothing: Any = None
    noted = NotedEntries(nothing, nothing, nothing, nothing)
    device: Any = SimpleNamespace(id="dv_back", organization_id="og_1")
    some: Any = ["one", "two", "three"]
    await noted.book(device, some, is_relayed=False, is_late=lambda: len(booked) == 2)
    assert booked == ["one", "two"]
    assert noted.left.is_set()
    await noted.book(device, some, is_relayed=False, is_late=lambda: False)
    other: Any = SimpleNamespace(id="dv_other", organization_id="og_1")
    await noted.book(other, some[:1], is_relayed=False, is_late=lambda: False)
    assert booked == ["one", "two", "one"]


async def test_what_was_left_is_booked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The round that looks each quarter of a minute is woken, until nothing is left."""
    monkeypatch.setattr(worker_upkeep, "EVERY_S", 1e9)
    left, rounds, done = asyncio.Event(), [2, 1, 0], asyncio.Event()

    async def catch_up() -> None:
        left.clear()
        if rounds.pop(0):
            left.set()
        else:
            done.set()

    sales: Any = SimpleNamespace(left=left, catch_up=catch_up)
    task = asyncio.create_task(worker_upkeep.keep_booking(sales))
    await done.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not rounds


async def test_a_worker_that_ends_waits_for_all_of_its_upkeep() -> None:
    """What still gives its connection back as the connections are closed would leave it open."""
    begun, ended = asyncio.Event(), asyncio.Event()

    async def catch_up() -> None:
        await asyncio.Event().wait()

    async def note_contacts() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            for _ in range(9):
                await asyncio.sleep(0)
            ended.set()

    left: Any = SimpleNamespace(left=asyncio.Event(), catch_up=catch_up)
    parts: Any = SimpleNamespace(sales=left, known_devices=SimpleNamespace())
    parts.known_devices.note_contacts = note_contacts
    rest = "exchanges", "evacuations", "listed_late", "zone_limits"
    vars(parts).update({one: SimpleNamespace(catch_up=None, work=None) for one in rest})
    task = asyncio.create_task(worker_upkeep.keep_up(parts))
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended.is_set()
