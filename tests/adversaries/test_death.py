"""Death: any process, disk or machine ends at any moment, and is started again.

A gate and a till die at each step of what they write, the server in the midst of each of its
commits, with its log torn there. What died unanswered is asked again.

Proven elsewhere: power cuts that lose or tear what no sync had made durable
(`unit/gatekeeper/gate/test_lane_power_cut.py`, `unit/gatekeeper/store`), real processes that are
killed (`integration/gate/test_lane_killed.py`, `e2e/test_server_killed.py`), disks that are full
(`test_faults.py`, `test_batch_faults.py`), a restore that ends
anywhere (`test_restore_crash.py`), and all of them at random in the simulator.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import apsw
import msgspec
import pytest
from sqlalchemy import func, select

from gatekeeper.gate.requests import Scan
from gatekeeper.store.profile import DEVICE_KEY_NAME
from gatekeeper.turnstile.granted_passages import GRANTED
from server.db.tenancy import SYSTEM
from server.orders.models import Order, Refund
from server.settings import Settings
from server.ticketing.models import Ticket
from shared.journal.entry import NoteBody
from shared.kernel.errors import StoreFault
from shared.kernel.id_types import OrderId
from shared.wire.feed import Annul, Use
from tests.adversaries.scene import named
from tests.factories.ledger_office import GateDevice, LedgerOffice, open_ledger_office_again
from tests.factories.selling import sell as sell_at
from tests.factories.wired_gates import WiredGate, open_again, open_gate
from tests.integration.homes.test_cut_off import set_policy

pytestmark = pytest.mark.integration

STEPS_MAX = 40
"""More than any scan or sale has; a test that gets there has found no end."""


class Died(BaseException):
    """The program is no more; nothing of it may clean up."""


class DiesAt:
    """Ends the program at one of the steps at which it has something to lose."""

    def __init__(self, folder: Path, remains: Path) -> None:
        self.folder, self.remains = folder, remains
        self.left = 0
        self.is_dead = False

    def __call__(self, _step: str) -> None:
        """Take the folder as it lies on the disk now: that is all that the next start finds."""
        self.left -= 1
        if self.left == 0:
            shutil.copytree(self.folder, self.remains)
            self.is_dead = True
            raise Died


async def end_at(
    office: LedgerOffice,
    gate: WiredGate,
    place: Path,
    step: int,
    work: Callable[[WiredGate], Awaitable[Any]],
) -> tuple[Any, Path, bool]:
    """Do some work in a program that ends at a step; the gate's own session is closed before.

    Returns:
        What it answered, or None; the folder that is left; whether it ended.
    """
    dying = DiesAt(place, place.with_name(f"{place.name}+"))
    again = await open_again(office, place, gate.device, crash_point=dying)
    again.wire.is_cut = gate.wire.is_cut
    dying.left = step
    answer = None
    try:
        answer = await work(again)
    except Died:
        assert answer is None
    dying.left = 0
    await again.session.close()
    return answer, dying.remains if dying.is_dead else place, dying.is_dead


@pytest.mark.parametrize("is_cut", [False, True], ids=["connected", "cut_off"])
async def test_gate_that_dies_at_any_step_of_a_scan_lets_nobody_in_twice(
    ledger_office: LedgerOffice, tmp_path: Path, *, is_cut: bool
) -> None:
    """It opens again, keeps what it has answered, and the ledger ends up with each entry once."""
    office, admitted = ledger_office, 0
    gate = await open_gate(office, tmp_path / "gate", 0)
    await gate.sync()
    await gate.session.close()
    place = tmp_path / "gate" / gate.id
    for step in range(1, STEPS_MAX):
        code = office.codes[step - 1]
        gate.wire.is_cut = is_cut

        async def scan(lane: WiredGate, code: str = code) -> Any:
            return await lane.scan(code)

        answer, place, has_died = await end_at(office, gate, place, step, scan)
        risen = await open_again(office, place, gate.device)
        risen.wire.is_cut = is_cut
        seen = [] if answer is None else [answer]
        seen.append(await risen.scan(code))
        await risen.mend()
        seen.append(await risen.scan(code))
        # A grant that no entry tells of is given back before the ticket is asked for again.
        assert is_cut or seen[-1].reason == "already_used", step
        seen.append(await risen.scan(code))
        assert [one.verdict for one in seen].count("admit") <= 1, step
        assert seen[-1].reason == "already_used", step
        admitted += 1
        await risen.sync()
        assert risen.session.store.journal.pending == 0
        await risen.session.close()
        if not has_died:
            break
    else:
        pytest.fail("no end of steps")
    assert step > 2, "there was something to die at"
    other = await office.enrol(1)
    for code in office.codes[:admitted]:
        assert (await office.claimed(other, code))["reason"] == "already_used"
    feed = await office.read_feed(other)
    uses = {item.claim_id for item in feed if isinstance(item, Use)}
    uses -= {item.claim_id for item in feed if isinstance(item, Annul)}
    assert len(uses) == admitted
    assert await named(office) == {}


@pytest.mark.parametrize("is_strict", [False, True], ids=["lenient", "strict"])
async def test_gate_that_dies_once_its_arm_told_of_a_way_out_has_nobody_accused(
    ledger_office: LedgerOffice, tmp_path: Path, *, is_strict: bool
) -> None:
    """Who has gone out may come back while it is dead, or counts as inside; nothing names them.

    A grant that it did not live to record let them in elsewhere, and was then given back.
    """
    office = ledger_office
    zone = {"name": "Arena", "occurrence_id": office.occurrence_id, "reentry_after_exit": True}
    zone |= {"strict_anti_passback": is_strict}
    path = f"{office.path}/zones/{office.zone_id}"
    await office.office.ok("PUT", path, office.owner, json=zone)
    gate, other = [await open_gate(office, tmp_path, number) for number in (0, 1)]
    place, back = tmp_path / gate.id, []
    for step in range(1, STEPS_MAX):
        code = office.codes[step - 1]
        await gate.sync()
        assert (await gate.scan(code)).verdict == "admit"
        for one in (gate, other):
            await one.sync()
        await gate.session.close()

        async def let_out(lane: WiredGate, code: str = code) -> Any:
            await lane.sync()
            leaving = Scan(code, direction="out", awaits_passage=True)
            offer = await lane.session.scan(leaving)
            told = {"claim_id": offer.claim_id, "awaits_passage": False, "has_passed": True}
            return await lane.session.scan(msgspec.structs.replace(leaving, **told))

        answer, place, has_died = await end_at(office, gate, place, step, let_out)
        assert answer is None or (answer.reason, answer.mode) == ("exit", "online")
        await other.sync()
        back.append((await other.scan(code)).reason)
        gate = await open_again(office, place, gate.device)
        for one in (gate, other):
            await one.sync()
        assert await named(office) == {}, step
        if not has_died:
            break
    assert set(back[:-1]) == {"already_used"}
    assert (await other.scan(office.codes[step - 1])).reason == "reentry"
    for one in (gate, other):
        await one.session.close()


@pytest.mark.parametrize("is_cut", [False, True], ids=["connected", "cut_off"])
async def test_gate_that_dies_before_its_arm_was_told_to_open_frees_the_ticket_when_it_rises(
    ledger_office: LedgerOffice, tmp_path: Path, *, is_cut: bool
) -> None:
    """Who was let in elsewhere meanwhile is named no more, but for whom the arm may be open."""
    office = ledger_office
    await set_policy(office, "open")
    gate, other = [await open_gate(office, tmp_path, number) for number in (0, 1)]
    for one in (gate, other):
        await one.sync()
    await gate.session.close()
    place, after, names = tmp_path / gate.id, [], []
    for step in range(1, STEPS_MAX):
        code = office.codes[step - 1]
        gate.wire.is_cut = other.wire.is_cut = is_cut

        async def let_in(lane: WiredGate, code: str = code) -> Any:
            answer = await lane.scan(code, opens_arm=True)
            return lane.session.supervision.do(NoteBody(GRANTED, answer.claim_id))

        was_opened, place, has_died = await end_at(office, gate, place, step, let_in)
        elsewhere = await other.scan(code) if is_cut and was_opened is None else None
        await other.mend()
        gate = await open_again(office, place, gate.device)
        await gate.mend()
        if elsewhere is not None:
            assert (elsewhere.reason, elsewhere.mode) == ("ok", "offline")
        after.append((await gate.scan(code)).reason)
        await gate.sync()
        names.append(await named(office))
        await gate.session.close()
        if not has_died:
            break
    # At the last step but one the grant was on disk, and the arm may have opened.
    assert not any(names[:-2])
    assert [*names[-2]] == ["double_use"] * is_cut
    assert set(after[:-2]) == ({"already_used"} if is_cut else {"ok"})
    assert set(after[-2:]) == {"already_used"}
    await other.session.close()


async def test_till_that_dies_at_any_step_of_a_sale_has_sold_it_whole_or_not_at_all(
    ledger_office: LedgerOffice, tmp_path: Path
) -> None:
    """Receipts without a gap, stock that adds up, and each sale booked once."""
    office = ledger_office
    till = await open_gate(office, tmp_path / "till", 0, role="till")
    await till.sync()
    assert till.session.till is not None
    left = till.session.till.left(1)
    await till.session.close()
    place = tmp_path / "till" / till.id
    sold: list[Any] = []
    now_left = left
    for step in range(1, STEPS_MAX):

        async def sell(program: WiredGate) -> Any:
            assert program.session.till is not None
            return await sell_at(program.session, 1, 2, "cash", "cs_1")

        sale, place, has_died = await end_at(office, till, place, step, sell)
        sold += [] if sale is None else [sale]
        risen = await open_again(office, place, till.device)
        assert risen.session.till is not None
        sold.append(await sell_at(risen.session, 1, 1, "cash", "cs_1"))
        now_left = risen.session.till.left(1)
        await risen.session.close()
        if not has_died:
            break
    assert step > 1, "there was something to die at"
    risen = await open_again(office, place, till.device)
    await risen.mend()
    await risen.session.close()
    numbers = [sale.receipt_number for sale in sold]
    assert numbers == sorted(set(numbers))
    async with office.office.database.read(org=SYSTEM) as session:
        orders = (await session.execute(select(Order))).scalars().all()
        tickets = (await session.execute(select(func.count()).select_from(Ticket))).scalar_one()
    booked = tickets - len(office.tickets)
    assert len(orders) == numbers[-1], "also those that nobody saw the end of"
    assert booked == left - now_left
    assert sum(order.total_minor for order in orders) == booked * 2_500
    assert await named(office) == {}


async def tell(office: LedgerOffice) -> dict[str, Any]:
    """Tell what the books say: orders, tickets, refunds, uses, and what is sold."""
    async with office.office.database.read(org=SYSTEM) as session:
        orders = (await session.execute(select(Order))).scalars().all()
        tickets = (await session.execute(select(Ticket.state))).scalars().all()
        refunds = (await session.execute(select(Refund.amount_minor))).scalars().all()
    kinds = await office.office.ok("GET", f"{office.path}/ticket-types", office.owner)
    return {
        "orders": sorted((order.state, order.total_minor) for order in orders),
        "tickets": sorted(tickets),
        "refunds": sorted(refunds),
        "sold": [kind["sold"] for kind in kinds],
    }


Request = Callable[[LedgerOffice, GateDevice, str], Awaitable[Any]]


async def claim(office: LedgerOffice, gate: GateDevice, _order: str) -> Any:
    """Claim a ticket under an id that is kept."""
    answer = await office.claimed(gate, office.codes[0], "claim-of-the-dead")
    other = await office.claimed(gate, office.codes[0])
    return answer["verdict"], answer["reason"], other["reason"]


async def upload(office: LedgerOffice, gate: GateDevice, _order: str) -> Any:
    """Upload a journal with an admission."""
    answer = await office.exchanged(gate, gate.journal.entries)
    assert {one.status for one in answer.answers} <= {"stored", "known"}
    uses = [item for item in await office.read_feed(gate) if isinstance(item, Use)]
    return [use.ticket_id for use in uses]


async def order(office: LedgerOffice, _gate: GateDevice, _order: str) -> Any:
    """Order tickets under a key that is kept."""
    line = {"ticket_type_id": office.ticket_type_id, "quantity": 3}
    made = await office.office.ok(
        "POST",
        f"{office.path}/orders",
        office.owner,
        json={"payment": "paid", "lines": [line]},
        headers={"idempotency-key": "order-of-the-dead"},
    )
    return made["order"]["state"], len(made["tickets"])


async def cancel(office: LedgerOffice, _gate: GateDevice, order_id: OrderId) -> Any:
    """Cancel an order that is paid."""
    path = f"{office.path}/orders/{order_id}/cancel"
    return await office.office.ok("POST", path, office.owner, json={"reason": "ill"})


@pytest.mark.parametrize("published", ["sqlite"], indirect=True)
@pytest.mark.parametrize("request_", [claim, upload, order, cancel])
async def test_server_that_dies_anywhere_in_a_commit_answers_the_same_when_asked_again(
    published: tuple[Settings, LedgerOffice], tmp_path: Path, request_: Request
) -> None:
    """Its log ends, or is torn, at any place: all of the request is there, or nothing of it."""
    settings, template = published
    file = settings.sqlite_file
    assert file is not None
    log = file.with_name(file.name + "-wal")
    async with open_ledger_office_again(settings, template) as office:
        gate = await office.enrol(0)
        office.scan(gate, 1)
        line = {"ticket_type_id": office.ticket_type_id, "quantity": 2}
        body = {"payment": "paid", "lines": [line]}
        made = await office.office.ok("POST", f"{office.path}/orders", office.owner, json=body)
        shutil.copyfile(file, tmp_path / "before.db")
        before = log.read_bytes()
        answered = await request_(office, gate, made["order"]["id"])
        after = log.read_bytes()
        books = await tell(office)
    assert after.startswith(before)
    written = len(after) - len(before)
    assert written > 0
    for place in (0, written // 3, 2 * written // 3, written - 1):
        dead = tmp_path / f"dead{place}"
        shutil.copytree(settings.data_folder / "secrets", dead / "secrets")
        shutil.copyfile(tmp_path / "before.db", dead / file.name)
        torn = after[: len(before) + place]
        (dead / log.name).write_bytes(torn + bytes(written - place))
        found = msgspec.structs.replace(
            settings, database=f"sqlite:///{dead / file.name}", data_folder=dead
        )
        async with open_ledger_office_again(found, office) as again:
            assert await request_(again, gate, made["order"]["id"]) == answered, place
            assert await tell(again) == books, place


async def fill_up(gate: WiredGate) -> apsw.Connection:
    """Let a gate's disk have no room left; returns what gives it room again."""
    connection = gate.session.store.journal._connection
    connection.pragma("max_page_count", connection.pragma("page_count"))
    with pytest.raises(StoreFault, match="disk is full"):
        while True:
            await gate.scan("no ticket " + 200 * "x")
    return connection


