"""Practice: a till sells and prints in a world of its own, and gates admit only in that world."""

from __future__ import annotations

from datetime import UTC
from pathlib import Path

import pytest

from gatekeeper.boxoffice.name_and_tax_number_on_papers import issuer_of
from gatekeeper.boxoffice.shift_requests import ShiftRequest
from gatekeeper.device.opened_gate import GateSession
from gatekeeper.device.practice import make_practice
from gatekeeper.gate.requests import Scan
from gatekeeper.presenters.colors import THEMES
from gatekeeper.presenters.gate.bar_facts import alone_fact, bottom_facts, top_facts
from gatekeeper.presenters.gate.verdict_content import describe_answer, describe_practice
from shared.admission.reasons import Reason
from shared.kernel.errors import BadInput, ServerFault
from shared.kernel.id_types import DeviceId
from shared.kernel.instant import HOUR, MINUTE, Duration, Instant
from shared.sales.cashier_rights import CashierRights
from shared.sales.cashiers import CashierConfig
from tests.factories.gate_event import STANDARD, STARTS
from tests.factories.gate_profile import PairedGate
from tests.factories.till_house import basket, cash, make_market, sales_of
from tests.fakes.sync_server import FakeSyncServer

MARA = CashierConfig(id="cs_1", name="Mara", badge_hash="m" * 64, rights=CashierRights(sell=True))


@pytest.fixture
def server() -> FakeSyncServer:
    made = make_market()
    made.cashiers = (MARA,)
    made.clock.set_wall(STARTS - 24 * HOUR)
    return made


async def learned(folder: Path, server: FakeSyncServer, name: str, role: str) -> PairedGate:
    """Enrol a device and let it sync once; its clock stands a day before doors."""
    paired = PairedGate(folder, server, device_id=DeviceId(name), role=role)
    await sync_at(paired, STARTS - 24 * HOUR)
    return paired


async def sync_at(paired: PairedGate, wall: Instant) -> None:
    """Let a device sync whose own clock says this."""
    paired.clock.set_wall(wall)
    session = await GateSession.open(paired.folder, system=paired.system())
    await session.sync_once()
    await session.close()


async def practising(paired: PairedGate) -> GateSession:
    """Open a device's practice."""
    world = await make_practice(paired.folder, paired.system())
    session = await GateSession.open(world.folder, system=world.system)
    session.keep_drawer()
    return session


async def test_what_a_till_sells_in_practice_opens_gates_in_practice_and_no_others(
    tmp_path: Path, server: FakeSyncServer
) -> None:
    """By the same keys on every device of the event, without anybody being asked."""
    till = await practising(await learned(tmp_path / "till", server, "dv_till", "till"))
    assert till.shifts.do(_open()).ok
    request = basket((STANDARD, 2), tenders=(cash(),))
    sale = (await till.till.sell(request)).sold()
    assert sale.receipt_number == 1
    assert issuer_of(till.profile).is_practice
    north = await learned(tmp_path / "north", server, "dv_north", "gate")
    gate = await practising(north)
    first, second = sale.tickets
    assert (await gate.scan(Scan(first.digits))).reason == Reason.OK
    assert (await gate.scan(Scan(first.digits))).reason == Reason.ALREADY_USED
    await gate.close()
    live = await GateSession.open(north.folder, system=north.system())
    answer = await live.scan(Scan(second.digits))
    assert (answer.verdict, answer.reason) == ("deny", Reason.UNKNOWN_KEY)
    await live.close()
    await till.close()


async def test_a_live_ticket_is_denied_aloud_in_practice(
    tmp_path: Path, server: FakeSyncServer
) -> None:
    """A guest's real ticket is not spent there, nor let in; and nobody is told to mend a cable."""
    code = server.office.sell()
    server.publish()
    north = await learned(tmp_path / "north", server, "dv_north", "gate")
    gate = await practising(north)
    answer = await gate.scan(Scan(code))
    assert (answer.verdict, answer.reason) == ("deny", Reason.WRONG_EVENT)
    with pytest.raises(ServerFault):
        await gate.sync_once()
    now, status = north.clock.wall(), gate.status()
    verdict = describe_answer(answer, now=now, zone=UTC)
    assert describe_practice(verdict, answer).word == "Practice"
    listed = await gate.scan(Scan("LN-100000"))  # by a list or a manual code none is known here
    verdict = describe_answer(listed, now=now, zone=UTC)
    assert describe_practice(verdict, listed).word == "Practice"
    top = top_facts(status, now, UTC)
    assert "PRACTICE: nothing counts" in [fact.text for fact in top]
    below = bottom_facts(gate.status(), is_audible=True, look=THEMES["dark"].page)
    assert [fact.text for fact in below] == ["Nothing is sent", "Admitted 0 · Denied 2", ""]
    alone = alone_fact(status, alone_since=now, now=now, zone=UTC)
    assert alone.text.startswith("Practice: takes what tills sell in practice")
    await gate.close()


