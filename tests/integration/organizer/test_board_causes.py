"""The doors-ready board over a real server, real gates and a real till, each a process of its own:
not green for each cause that it knows, and green again once that is mended."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from gatekeeper.attended_gate import AttendedGate
from gatekeeper.bootstrap import machine_system
from gatekeeper.organizer.board_lines import BoardLine, Check, Light
from gatekeeper.organizer.event_draft import ZoneDraft
from gatekeeper.organizer.own_server import OwnServer
from gatekeeper.organizer.plan import Kind, Thing
from gatekeeper.organizer.safekeeping import copy_to, draw_code, judge_copies, read_copies
from shared.journal.entry import READY, REHEARSED, NoteBody
from shared.kernel.errors import BadInput, EnvironmentFault
from tests.factories import programs
from tests.factories.board_watch import Board, Device, shifted
from tests.fakes.receipt_printer import NetworkPrinter
from tests.integration.organizer.test_own_server import draft_of, laptop, make_event, sit_down

__all__ = ["laptop"]
NORTH, SPARE, TILL = "north-1", "spare-1", "till-1"
FLOAT = 10_000


class Evening:
    """The board, and the programs that run beside it."""

    def __init__(self, board: Board, server: OwnServer, folder: Path) -> None:
        self.board, self.server, self.folder = board, server, folder
        self.running: dict[str, Device] = {}
        self.cashier = ""

    def start(self, name: str, *words: str, odd: tuple[str, ...] = ()) -> Device:
        """Start a device's program."""
        verb = ("till", "--lines") if name == TILL else ("lane", "--json")
        device = Device(verb[0], self.folder / name, *verb[1:], *words, odd=odd)
        self.running[name] = device
        return device

    async def end(self, name: str) -> None:
        """End a device's program in order."""
        await self.running.pop(name).end()

    def abandon(self) -> None:
        """End what still runs."""
        for device in self.running.values():
            device.thaw()
            device.kill()

    async def shift(self, what: str, amount: int = 0) -> None:
        """Let the till open or close its drawer."""
        line = {"shift": what, "amount_minor": amount, "cashier": self.cashier}
        answer = await self.running[TILL].ask(line)
        assert answer["ok"], answer


@pytest.mark.timeout(900)  # it waits for what devices say, a dozen times, at their own pace
async def test_the_board_is_red_for_each_cause_and_green_again(
    laptop: OwnServer, tmp_path: Path
) -> None:
    """From an event that nobody could enter to open doors, and through an evening's troubles."""
    desk = await sit_down(laptop)
    draft = msgspec.structs.replace(
        draft_of(),
        zones=(ZoneDraft(name="Hall", gates=("North",), capacity=800),),
        types=draft_of().types[:1],
        supervisors=(),
    )
    evening = Evening(Board(desk, await make_event(desk, draft)), laptop, tmp_path)
    try:
        await mend_the_plan(evening.board)
        await tend_the_gate(evening)
        await rehearse(evening)
        await lift_and_hand_again(evening)
        await open_the_till(evening)
        await print_something(evening)
        await set_clock_and_load_battery(evening)
        await lay_a_spare_ready(evening)
    finally:
        evening.abandon()
        await desk.office.close()


async def mend_the_plan(board: Board) -> None:
    """A plan without a gate or with a date of no zone, nobody to unlock a gate, not on sale."""
    plan, (gate,) = await board.things(Kind.GATE)
    await plan.remove(gate)
    assert (await board.line(Check.PLAN)).light is Light.RED
    await plan.undo()
    assert (await board.line(Check.PLAN)).light is Light.GREEN
    assert (await board.line(Check.PEOPLE)).light is Light.RED
    await board.desk.staff.add("Sam Okafor", "supervisor")
    assert (await board.line(Check.PEOPLE)).light is Light.GREEN
    assert await board.lines(Check.ODD) == []
    now = datetime.now(UTC)
    late = {"name": "Late", "doors_at": None}
    late |= {"starts_at": shifted(now, 400), "ends_at": shifted(now, 500)}
    await plan.save(Thing(kind=Kind.DATE, id="", etag="", fields=late), late)
    assert (await board.line(Check.ODD)).light is Light.AMBER
    await plan.undo()
    assert await board.lines(Check.ODD) == []
    assert (await board.line(Check.ON_SALE)).light is Light.RED
    await board.desk.put_on_sale(board.site)
    assert (await board.line(Check.ON_SALE)).light is Light.GREEN


