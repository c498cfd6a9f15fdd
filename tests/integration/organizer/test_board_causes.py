"""The doors-ready board over a real server, real gates and real tills, each a process of its own:
not green for each cause that it knows, and green again once that is mended."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest

from gatekeeper.device.attended_gate import AttendedGate
from gatekeeper.device.composition_root import machine_system
from gatekeeper.organizer.afterwards.reports_client import end_event, reopen_event
from gatekeeper.organizer.before_doors.doors_ready_judging import AWAY_AFTER
from gatekeeper.organizer.before_doors.doors_ready_lines import Cause, Check, Light
from gatekeeper.organizer.during.conflicts_client import list_conflicts, settle
from gatekeeper.organizer.during.evacuations_client import (
    EvacuationAct,
    find_evacuation,
    read_evacuations,
    say_evacuation,
)
from gatekeeper.organizer.during.pauses_client import read_pauses, say_pause
from gatekeeper.organizer.own_server import OwnServer
from gatekeeper.organizer.prepare.event_draft import ZoneDraft
from gatekeeper.organizer.prepare.plan_client import PlanItem, PlanKind
from gatekeeper.readers.window_readers import UNREAD
from shared.journal.entry import FALSE_PEER, READY, REHEARSED, NoteBody
from tests.factories import programs
from tests.factories.board_watch import PATIENCE_S, POLL_S, Board, Device, provokes, shifted
from tests.factories.strength import Strength, sized
from tests.fakes.receipt_printer import NetworkPrinter
from tests.integration.organizer.test_own_server import (
    PASSWORD,
    draft_of,
    laptop,
    make_event,
    sit_down,
)

__all__ = ["laptop"]
NORTH, SOUTH, TILL, OTHER_TILL = "north-1", "south-1", "till-1", "till-2"
FLOAT: Final = 10_000
BULK: Final = 700
"""Tickets in one order: more than a gate is pushed at once."""

TWICE: Final = {Cause.TILL_CLOCK, Cause.TILL_BEHIND, Cause.TILL_TROUBLE, Cause.GATE_BATTERY}
"""What a sample sees at the other kind of device only: both say it in the same report."""


class Evening:
    """The board, and the programs that run beside it."""

    def __init__(self, board: Board, server: OwnServer, folder: Path) -> None:
        self.board, self.server, self.folder = board, server, folder
        self.running: dict[str, Device] = {}
        self.cashier = ""

    def start(self, *names: str, odd: tuple[str, ...] = ()) -> None:
        """Start devices' programs."""
        for name in names:
            verb = ("till", "--lines") if name.startswith("till") else ("lane", "--json")
            folder = self.folder / name
            self.running[name] = Device(verb[0], folder, *verb[1:], odd=odd)

    async def end(self, *names: str) -> None:
        """End devices' programs in order."""
        await asyncio.gather(*(self.running.pop(name).end() for name in names))

    def cut(self, *names: str) -> None:
        """Cut devices' power."""
        for name in names:
            self.running.pop(name).kill()

    async def again(self, *names: str, odd: tuple[str, ...] = ()) -> None:
        """End devices' programs, and start them on machines that are thus."""
        await self.end(*names)
        self.start(*names, odd=odd)

    def abandon(self) -> None:
        """End what still runs."""
        for device in self.running.values():
            device.thaw()
            device.kill()

    async def shift(self, till: str, what: str, amount: int = 0) -> None:
        """Let a till open or close its drawer."""
        line = {"shift": what, "amount_minor": amount, "cashier": self.cashier}
        answer = await self.running[till].ask(line)
        assert answer["ok"], answer

    async def order(self, count: int) -> list[dict[str, Any]]:
        """Sell tickets at the office, of which all gates will know."""
        office, path = self.board.desk.api, self.board.site.path
        _, (kind,) = await self.board.things(PlanKind.TYPE)
        lines = [{"ticket_type_id": kind.id, "quantity": count}]
        sold = await office.post(f"{path}/orders", {"lines": lines, "payment": "paid"})
        return list(sold["tickets"])

    async def settle_all(self) -> None:
        """Decide about every conflict that is open."""
        office, site = self.board.desk.api, self.board.site
        for conflict in await list_conflicts(office, site):
            if conflict.is_open:
                await settle(office, site, conflict, "removed", "looked at")

    async def revoke(self, name: str, because: str) -> None:
        """Let a device be none any more."""
        devices = await self.board.desk.devices.list_all(self.board.site)
        device = next(one for one in devices if one.name == name)
        path = f"/organizations/{self.board.site.organization_id}/devices/{device.id}/revoke"
        await self.board.desk.api.post(path, {"reason": because})