async def test_gate_whose_disk_was_full_goes_on_asking_the_ledger(
    ledger_office: LedgerOffice, tmp_path: Path
) -> None:
    """What cannot be kept says nothing of the server: nobody who is inside gets in by it."""
    office = ledger_office
    await set_policy(office, "open")
    gate, other = [await open_gate(office, tmp_path, number) for number in (0, 1)]
    for one in (gate, other):
        await one.sync()
    disk = await fill_up(gate)
    used = office.codes
    assert {(await other.scan(code)).verdict for code in used} == {"admit"}
    line = {"ticket_type_id": office.ticket_type_id, "quantity": 50}
    for _ in range(4):
        sold = {"payment": "paid", "lines": [line]}
        await office.office.ok("POST", f"{office.path}/orders", office.owner, json=sold)
    with pytest.raises(StoreFault, match="disk is full"):
        await gate.sync()
    disk.pragma("max_page_count", 2**30)
    after = [await gate.scan(code) for code in used]
    assert {(one.reason, one.mode) for one in after} == {("already_used", "online")}
    for one in (gate, other):
        await one.sync()
        await one.session.close()
    assert not await named(office)


class FillsUp:
    """A disk that is full as soon as a claim's id is on it, until it is given room again."""

    gate: WiredGate | None = None

    def __call__(self, name: str) -> None:
        if self.gate is None or name != "claim_intent.committed":
            return
        connection = self.gate.session.store.journal._connection
        connection.pragma("max_page_count", connection.pragma("page_count"))
        with pytest.raises(StoreFault, match="disk is full"):
            while True:
                self.gate.session.lane.refuse_line("no ticket")

    def make_room(self) -> None:
        """Let everything be kept again."""
        assert self.gate is not None
        self.gate.session.store.journal._connection.pragma("max_page_count", 2**30)
        self.gate = None


