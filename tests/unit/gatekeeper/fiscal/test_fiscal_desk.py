"""A signer that is silent, slow, unavailable or dies: at the begin, at the end, and for long."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from gatekeeper.fiscal.fiscal_signing import FiscalSigning
from gatekeeper.fiscal.ports import Facts, Handle, Signed, Unavailable
from gatekeeper.store.store import Store
from shared.kernel.errors import StoreFault
from tests.factories.gate_store import open_store
from tests.fakes.clock import ManualClock
from tests.fakes.fiscal_signer import TestSigner

BUDGET = 1.0
"""Seconds: a busy machine needs some of them to sign at all."""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = open_store(tmp_path)
    yield store
    store.close()


def make_desk(store: Store, signer: TestSigner) -> FiscalSigning:
    return FiscalSigning(store, signer, ManualClock(), budget_seconds=BUDGET)


def facts_of(number: int) -> Facts:
    at = ManualClock().wall()
    return Facts(series="dv_till", number=number, kind="sale", started_at=at, ended_at=at)


@pytest.mark.parametrize(
    ("mood", "reason"),
    [("silent", "silent"), ("dies", "failed"), ("exits", "failed"), ("unavailable", "no card")],
)
async def test_a_fault_when_a_receipt_begins_is_its_outcome_and_the_end_is_not_asked(
    store: Store, mood: str, reason: str
) -> None:
    """The first line is entered all the same; the receipt says that the signer was unavailable."""
    signer = TestSigner(mood)
    signer.at_begin = True
    desk = make_desk(store, signer)
    handle = await desk.begin("dv_till", facts_of(0))
    assert isinstance(handle, Unavailable)
    assert handle.reason == reason
    signer.released.set()
    signer.mood = "signs"
    assert await desk.finish("sale-1", handle, facts_of(1)) == handle
    assert signer.asked == []
    assert desk.outcome_of("sale-1") == handle


@pytest.mark.parametrize("mood", ["silent", "dies", "exits"])
async def test_a_fault_at_the_end_leaves_an_outcome_and_the_till_alive(
    store: Store, mood: str
) -> None:
    """Durable, the same when asked again; the next receipt is signed once the fault is gone."""
    signer = TestSigner()
    desk = make_desk(store, signer)
    handle = await desk.begin("dv_till", facts_of(0))
    signer.mood = mood
    outcome = await desk.finish("sale-1", handle, facts_of(1))
    assert isinstance(outcome, Unavailable)
    assert await desk.finish("sale-1", handle, facts_of(1)) == outcome
    signer.mood = "signs"
    signer.released.set()
    async with asyncio.timeout(60):
        while isinstance(  # noqa: ASYNC110 - the signer lives in a thread and tells nobody
            again := await desk.begin("dv_till", facts_of(0)), Unavailable
        ):
            await asyncio.sleep(0.01)
    assert isinstance(await desk.finish("sale-2", again, facts_of(2)), Signed)


async def test_a_signer_that_stays_silent_holds_up_one_receipt_and_no_printer(
    store: Store,
) -> None:
    """Thirty sales ask it once: the queue waits once, and threads are left for all other work."""
    signer = TestSigner("silent")
    desk = make_desk(store, signer)
    loop = asyncio.get_running_loop()
    began = loop.time()
    handle = Handle(b"t0")
    outcomes = [
        await desk.finish(f"sale-{number}", handle, facts_of(number)) for number in range(1, 31)
    ]
    assert all(isinstance(one, Unavailable) and one.reason == "silent" for one in outcomes)
    assert signer.calls == 1
    assert loop.time() - began < 30 * BUDGET, "the queue waited more than once"
    async with asyncio.timeout(60):
        assert await asyncio.to_thread(lambda: "printed") == "printed"
    signer.released.set()


async def test_receipts_that_a_slow_signer_begins_too_late_are_ended_there(store: Store) -> None:
    """All evening: one that can hold no more open receipts would sign nothing any more."""
    signer = TestSigner("slow")
    signer.at_begin = True
    desk = FiscalSigning(store, signer, ManualClock(), budget_seconds=BUDGET / 4)
    for number in range(1, 4):
        signer.released.clear()
        handle = await desk.begin("dv_till", facts_of(0))
        assert isinstance(
            await desk.finish(f"sale-{number}", handle, facts_of(number)), Unavailable
        )
        signer.released.set()
        async with asyncio.timeout(60):
            while signer.counter < number or desk._late:  # noqa: ASYNC110 - it lives in a thread
                await asyncio.sleep(0.01)
    assert (signer.began, signer.asked) == ({}, [])


async def test_what_a_crash_left_open_is_ended_also_where_the_signer_is_silent(
    store: Store,
) -> None:
    """The sale's receipt says so; the till opens though the signer says nothing."""
    with store.transaction("fiscal_ask"):
        store.fiscal.ask("sale-1", b"t0")
    signer = TestSigner("silent")
    desk = make_desk(store, signer)
    await desk.finish("sale-2", Handle(b"t1"), facts_of(2))
    assert await desk.recover("dv_till") == ["sale-1"]
    outcome = desk.outcome_of("sale-1")
    assert isinstance(outcome, Unavailable)
    assert outcome.reason == "stopped"
    signer.released.set()


