"""A till's disk that is full in the midst of a flow, at each step, while the program goes on.

Nothing can be kept any more from that step on; then there is room again, and whoever stands there
asks once more. Each act is done once, and the drawer, the books and the tickets agree.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import apsw
import pytest

from gatekeeper.boxoffice.order_search_at_till import BUYERS_PACE
from shared.kernel.errors import StoreFault
from tests.adversaries.scene import named
from tests.adversaries.test_death import STEPS_MAX
from tests.adversaries.test_death_at_the_counter import (
    PRICE,
    SOLD,
    STRIDE,
    Mortal,
    is_gone,
    mortal,
)
from tests.factories.wired_gates import open_again, open_gate
from tests.integration.server_sync.payments.test_exchanges import Counter

__all__ = ["mortal"]
pytestmark = pytest.mark.parametrize("published", ["sqlite"], indirect=True)
DEARER = 4_000


class FullAt:
    """A disk that has no room left from one step of the program on."""

    def __init__(self) -> None:
        self.left = 0
        self.is_full = False
        self.connections: list[apsw.Connection] = []

    def __call__(self, _step: str) -> None:
        """Have room for nothing more at the step."""
        self.left -= 1
        if self.left == 0:
            self.is_full = True
            for one in self.connections:
                one.set_commit_hook(_no_room)

    def make_room(self) -> None:
        """Let everything be kept again."""
        self.left, self.is_full = 0, False
        for one in self.connections:
            one.set_commit_hook(None)


def _no_room() -> bool:
    raise apsw.FullError("database or disk is full")


async def every_step(
    mortal: Mortal,
    act: Callable[[Counter], Awaitable[dict[str, Any]]],
    settle: Callable[[Counter, dict[str, Any] | None], Awaitable[None]],
) -> tuple[Counter, int]:
    """Fill the disk at each step of an act; returns the till, and how often it was begun."""
    disk = FullAt()
    till = await open_again(mortal.office, mortal.place, mortal.till.device, crash_point=disk)
    till.session.keep_drawer()
    organization_id = till.session.profile.organization_id
    till.session.guests.show_badge(mortal.cashier, mortal.badge, organization_id)
    counter = Counter(mortal.office, till, till, mortal.cashier)
    disk.connections.append(till.session.store.journal._connection)
    for begun, step in enumerate(range(1, STEPS_MAX, STRIDE), 1):
        disk.left = step
        answer: dict[str, Any] | None
        try:
            answer = await act(counter)
        except StoreFault:
            answer = None
        assert answer is None or answer["ok"] or answer["reason"] == "not_recorded"
        was_full = disk.is_full
        disk.make_room()
        till.session._settle_abandoned()  # as the background does every few seconds
        await settle(counter, answer)
        if not was_full:
            assert begun > 1, "there was something to fill"
            return counter, begun
    pytest.fail("no end of steps")


async def sell_many(mortal: Mortal) -> list[str]:
    """Sell tickets to take back; returns their ids."""
    seller = await mortal.rise()
    sold = [(await seller.sell(1))["ticket_id"] for _ in range(SOLD)]
    await seller.till.sync()
    await seller.till.session.close()
    return sold


async def agree(mortal: Mortal, counter: Counter, old: list[str], times: int, cash: int) -> None:
    """Hold tickets, drawer and ledger against what was done."""
    await counter.till.mend()
    sums = counter.till.session.shifts.sums()
    assert sums is not None
    assert sums.expected_minor == cash
    gone = [await is_gone(mortal.office, one) for one in old]
    assert gone == [True] * times + [False] * (SOLD - times)
    assert await named(mortal.office) == {}
    await counter.till.session.close()


async def test_refund_is_paid_once_though_the_disk_is_full_in_the_midst(mortal: Mortal) -> None:
    """No ticket is void for which nothing was paid, and nothing is paid twice."""
    old, at = await sell_many(mortal), 0

    async def refund(counter: Counter) -> dict[str, Any]:
        return await counter.say(refund=[old[at]], reason="ill")

    async def settle(counter: Counter, _answer: dict[str, Any] | None) -> None:
        nonlocal at
        await counter.till.sync()
        if not await is_gone(mortal.office, old[at]):
            assert (await refund(counter))["ok"]
        await counter.till.sync()
        at += 1

    counter, times = await every_step(mortal, refund, settle)
    await agree(mortal, counter, old, times, 10_000 + PRICE * (SOLD - times))


async def test_exchange_is_done_once_though_the_disk_is_full_in_the_midst(mortal: Mortal) -> None:
    """The difference is in the drawer once, and each guest has one ticket."""
    old, at = await sell_many(mortal), 0

    async def exchange(counter: Counter) -> dict[str, Any]:
        return await counter.say(exchange=old[at], to=2, tenders=[{"kind": "cash"}])

    async def settle(counter: Counter, _answer: dict[str, Any] | None) -> None:
        nonlocal at
        await counter.till.sync()
        if not await is_gone(mortal.office, old[at]):
            assert (await exchange(counter))["ok"]
        await counter.till.sync()
        at += 1

    counter, times = await every_step(mortal, exchange, settle)
    cash = 10_000 + PRICE * SOLD + times * (DEARER - PRICE)
    await agree(mortal, counter, old, times, cash)


async def test_order_is_handed_over_once_though_the_disk_is_full_in_the_midst(
    mortal: Mortal, tmp_path: Path
) -> None:
    """What was handed over last opens the gate, once."""
    office = mortal.office
    line = {"ticket_type_id": office.ticket_type_id, "quantity": SOLD}
    body = {"lines": [line], "payment": "paid", "buyer_name": "Klara Novak"}
    order = await office.office.ok("POST", f"{office.path}/orders", office.owner, json=body)
    tickets = [one["id"] for one in order["tickets"]]
    office.office.clock.advance(BUYERS_PACE)
    before = await mortal.rise()
    await before.till.sync()
    await before.till.session.close()
    new: list[str] = []

    async def hand_over(counter: Counter) -> dict[str, Any]:
        wanted = [tickets[len(new)]]
        return await counter.say(pick_up=wanted, badge=mortal.badge, reason="id_shown")

    async def settle(counter: Counter, answer: dict[str, Any] | None) -> None:
        await counter.till.sync()
        if answer is None or not answer["ok"]:
            answer = await hand_over(counter)
        assert answer["ok"], answer
        new.append(answer["tickets"][0]["digits"])

    counter, times = await every_step(mortal, hand_over, settle)
    await counter.till.mend()
    assert len(set(new)) == times
    gate = await open_gate(office, tmp_path / "gate", 0)
    await gate.sync()
    for wanted in ("ok", "already_used"):
        assert {(await gate.scan(code)).reason for code in new} == {wanted}
    await gate.sync()
    assert await named(office) == {}
    await gate.session.close()
    await counter.till.session.close()


async def test_shift_closes_once_though_the_disk_is_full_in_the_midst(mortal: Mortal) -> None:
    """One Z report for each, without a gap, and to the cent."""

    async def close(counter: Counter) -> dict[str, Any]:
        return await counter.say(shift="close")

    async def settle(counter: Counter, _answer: dict[str, Any] | None) -> None:
        if counter.till.session.shifts.current() is not None:
            again = await close(counter)
            assert again["ok"], again
        await counter.ok(shift="open", amount_minor=10_000)
        await counter.sell(1)
        await counter.ok(shift="count", amount_minor=10_000 + PRICE)

    before = await mortal.rise()
    await before.ok(shift="count", amount_minor=10_000)
    await before.till.session.close()
    counter, times = await every_step(mortal, close, settle)
    await counter.till.mend()
    office = mortal.office
    listed = await office.office.ok("GET", f"{office.owner.path}/shifts", office.owner)
    closed = [one for one in listed["items"] if one["z_number"]]  # 0: still open
    assert sorted(one["z_number"] for one in closed) == list(range(1, times + 1))
    assert {one["difference_minor"] for one in closed} == {0}
    assert await named(office) == {}
    await counter.till.session.close()