@provokes(
    *(Cause.PLAN_REFUSED, Cause.ODD, Cause.NOT_ON_SALE, Cause.OVER, Cause.NEVER_HANDED_OVER),
    *(Cause.FREEZE_LIFTED, Cause.KEYS_END, Cause.KEYS_FORMER),
    *(Cause.PEOPLE_NONE, Cause.PEOPLE_NO_CASHIER, Cause.CONFLICTS_OPEN, Cause.FALSE_DEVICE),
    *(Cause.REHEARSAL_MISSING, Cause.REHEARSAL_FAILED, Cause.LAPTOP_CLOCK),
    *(one for one in Cause if one.name.startswith(("GATE_", "TILL_")) and one.light),
)
@pytest.mark.timeout(900)
async def test_the_board_is_red_for_each_cause_and_green_again(
    laptop: OwnServer, tmp_path: Path
) -> None:
    """From an event that nobody could enter to open doors, and through an evening's troubles."""
    desk = await sit_down(laptop)
    kind = msgspec.structs.replace(draft_of().types[0], quantity=5_000)
    draft = msgspec.structs.replace(
        draft_of(),
        zones=(ZoneDraft(name="Hall", gates=("North", "South"), capacity=800),),
        types=(kind,),
        supervisors=(),
    )
    evening = Evening(Board(desk, await make_event(desk, draft)), laptop, tmp_path)
    try:
        await mend_the_plan(evening.board)
        await set_up_gates_and_till(evening)
        await freeze_and_change(evening)
        await bound_a_key(evening)
        await pause_the_hall(evening)
        await end_the_event(evening)
        await evacuate_the_hall(evening)
        await run_odd_machines(evening)
        await meet_at_two_lanes(evening)
        await cut_power_and_copy_devices(evening)
        await rehearse(evening)
        lines = await evening.board.lines()
        assert {line.light for line in lines} == {Light.GREEN}, lines
        story = test_the_board_is_red_for_each_cause_and_green_again
        evening.board.lights.prove(story, but=sized(TWICE, set()))
    finally:
        evening.abandon()
        await desk.api.close()


async def mend_the_plan(board: Board) -> None:
    """A plan without a gate or with a date of no zone, nobody to unlock a gate, not on sale."""
    plan, gates = await board.things(PlanKind.GATE)
    await plan.remove(gates[0])
    await plan.remove(gates[1])
    await board.see(Cause.PLAN_REFUSED, Cause.PEOPLE_NONE, Cause.NOT_ON_SALE)
    await plan.undo()
    await plan.undo()
    await board.desk.staff.add("Sam Okafor", "supervisor")
    now = datetime.now(UTC)
    late = {"name": "Late", "doors_at": None}
    late |= {"starts_at": shifted(now, 400), "ends_at": shifted(now, 500)}
    await plan.save(PlanItem(kind=PlanKind.DATE, id="", etag="", fields=late), late)
    await board.see(Cause.ODD)
    await plan.undo()
    board.laptop_ahead = timedelta(hours=-7)
    await board.see(Cause.LAPTOP_CLOCK)
    board.laptop_ahead = timedelta()
    await board.see(Cause.ODD)  # nobody has a ticket yet, and there is no till
    await board.desk.put_on_sale(board.site)
    await board.green(Check.PLAN, Check.PEOPLE, Check.ON_SALE)


async def set_up_gates_and_till(evening: Evening) -> None:
    """Without a device, never heard, without tickets; nobody to open the till, no float."""
    board, desk = evening.board, evening.board.desk
    await board.see((Cause.GATE_NO_DEVICE, "North"), (Cause.GATE_NO_DEVICE, "South"))
    await board.enrol("gate", "North", evening.folder / NORTH)
    await board.enrol("gate", "South", evening.folder / SOUTH)
    await board.enrol("till", "", evening.folder / TILL)
    await board.see(Cause.GATE_NEVER_HEARD, Cause.TILL_NEVER_HEARD, Cause.PEOPLE_NO_CASHIER)
    made = await desk.api.post(
        f"/organizations/{desk.organization.id}/cashiers",
        {"name": "Kim", "rights": {"sell": True, "see_expected": True}},
    )
    evening.cashier = str(made["cashier"]["id"])
    evening.start(NORTH, SOUTH, TILL)
    await board.see(
        (Cause.GATE_NO_TICKETS, "North"), Cause.TILL_NO_TICKETS, Cause.NEVER_HANDED_OVER
    )
    await board.hand_over()
    await board.see(Cause.TILL_NO_SHIFT, Cause.FREEZE_LOCKED)
    await evening.shift(TILL, "open")
    await board.see(Cause.TILL_NO_FLOAT)
    await evening.shift(TILL, "count")
    await evening.shift(TILL, "close")
    await evening.shift(TILL, "open", FLOAT)
    await board.green(Check.GATE, Check.TILL, Check.HANDED_OVER, Check.PEOPLE, Check.ODD)


