"""A till's folder put back to a copy from before sales that never reached the server.

It sells the same ids again. Whose tickets bear them cannot be told apart; but what came in before
they were sold is named, and the till takes another key as soon as it hears of a guest of its own
whom it does not know.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from gatekeeper.boxoffice.till_requests import one_type
from gatekeeper.device.refund_and_exchange_parts import lines_of
from gatekeeper.store.disk import FolderDisk
from shared.kernel.ids import parse_ticket_id
from shared.kernel.instant import MINUTE
from tests.adversaries.scene import named
from tests.factories.counters import Counter, counter, prepared_counter, published
from tests.factories.ledger_office import LedgerOffice
from tests.factories.stocked_tills import open_till
from tests.factories.wired_gates import WiredGate, open_again, open_gate

__all__ = ["counter", "prepared_counter", "published"]

pytestmark = pytest.mark.parametrize("published", ["sqlite"], indirect=True)


class Evening:
    """A till and two gates; the till's first branch is lost."""

    def __init__(self, office: LedgerOffice, folder: Path) -> None:
        self.office, self.folder = office, folder

    async def open(self) -> None:
        """Let the gates hear of the till's key, and the wire be cut at the till."""
        self.till = await open_till(self.office, self.folder, 50, boot=1)
        await self.till.sync()
        self.gates = [await open_gate(self.office, self.folder, 1) for _ in range(2)]
        for gate in self.gates:
            await gate.sync()
        await self.till.session.close()
        shutil.copytree(self.place, self.folder / "image")
        await self.start()

    @property
    def place(self) -> Path:
        """The till's folder."""
        disk = self.till.session.store.disk
        assert isinstance(disk, FolderDisk)
        return disk.folder

    async def start(self) -> None:
        """Start the till's program, cut off."""
        self.till = await open_again(self.office, self.place, self.till.device, boot=1)
        await self.till.cut()

    async def put_back(self) -> None:
        """Put the till's folder back to the copy."""
        place = self.place
        await self.till.session.close()
        shutil.rmtree(place)
        shutil.copytree(self.folder / "image", place)
        await self.start()

    async def sell(self, count: int = 1) -> list[tuple[int, str]]:
        """Sell tickets, a minute after whatever was before; ids and codes."""
        self.office.office.clock.advance(MINUTE)
        answer = await self.till.session.till.sell(one_type(1, count))
        return [(parse_ticket_id(one.ticket_id), one.digits) for one in answer.sold().tickets]

    async def show(self, gate: WiredGate, code: str) -> str:
        """Show a code at a gate a minute after whatever was before."""
        self.office.office.clock.advance(MINUTE)
        return (await gate.scan(code)).reason

    def key(self) -> str:
        """Name the till's ticket key."""
        terms = self.till.session.store.till.get_terms(self.office.event_id)
        return "" if terms is None else terms.public_key

    async def close(self) -> None:
        """End all programs."""
        for one in (self.till, *self.gates):
            await one.session.close()


@pytest.fixture
async def evening(ledger_office: LedgerOffice, tmp_path: Path) -> Evening:
    """Give an evening that has begun."""
    begun = Evening(ledger_office, tmp_path)
    await begun.open()
    return begun


async def sides(office: LedgerOffice, kind: str) -> list[dict[str, Any]]:
    """Return the sides of the only conflict of a kind."""
    (conflict,) = [one for one in await office.conflicts() if one["kind"] == kind]
    path = f"{office.path}/conflicts/{conflict['id']}"
    found: list[dict[str, Any]] = (await office.office.ok("GET", path, office.owner))["sides"]
    return found


@pytest.mark.either_database
async def test_who_came_in_before_the_ticket_was_sold_is_named_and_the_till_takes_a_new_key(
    evening: Evening,
) -> None:
    """Both sides are shown with what was signed; later guests of the till are let in."""
    gate, other = evening.gates
    lost = await evening.sell(3)
    assert [await evening.show(gate, code) for _, code in lost] == ["ok"] * 3
    await gate.sync()
    await evening.put_back()
    ((ticket, again),) = await evening.sell()
    assert (ticket, again) == lost[0]
    assert await evening.show(gate, again) == "already_used"
    assert await named(evening.office) == {}

    await evening.till.mend()
    found = await sides(evening.office, "sold_twice")
    assert {side["device_id"] for side in found} == {gate.id, evening.till.id}
    assert all(side["entry"] for side in found)
    for one in (evening.till, evening.till, gate, other):
        await one.sync()
    # The first branch's other guests are named, too: no sale explains them.
    assert await named(evening.office) == {"sold_twice": 1, "unexplained": 2}
    for _, code in await evening.sell(3):
        assert await evening.show(other, code) == "ok"
    await evening.till.sync()
    assert await named(evening.office) == {"sold_twice": 1, "unexplained": 2}
    await evening.close()