async def test_holder_whose_grant_the_full_disk_did_not_keep_gets_in_when_scanned_again(
    ledger_office: LedgerOffice, tmp_path: Path
) -> None:
    """Under the same claim, once, before any sync and after the feed has told of it."""
    office, disk = ledger_office, FillsUp()
    first = await open_gate(office, tmp_path, 0)
    await first.sync()
    await first.session.close()
    gate = await open_again(office, tmp_path / first.id, first.device, crash_point=disk)
    await gate.sync()
    codes = office.codes[:3]
    for code in codes:
        disk.gate = gate
        for _ in range(2):
            with pytest.raises(StoreFault, match="disk is full"):
                await gate.scan(code)
        disk.make_room()
    assert (await gate.scan(codes[0])).verdict == "admit"
    assert (await gate.scan(codes[0])).reason == "already_used"
    # Cut off, it lets nobody in whom it cannot, and gives the grant back.
    await gate.cut()
    apart = await gate.scan(codes[1])
    await gate.mend()
    assert (await gate.scan(codes[1])).verdict == ("deny" if apart.verdict == "admit" else "admit")
    told = await gate.scan(codes[2])
    assert (told.verdict, told.mode) == ("admit", "online")
    await gate.sync()
    feed = await office.read_feed(gate.device)
    uses = [one for one in feed if isinstance(one, Use)]
    taken_back = {one.claim_id for one in feed if isinstance(one, Annul)}
    standing = [one.ticket_id for one in uses if one.claim_id not in taken_back]
    assert sorted(standing) == sorted(office.tickets[:3])
    assert not await named(office)
    await gate.session.close()


async def test_gate_whose_key_was_damaged_signs_nothing_with_what_is_left(
    ledger_office: LedgerOffice, tmp_path: Path
) -> None:
    """Cut off, it would let people in by entries that nobody could ever believe."""
    office = ledger_office
    gate = await open_gate(office, tmp_path, 0)
    await gate.sync()
    await gate.scan(office.codes[0])
    await gate.session.close()
    place = tmp_path / gate.id
    seed = gate.device.key.seed
    other = bytes([seed[0] ^ 1]) + seed[1:]
    for file in place.glob(f"{DEVICE_KEY_NAME}*"):
        file.write_bytes(other)
    for _ in range(2):
        with pytest.raises(StoreFault, match=re.escape(DEVICE_KEY_NAME)):
            await open_again(office, place, gate.device)
    (place / DEVICE_KEY_NAME).write_bytes(seed)
    again = await open_again(office, place, gate.device)
    assert (await again.scan(office.codes[0])).reason == "already_used"
    assert (await again.scan(office.codes[1])).reason == "ok"
    await again.sync()
    await again.session.close()
    assert not await named(office)