async def freeze_and_change(evening: Evening) -> None:
    """A gate and a till that stand still know neither a new till's key nor the newest plan.

    Once they go on, they learn of both by themselves. The freeze of what gates were handed is
    lifted meanwhile, and holds again.
    """
    board, still = evening.board, (evening.running[NORTH], evening.running[TILL])
    for device in still:
        device.freeze()
    await board.enrol("till", "", evening.folder / OTHER_TILL)
    evening.start(OTHER_TILL)
    await evening.shift(OTHER_TILL, "open", FLOAT)
    await board.see((Cause.GATE_OTHER_KEYS, "North"), (Cause.TILL_OTHER_KEYS, TILL))
    plan, (zone,) = await board.things(PlanKind.ZONE)
    await plan.lift("nobody comes back in")
    lines = await board.see(Cause.FREEZE_LIFTED)
    lift = next(line for line in lines if line.cause is Cause.FREEZE_LIFTED)
    assert (lift.name, lift.detail) == ("Ada", "nobody comes back in")
    await plan.save(zone, zone.fields | {"reentry_after_exit": False})
    await board.hand_over()
    await board.see((Cause.GATE_OLD_PLAN, "North"), (Cause.TILL_OLD_PLAN, TILL))
    for device in still:
        device.thaw()


async def run_odd_machines(evening: Evening) -> None:
    """Slow lines and scanners, a wrong clock, a low battery, cables of a printer and a reader."""
    board = evening.board
    await sized(befall_some, befall_all)(evening)
    await evening.again(NORTH, odd=("--reader", "absent"))
    await evening.again(SOUTH, odd=("--reader", UNREAD.state))
    await board.see((Cause.GATE_READER, "North"), (Cause.GATE_UNREAD, "South"))
    await evening.again(NORTH, odd=("--no-push",))
    await board.see((Cause.GATE_ASKING, "North"))
    await evening.again(NORTH)
    await evening.end(SOUTH, OTHER_TILL)
    words: tuple[str | Path, ...] = ("print", "--profile", evening.folder / OTHER_TILL)
    with NetworkPrinter() as printer:
        assert await verb(*words, "--use", printer.address, "--test") == 0
    assert await verb(*words, "--test") == 1
    evening.start(SOUTH, OTHER_TILL)
    await board.see((Cause.TILL_PRINTER, OTHER_TILL))
    await evening.end(OTHER_TILL)
    with NetworkPrinter(printer.port):
        assert await verb(*words) == 0
    evening.start(OTHER_TILL)
    await board.green(Check.GATE, Check.TILL)


async def befall_all(evening: Evening) -> None:
    """Let each trouble of a machine befall a gate and a till."""
    board = evening.board
    await evening.again(NORTH, TILL, odd=("--thin",))
    await evening.again(SOUTH, OTHER_TILL, odd=("--clock", "90"))
    await board.see((Cause.GATE_CLOCK, "South"), (Cause.TILL_CLOCK, OTHER_TILL))
    await evening.order(BULK)
    await board.see((Cause.GATE_BEHIND, "North"), (Cause.TILL_BEHIND, TILL))
    evening.cut(NORTH, TILL)
    evening.start(NORTH, TILL)
    await evening.again(SOUTH, OTHER_TILL, odd=("--battery", "12"))
    await board.see((Cause.GATE_BATTERY, "South"), (Cause.TILL_BATTERY, OTHER_TILL))


async def befall_some(evening: Evening) -> None:
    """Let each trouble of a machine befall one device."""
    await evening.again(NORTH, odd=("--thin",))
    await evening.again(SOUTH, odd=("--clock", "90"))
    await evening.again(OTHER_TILL, odd=("--battery", "12"))
    await evening.board.see((Cause.GATE_CLOCK, "South"), (Cause.TILL_BATTERY, OTHER_TILL))
    await evening.order(BULK)
    await evening.board.see((Cause.GATE_BEHIND, "North"))
    evening.cut(NORTH)
    evening.start(NORTH)