async def test_a_guest_of_before_the_sale_is_named_also_where_the_gate_tells_of_it_later(
    evening: Evening,
) -> None:
    """The sale is booked first; a cut-off gate brings who had come in before it."""
    gate = evening.gates[0]
    await gate.cut()
    ((_, code),) = await evening.sell()
    assert await evening.show(gate, code) == "ok"
    await evening.put_back()
    await evening.sell()
    await evening.till.mend()
    assert await named(evening.office) == {}
    await gate.mend()
    found = await sides(evening.office, "sold_twice")
    assert {side["device_id"] for side in found} == {gate.id, evening.till.id}
    assert all(side["entry"] for side in found)
    await evening.close()


async def test_guests_of_an_ordinary_evening_accuse_nobody(evening: Evening) -> None:
    """Sold cut off, let in by a gate that is cut off and by one that is not: nothing is named."""
    gate, other = evening.gates
    await gate.cut()
    sold = await evening.sell(2)
    assert await evening.show(gate, sold[0][1]) == "ok"
    assert await evening.show(other, sold[1][1]) == "ok"
    key = evening.key()
    for one in (other, evening.till, gate):
        await one.mend()
    await evening.till.sync()
    assert await named(evening.office) == {}
    assert evening.key() == key
    await evening.close()


async def test_receipts_of_sales_that_the_folder_has_forgotten_are_not_numbered_twice(
    evening: Evening,
) -> None:
    """Once the till hears how much was booked of it; each sale has had a ticket at least."""

    async def sell(count: int) -> int:
        return (await evening.till.session.till.sell(one_type(1, count))).sold().receipt_number

    assert [await sell(count) for count in (1, 3, 1)] == [1, 2, 3]
    await evening.till.mend()
    await evening.till.sync()
    await evening.put_back()
    assert await sell(1) == 1, "cut off it cannot know"
    await evening.till.mend()
    await evening.till.sync()
    later = await sell(1)
    assert later > 3
    await evening.till.sync()
    await evening.till.sync()
    assert await sell(1) == later + 1, "from then on there is no gap"
    await evening.close()


async def test_a_till_that_was_put_back_amid_its_shift_is_accused_of_no_missing_receipts(
    counter: Counter, tmp_path: Path
) -> None:
    """Its folder is named, and by its Z report what the drawer must hold; no more than that."""
    cash = [{"kind": "cash"}]
    till, office = counter.till, counter.office
    disk = till.session.store.disk
    assert isinstance(disk, FolderDisk)

    async def start() -> None:
        counter.till = await open_again(office, disk.folder, till.device)
        counter.till.session.keep_drawer()
        counter.lines = lines_of(counter.till.session)

    await counter.ok(sell=[{"type": 1}], tenders=cash)
    await till.sync()
    await till.session.close()
    shutil.copytree(disk.folder, tmp_path / "image")
    await start()
    await counter.ok(sell=[{"type": 1, "count": 5}], tenders=cash)
    await counter.ok(shift="count", amount_minor=1)
    await counter.till.sync()
    await counter.till.session.close()
    shutil.rmtree(disk.folder)
    shutil.copytree(tmp_path / "image", disk.folder)
    await start()
    await counter.till.sync()
    await counter.ok(shift="count", amount_minor=1)
    await counter.till.sync()
    await counter.ok(sell=[{"type": 1}], tenders=cash)
    await counter.ok(shift="count", amount_minor=10_000 + 7 * 2_500)
    z = await counter.ok(shift="close")
    await counter.till.sync()
    assert z["difference_minor"] == 5 * 2_500, "it has forgotten those"
    assert await named(office) == {"forked_journal": 1, "z_differs": 1}
    (shift,) = (await office.office.ok("GET", f"{office.owner.path}/shifts", office.owner))[
        "items"
    ]
    assert shift["difference_minor"] == 0