async def tend_the_gate(evening: Evening) -> None:
    """A gate without a device, never heard, without tickets, and working by an older plan."""
    board = evening.board
    await board.until(Check.GATE, "no_device", Light.RED)
    await board.enrol("gate", "North", evening.folder / NORTH)
    await board.until(Check.GATE, "never_heard", Light.RED)
    north = evening.start(NORTH)
    await board.until(Check.GATE, "no_tickets", Light.RED)
    assert (await board.line(Check.HANDED_OVER)).light is Light.RED
    await board.hand_over()
    assert (await board.line(Check.HANDED_OVER)).light is Light.GREEN
    assert (await board.line(Check.FREEZE)).state == "locked"
    await board.until(Check.GATE, "heard", Light.GREEN)
    north.freeze()
    plan, (zone,) = await board.things(Kind.ZONE)
    await plan.save(zone, zone.fields | {"capacity": 850})
    await board.until(Check.GATE, "old_plan", Light.RED)
    north.thaw()
    await board.until(Check.GATE, "heard", Light.GREEN)


@asynccontextmanager
async def held(evening: Evening, name: str) -> AsyncIterator[AttendedGate]:
    """Hold a device in the hand, as its window does, while its lane's program is ended."""
    await evening.end(name)
    gate = await AttendedGate.open(evening.folder / name, system=machine_system())
    try:
        yield gate
    finally:
        await gate.close()
    evening.start(name)


async def rehearse(evening: Evening) -> None:
    """A gate without a rehearsal, with one that failed, and with one that passed."""
    board = evening.board
    await board.until(Check.REHEARSAL, "missing", Light.AMBER)
    async with held(evening, NORTH) as gate:
        for said, state, light in (("clock", "failed", Light.RED), (READY, "passed", Light.GREEN)):
            gate.supervision.do(NoteBody(REHEARSED, said))
            await gate.sync_once()
            line = await board.until(Check.REHEARSAL, state, light)
            assert line.detail == (NORTH if light is Light.RED else "")
    await board.until(Check.GATE, "heard", Light.GREEN)


async def lift_and_hand_again(evening: Evening) -> None:
    """A freeze that was lifted says who and why; other rules ask for another rehearsal."""
    board = evening.board
    plan, (zone,) = await board.things(Kind.ZONE)
    await plan.lift("nobody comes back in")
    line = await board.line(Check.FREEZE)
    assert (line.light, line.name, line.detail) == (Light.AMBER, "Ada", "nobody comes back in")
    await plan.save(zone, zone.fields | {"reentry_after_exit": False})
    await board.hand_over()
    assert (await board.line(Check.FREEZE)).light is Light.GREEN
    await board.until(Check.REHEARSAL, "missing", Light.AMBER)
    await board.until(Check.GATE, "heard", Light.GREEN)
    async with held(evening, NORTH) as gate:
        gate.supervision.do(NoteBody(REHEARSED, READY))
        await gate.sync_once()
    await board.until(Check.REHEARSAL, "passed", Light.GREEN)