async def verb(*words: str | Path) -> int:
    """Run a verb to its end, and return its exit status."""
    command = [programs.GATEKEEPER, *words]
    return (await asyncio.to_thread(programs.run, command, seconds=60)).returncode


async def bound_a_key(evening: Evening) -> None:
    """Tickets end before the event, of the key that signs and of one that is replaced."""
    board, office = evening.board, evening.board.desk.api
    keys = f"/organizations/{board.desk.organization.id}/keys"
    soon = shifted(datetime.now(UTC), 30)

    async def bound() -> str:
        found = await office.list_all(keys, event_id=board.site.event_id, purpose="ticket")
        name = str(next(key["name"] for key in found if key["state"] == "active"))
        await office.post(f"{keys}/{name}/bound", {"admits_until": soon})
        return name

    await evening.order(1)
    await bound()
    await board.see(Cause.KEYS_END)
    await board.desk.lift_bounds(board.site)
    await board.green(Check.KEYS)
    await office.post(f"{keys}/{await bound()}/rotate", {})
    await board.see(Cause.KEYS_FORMER)
    await board.desk.lift_bounds(board.site)
    await board.green(Check.KEYS, Check.GATE, Check.TILL)


async def pause_the_hall(evening: Evening) -> None:
    """A pause keeps doors from being ready, and holders waiting; one press ends both."""
    board, office = evening.board, evening.board.desk.api
    (ticket,) = await evening.order(1)
    path = f"{board.site.path}/tickets/{ticket['id']}/credential"
    code = {"code": str((await office.get(path))["digits"])}
    hall = next(one for one in (await read_pauses(office, board.site)).places if one.is_zone)
    await say_pause(office, board.site, hall, is_paused=True)
    await board.see((Cause.GATE_PAUSED, "North"), (Cause.GATE_PAUSED, "South"))
    answer = await evening.running[NORTH].ask(code)
    assert (answer["verdict"], answer["reason"]) == ("deny", "rules_denied"), answer
    await say_pause(office, board.site, hall, is_paused=False)
    await board.green(Check.GATE)


async def end_the_event(evening: Evening) -> None:
    """An event that was ended lets nobody in, which the board says; opened again it goes on."""
    board, office = evening.board, evening.board.desk.api
    codes = []
    for ticket in await evening.order(2):
        path = f"{board.site.path}/tickets/{ticket['id']}/credential"
        codes.append({"code": str((await office.get(path))["digits"])})

    async def says(code: dict[str, str], reason: str) -> None:
        """Wait until the gate has heard what its answer comes of."""
        for _ in range(int(PATIENCE_S / POLL_S)):
            if (await evening.running[NORTH].ask(code))["reason"] == reason:
                return
            await asyncio.sleep(POLL_S)
        pytest.fail(f"the gate never says {reason}")

    await end_event(office, board.site)
    await board.see(Cause.OVER)
    await says(codes[0], "expired")
    await reopen_event(office, board.site)
    await board.green(Check.ON_SALE)
    await says(codes[1], "ok")


async def evacuate_the_hall(evening: Evening) -> None:
    """An evacuation keeps doors from being ready until its return is ended too."""
    board, office = evening.board, evening.board.desk.api
    _, (hall, *_) = await board.things(PlanKind.ZONE)

    async def say(act: EvacuationAct) -> None:
        under_way = find_evacuation(await read_evacuations(office, board.site), hall.id)
        await say_evacuation(office, board.site, act, hall.id, PASSWORD, under_way)

    for act in (EvacuationAct.STOP, EvacuationAct.RETURN):
        await say(act)
        await board.see((Cause.GATE_EVACUATED, "North"), (Cause.GATE_EVACUATED, "South"))
    await say(EvacuationAct.OVER)
    await board.green(Check.GATE)


async def meet_at_two_lanes(evening: Evening) -> None:
    """The server stands still, and both lanes let a copy in: a conflict, until it is settled."""
    board, office = evening.board, evening.board.desk.api
    (ticket,) = await evening.order(1)
    path = f"{board.site.path}/tickets/{ticket['id']}/credential"
    code = {"code": str((await office.get(path))["digits"])}
    await board.green(Check.GATE)
    with stopped(evening.server):
        for name in (NORTH, SOUTH):
            answer = await evening.running[name].ask(code)
            assert (answer["verdict"], answer["mode"]) == ("admit", "offline"), answer
    await board.see(Cause.CONFLICTS_OPEN)
    await evening.settle_all()
    await board.green(Check.CONFLICTS, Check.GATE)