async def test_nothing_of_practice_reaches_the_ledger_the_stock_or_the_drawer(
    tmp_path: Path, server: FakeSyncServer
) -> None:
    """The live till's numbers, allotment, shift and journal are as before; nothing is uploaded."""
    paired = await learned(tmp_path / "till", server, "dv_till", "till")
    live = await GateSession.open(paired.folder, system=paired.system())
    before = (live.store.journal.last_seq, live.till.left(STANDARD))
    await live.close()
    till = await practising(paired)
    assert till.shifts.do(_open()).ok
    for _ in range(3):
        assert (await till.till.sell(basket((STANDARD, 1), tenders=(cash(),)))).is_ok
    with pytest.raises(ServerFault):
        await till.sync_once()
    await till.close()
    live = await GateSession.open(paired.folder, system=paired.system(), starts_boot=False)
    await live.sync_once()
    assert (live.store.journal.last_seq, live.till.left(STANDARD)) == before
    assert live.shifts.current() is None
    assert sales_of(live) == []
    await live.close()


async def test_each_practice_begins_anew_with_ids_of_its_own(
    tmp_path: Path, server: FakeSyncServer
) -> None:
    """Receipts count from 1 again, and no ticket is one of the practice before."""
    paired = await learned(tmp_path / "till", server, "dv_till", "till")
    seen: set[str] = set()
    for _ in range(2):
        till = await practising(paired)
        assert till.shifts.do(_open()).ok
        sale = (await till.till.sell(basket((STANDARD, 2), tenders=(cash(),)))).sold()
        assert sale.receipt_number == 1
        seen |= {ticket.ticket_id for ticket in sale.tickets}
        await till.close()
    assert len(seen) == 4


async def test_practice_ends_by_itself_before_doors(
    tmp_path: Path, server: FakeSyncServer
) -> None:
    """None is begun then; one that still runs sells nothing, and its tickets open nothing."""
    paired = await learned(tmp_path / "till", server, "dv_till", "till")
    north = await learned(tmp_path / "north", server, "dv_north", "gate")
    till, gate = await practising(paired), await practising(north)
    assert till.shifts.do(_open()).ok
    sale = (await till.till.sell(basket((STANDARD, 1), tenders=(cash(),)))).sold()
    config = server.office.config
    doors = min(one.doors_at or one.starts_at for one in config.occurrences)
    for device in (paired, north):
        device.clock.advance(Duration(doors - 4 * MINUTE - device.clock.wall()))
    answer = await till.till.sell(basket((STANDARD, 1), tenders=(cash(),)))
    assert answer.reason == "not_on_sale"
    assert (await gate.scan(Scan(sale.tickets[0].digits))).verdict != "admit"
    await till.close()
    await gate.close()
    with pytest.raises(BadInput, match="doors"):
        await make_practice(paired.folder, paired.system())


async def test_a_clock_that_is_wrong_neither_begins_practice_amid_doors_nor_forbids_it_before(
    tmp_path: Path, server: FakeSyncServer
) -> None:
    """What the server has said of the time counts, also in practice; a clock known as slow waits.

    Guests would be turned away by a gate that practises.
    """
    paired = await learned(tmp_path, server, "dv_till", "till")
    await sync_at(paired, STARTS + MINUTE)
    till = await practising(paired)
    assert till.shifts.do(_open()).ok
    assert (await till.till.sell(basket((STANDARD, 1), tenders=(cash(),)))).is_ok
    await till.close()
    server.clock.set_wall(STARTS + MINUTE)
    await sync_at(paired, STARTS - 24 * HOUR)
    with pytest.raises(BadInput, match="doors"):
        await make_practice(paired.folder, paired.system())
    paired.clock.reboot()
    paired.clock.set_wall(STARTS - 24 * 365 * HOUR)
    with pytest.raises(BadInput, match="clock"):
        await make_practice(paired.folder, paired.system())


async def test_a_device_that_knows_no_event_cannot_practise(
    tmp_path: Path, server: FakeSyncServer
) -> None:
    """It says what to do."""
    paired = PairedGate(tmp_path, server, role="till")
    with pytest.raises(BadInput, match="sync once"):
        await make_practice(paired.folder, paired.system())


def _open() -> ShiftRequest:
    return ShiftRequest(act="open", amount_minor=10_000, cashier="cs_1")