async def test_sale_waits_for_a_signer_that_must_sign_and_goes_on_when_it_is_back(
    store: Store,
) -> None:
    """Where the law says so nothing is sold without it; elsewhere it is only said on paper."""
    signer = TestSigner()
    desk = make_desk(store, signer)
    assert await desk.refuses("dv_till") is None
    assert signer.calls == 0
    signer.block_when_unavailable = True
    for mood in ("unavailable", "dies"):
        signer.mood, signer.at_begin = mood, True
        refusal = await desk.refuses("dv_till")
        assert refusal is not None
        assert refusal.reason == "no_signer"
    signer.mood = "signs"
    assert await desk.refuses("dv_till") is None
    assert await desk.refuses("dv_till") is None
    handle = await desk.begin("dv_till", facts_of(1))
    assert list(signer.began) == [b"t0"], "one receipt was begun, and it is this sale's"
    assert isinstance(await desk.finish("sale", handle, facts_of(1)), Signed)


async def test_signer_that_went_after_a_sale_came_to_nothing_is_missed_by_the_next(
    store: Store,
) -> None:
    """A declined card has begun a receipt: nothing is sold by that word of it any more."""
    signer = TestSigner()
    signer.block_when_unavailable = True
    desk = make_desk(store, signer)
    assert await desk.refuses("dv_till") is None
    signer.mood, signer.at_begin = "dies", True
    refusal = await desk.refuses("dv_till")
    assert refusal is not None
    assert refusal.reason == "no_signer"
    assert signer.began == {}, "what came to nothing was given up"


async def test_signer_that_was_started_anew_signs_the_next_sale(store: Store) -> None:
    """It knows nothing of what it had begun for a sale that came to nothing."""
    signer = TestSigner()
    signer.block_when_unavailable = True
    desk = make_desk(store, signer)
    assert await desk.refuses("dv_till") is None
    stale = signer.began.popitem()[0]
    signer.began[b"other"] = facts_of(0)
    assert await desk.refuses("dv_till") is None
    handle = await desk.begin("dv_till", facts_of(1))
    assert isinstance(handle, Handle)
    assert handle.token != stale
    assert isinstance(await desk.finish("sale", handle, facts_of(1)), Signed)


async def test_what_a_full_disk_could_not_keep_of_a_signature_is_kept_once_there_is_room(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Signed once: the receipt that is printed then bears it."""

    def refuse(*_: object) -> None:
        raise StoreFault("the disk is full")

    signer = TestSigner()
    desk = make_desk(store, signer)
    handle = await desk.begin("dv_till", facts_of(1))
    with monkeypatch.context() as patch, pytest.raises(StoreFault):
        patch.setattr(store.fiscal, "settle", refuse)
        await desk.finish("sale-1", handle, facts_of(1))
    again = await desk.begin("dv_till", facts_of(1))
    outcome = await desk.finish("sale-1", again, facts_of(1))
    assert isinstance(outcome, Signed)
    assert signer.counter == 1
    assert desk.outcome_of("sale-1") == outcome