@contextmanager
def stopped(server: OwnServer) -> Iterator[None]:
    """Let the server's programs stand still for a while."""
    assert server._started is not None
    group = os.getpgid(server._started.process.pid)
    assert group != os.getpgid(0)
    os.killpg(group, signal.SIGSTOP)
    try:
        yield
    finally:
        os.killpg(group, signal.SIGCONT)


async def cut_power_and_copy_devices(evening: Evening) -> None:
    """Copies sign the same journals; where the power is cut, a gate and a till fall silent."""
    board, loop = evening.board, asyncio.get_running_loop()
    evening.cut(NORTH, TILL)
    cut_at = loop.time()
    await evening.end(SOUTH, OTHER_TILL)
    sale = {"sell": [{"type": 1, "count": 1}], "tenders": [{"kind": "cash"}]}
    lines: dict[str, dict[str, Any]] = {
        SOUTH: {"code": "no ticket"},
        OTHER_TILL: sale | {"cashier": evening.cashier},
    }
    seen = {SOUTH: (Cause.GATE_TROUBLE, "South"), OTHER_TILL: (Cause.TILL_TROUBLE, OTHER_TILL)}
    copied = sized((SOUTH,), (SOUTH, OTHER_TILL))
    for name in copied:
        shutil.copytree(evening.folder / name, evening.folder / f"{name}-copied")
    for suffix in ("", "-copied"):
        evening.start(*(f"{name}{suffix}" for name in copied))
        for name in copied:
            answer = await evening.running[f"{name}{suffix}"].ask(lines[name])
            assert "error" not in answer, answer
        await evening.end(*(f"{name}{suffix}" for name in copied))
    await board.see(*(seen[name] for name in copied))
    for name in lines:
        await evening.revoke(name, "copied")
    await evening.settle_all()
    await board.enrol("gate", "South", evening.folder / "south-2")
    evening.start("south-2")
    await board.see((Cause.GATE_HEARD, "South"))
    # The desk looks later than it is, by as much as nobody waits here; whoever lives is heard.
    if not Strength.is_whole:
        since = timedelta(seconds=loop.time() - cut_at)
        board.ahead = max(timedelta(), AWAY_AFTER - since + timedelta(seconds=1))
    await board.see_at_once(
        (Cause.GATE_SILENT, "North"), (Cause.TILL_SILENT, TILL), (Cause.GATE_HEARD, "South")
    )
    board.ahead = timedelta()
    evening.start(NORTH, TILL)


@asynccontextmanager
async def held(evening: Evening, *names: str) -> AsyncIterator[list[AttendedGate]]:
    """Hold gates in the hand, as their windows do, while their lanes' programs are ended."""
    await evening.end(*names)
    system = machine_system()
    async with AsyncExitStack() as stack:
        gates = []
        for name in names:
            gates.append(await AttendedGate.open(evening.folder / name, system=system))
            stack.push_async_callback(gates[-1].close)
        yield gates
    evening.start(*names)


async def rehearse(evening: Evening) -> None:
    """Gates without a rehearsal since the handing, with one that failed, and with one passed."""
    board = evening.board
    async with held(evening, NORTH, "south-2") as gates:
        await board.see(Cause.REHEARSAL_MISSING, Cause.CONFLICTS_NONE)
        devices = await board.desk.devices.list_all(board.site)
        south = next(one for one in devices if one.name == "south-2")
        gates[0].supervision.do(NoteBody(FALSE_PEER, f"{south.id} flooding"))
        gates[0].supervision.do(NoteBody(REHEARSED, "clock"))
        await gates[0].sync_once()
        lines = await board.see(Cause.REHEARSAL_FAILED, Cause.FALSE_DEVICE)
        assert next(one for one in lines if one.check is Check.FALSE_DEVICE).name == south.name
        await evening.settle_all()
        assert next(one for one in lines if one.check is Check.REHEARSAL).detail == NORTH
        for gate in gates:
            gate.supervision.do(NoteBody(REHEARSED, READY))
            await gate.sync_once()
        await board.see(Cause.REHEARSAL_PASSED)
    await board.enrol("gate", "North", evening.folder / "spare-1")
    await board.see(Cause.SPARE_READY)
    await board.green(*Check)