async def open_the_till(evening: Evening) -> None:
    """A till never heard, with a key that no gate knows, a shut drawer, or an empty one."""
    board, desk = evening.board, evening.board.desk
    made = await desk.office.post(
        f"/organizations/{desk.organization.id}/cashiers",
        {"name": "Kim", "rights": {"sell": True, "see_expected": True}},
    )
    evening.cashier = str(made["cashier"]["id"])
    evening.running[NORTH].freeze()
    await board.enrol("till", "", evening.folder / TILL)
    await board.until(Check.TILL, "never_heard", Light.RED)
    evening.start(TILL)
    await board.until(Check.GATE, "other_keys", Light.RED)
    evening.running[NORTH].thaw()
    await board.until(Check.GATE, "heard", Light.GREEN)
    await board.until(Check.TILL, "no_shift", Light.RED)
    await evening.shift("open")
    await board.until(Check.TILL, "no_float", Light.AMBER)
    await evening.shift("count")
    await evening.shift("close")
    await board.until(Check.TILL, "no_shift", Light.RED)
    await evening.shift("open", FLOAT)
    await board.until(Check.TILL, "heard", Light.GREEN)


async def print_something(evening: Evening) -> None:
    """A printer whose cable is pulled has work that waits, until it is back."""
    board = evening.board
    words: tuple[str | Path, ...] = ("print", "--profile", evening.folder / TILL)
    await evening.end(TILL)
    with NetworkPrinter() as printer:
        assert await verb(*words, "--use", printer.address, "--test") == 0
    assert await verb(*words, "--test") == 1
    evening.start(TILL)
    await board.until(Check.TILL, "printer", Light.RED)
    await evening.end(TILL)
    with NetworkPrinter(printer.port):
        assert await verb(*words) == 0
    evening.start(TILL)
    await board.until(Check.TILL, "heard", Light.GREEN)


async def verb(*words: str | Path) -> int:
    """Run a verb to its end, and return its exit status."""
    command = [programs.GATEKEEPER, *words]
    return (await asyncio.to_thread(programs.run, command, seconds=60)).returncode


async def set_clock_and_load_battery(evening: Evening) -> None:
    """A gate whose clock is off and whose battery is low, until it is another machine's."""
    board = evening.board
    for odd, state in ((("--clock", "90"), "clock"), (("--battery", "12"), "battery")):
        await evening.end(NORTH)
        evening.start(NORTH, odd=odd)
        line = await board.until(Check.GATE, state, Light.AMBER)
        assert line.count in {89, 90, 91, 12}
    await evening.end(NORTH)
    evening.start(NORTH)
    await board.until(Check.GATE, "heard", Light.GREEN)


async def lay_a_spare_ready(evening: Evening) -> None:
    """A second device at a gate of one lane may be off."""
    board = evening.board
    await board.enrol("gate", "North", evening.folder / SPARE)
    line = await board.until(Check.SPARE, "ready", Light.GREEN)
    assert line.detail == SPARE
    assert (await board.line(Check.GATE)).light is Light.GREEN


async def test_the_board_says_when_another_laptop_could_not_take_over(
    laptop: OwnServer, tmp_path: Path
) -> None:
    """Nowhere, without a sheet, a stick that is pulled, and one that is there again."""

    def line(*, has_sheet: bool = True) -> BoardLine:
        return judge_copies(read_copies(laptop.folder), datetime.now(UTC), has_sheet=has_sheet)

    assert (line().state, line().light) == ("nowhere", Light.AMBER)
    stick = tmp_path / "stick"
    stick.mkdir()
    await draw_code(laptop)
    await copy_to(laptop, stick)
    await laptop.run_verb("copy", "now")
    assert line().state in {"good", "same_disk"}
    assert (line(has_sheet=False).state, line(has_sheet=False).light) == ("no_sheet", Light.AMBER)
    pulled = stick.rename(tmp_path / "pulled")
    with suppress(EnvironmentFault, BadInput):
        await laptop.run_verb("copy", "now")
    assert (line().state, line().light) == ("gone", Light.RED)
    pulled.rename(stick)
    await laptop.run_verb("copy", "now")
    assert line().state in {"good", "same_disk"}
    await laptop.run_verb("copy", "off")
