"""A server on the organizer's laptop: made from nothing, outlives the desk, found again."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from gatekeeper.device.composition_root import enrolment_ways, machine_system
from gatekeeper.device.opened_gate import GateSession
from gatekeeper.gate.requests import Scan
from gatekeeper.organizer import own_server
from gatekeeper.organizer.before_doors.doors_ready_judging import judge_board
from gatekeeper.organizer.before_doors.doors_ready_lines import Check, Light
from gatekeeper.organizer.desk_and_events import Desk, find_organization, found_organization
from gatekeeper.organizer.during.conflicts_client import (
    list_conflicts,
    read_evidence,
    read_sides,
    settle,
)
from gatekeeper.organizer.during.live_board_channel import read_live
from gatekeeper.organizer.own_device import OwnDevices, WantedDevice
from gatekeeper.organizer.own_server import OwnServer, start_again
from gatekeeper.organizer.own_server_copies import copy_to, draw_code, judge_copies, read_copies
from gatekeeper.organizer.prepare.event_draft import DateDraft, EventDraft, TypeDraft, ZoneDraft
from gatekeeper.organizer.prepare.guest_imports_client import (
    BUSY,
    ListImport,
    WrongLine,
    bring_list,
    check_list,
    end_list,
    find_latest,
    is_mapped,
    read_list,
    read_report,
    read_wrong,
    start_list,
)
from gatekeeper.organizer.prepare.new_event import EventMaking
from gatekeeper.organizer.server_api import EventSite, ServerApi
from gatekeeper.sync.enrolment import enrol, read_code
from shared.credential.badges_and_pins import PIN_LENGTH_DRAWN
from shared.kernel.errors import BadInput, EnvironmentFault, Rejected, ServerFault
from tests.factories.free_ports import free_port
from tests.factories.programs import cold
from tests.factories.waiting import until

EMAIL, PASSWORD = "ada@example.org", "seven lamps over the gate"


def draft_of(nights: int = 1) -> EventDraft:
    start = datetime.now(UTC).replace(tzinfo=None, microsecond=0) + timedelta(hours=1)
    dates = tuple(
        DateDraft(
            name=f"Night {number + 1}",
            doors=start + timedelta(days=number, hours=-2),
            starts=start + timedelta(days=number),
            ends=start + timedelta(days=number, hours=5),
        )
        for number in range(nights)
    )
    return EventDraft(
        name="Night of the Lanterns",
        timezone="UTC",
        currency="EUR",
        dates=dates,
        zones=(
            ZoneDraft(name="Hall", gates=("North", "South"), capacity=800),
            ZoneDraft(name="Gallery", gates=("Stairs",)),
        ),
        types=(
            TypeDraft(name="Standing", price_minor=2500, quantity=500),
            TypeDraft(name="Gallery", price_minor=4000, zones=(1,)),
        ),
        supervisors=("Sam Okafor",),
        names_at_gates=True,
    )


@pytest.fixture(scope="module")
def laptop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnServer]:
    server = OwnServer(tmp_path_factory.mktemp("laptop") / "server", free_port())

    async def begin() -> None:
        await server.make_account("Ada", EMAIL, PASSWORD)
        await server.start()

    asyncio.run(begin())
    yield server
    asyncio.run(server.stop())


def kill(server: OwnServer) -> None:
    """Kill a server as a dead laptop does, all of it at once."""
    holder = server._holder()
    assert holder is not None
    os.kill(holder, signal.SIGKILL)
    assert server._started is not None
    server._started.process.wait(60)


async def sit_down(server: OwnServer) -> Desk:
    office = ServerApi(server.url, server.read_authority())
    await office.sign_in(EMAIL, PASSWORD)
    organization = await find_organization(office)
    if organization is None:
        entropy = machine_system().entropy
        name, zone = "Harbour Hall · Hafenhalle", "Pacific/Auckland"
        organization = await found_organization(office, name, entropy, zone)
    return Desk(office, organization, machine_system().entropy)


def set_up(desk: Desk, draft: EventDraft) -> EventMaking:
    return EventMaking(desk.api, desk.organization.id, draft, desk.entropy)


async def make_event(desk: Desk, draft: EventDraft) -> EventSite:
    return await set_up(desk, draft).run()


async def pair(desk: Desk, site: EventSite, gate_id: str, folder: Path) -> GateSession:
    """Make a device by the desk's line, and let it be in touch once."""
    pairing = await desk.devices.make_pairing(site, "gate", gate_id)
    system = machine_system()
    await enrol(
        system.open_disk(folder),
        read_code(None, pairing.text),
        name=folder.name,
        entropy=system.entropy,
        ways=enrolment_ways(),
    )
    session = await GateSession.open(folder, system=system)
    await session.sync_once()
    return session


async def test_an_event_goes_from_a_draft_to_an_open_gate(
    laptop: OwnServer, tmp_path: Path
) -> None:
    """A drafted event is made, published, handed over, and a real gate of it is in touch."""
    desk = await sit_down(laptop)
    setup = set_up(desk, draft_of())
    told: list[tuple[int, int]] = []
    site = await setup.run(lambda done, of: told.append((done, of)))
    await desk.put_on_sale(site)
    await desk.hand_to_gates(site)
    gates = await desk.list_gates(site)
    north = next(gate for gate, name in gates.items() if name == "North")

    session = await pair(desk, site, north, tmp_path / "north-1")
    await session.close()

    lines = judge_board(await desk.look(site), datetime.now(UTC))
    states = {line.name: line.state for line in lines if line.check is Check.GATE}
    # The server writes contacts down every few seconds: the board may not have heard yet.
    assert states.pop("North") in {"heard", "never_heard"}
    assert states == {"South": "no_device", "Stairs": "no_device"}
    unready = {line.check for line in lines if line.light is not Light.GREEN}
    assert unready == {Check.GATE, Check.REHEARSAL, Check.ODD}, "nobody has a ticket yet"
    assert told[-1][0] == told[-1][1]
    assert [(one.name, len(one.pin)) for one in setup.people] == [("Sam Okafor", PIN_LENGTH_DRAWN)]
    assert [one.name for one in await desk.devices.list_all(site)] == ["north-1"]
    await desk.api.close()


async def test_a_copy_at_two_cut_off_gates_is_shown_with_both_sides_and_settled(
    laptop: OwnServer, tmp_path: Path
) -> None:
    """Cut off, both gates let the copy in; the inbox shows both and keeps what is decided."""
    desk = await sit_down(laptop)
    site = await make_event(desk, msgspec.structs.replace(draft_of(), supervisors=()))
    await desk.put_on_sale(site)
    kinds = await desk.api.get(f"{site.path}/ticket-types")
    standing = next(kind["id"] for kind in kinds if kind["name"] == "Standing")
    order = await desk.api.post(
        f"{site.path}/orders",
        {"lines": [{"ticket_type_id": standing, "quantity": 1}], "payment": "paid"},
    )
    ticket = order["tickets"][0]["id"]
    credential = await desk.api.get(f"{site.path}/tickets/{ticket}/credential")
    await desk.hand_to_gates(site)
    gates = {name: gate for gate, name in (await desk.list_gates(site)).items()}
    sessions = [
        await pair(desk, site, gates[name], tmp_path / name) for name in ("North", "South")
    ]
    await desk.api.close()
    kill(laptop)
    for session in sessions:
        assert (await session.scan(Scan(credential["digits"]))).verdict == "admit"
    await laptop.start()
    for session in sessions:
        await session.sync_once()
        await session.close()

    desk = await sit_down(laptop)
    (conflict,) = await list_conflicts(desk.api, site)
    sides = await read_sides(desk.api, site, conflict.id)
    board = await read_live(desk.api, site)
    evidence = await read_evidence(desk.api, site, conflict.id)
    said = [
        await settle(desk.api, site, seen, decided, "the second was sent home")
        for seen, decided in ((conflict, "removed"), (conflict, "our_error"))
    ]
    (settled,) = await list_conflicts(desk.api, site)

    assert (conflict.kind, conflict.is_open, conflict.ticket) == ("double_use", True, ticket[-4:])
    assert sorted(side.gate for side in sides) == ["North", "South"]
    assert all(side.is_signed and side.count == 1 for side in sides)
    assert {(one.name, one.came) for one in board.gates} == {
        ("North", 1),
        ("South", 1),
        ("Stairs", 0),
    }
    assert evidence
    assert said == [None, "removed"], "who had seen it open does not decide over another's word"
    assert (settled.is_open, settled.disposition) == (False, "removed")
    assert await settle(desk.api, site, settled, "our_error", "seen, and meant") is None
    (settled,) = await list_conflicts(desk.api, site)
    assert settled.disposition == "our_error"
    await desk.api.close()


async def test_a_device_of_this_laptop_is_made_once_and_opened_again(
    laptop: OwnServer, tmp_path: Path
) -> None:
    """A gate and a till beside the desk; pressed again, the same ones open."""
    desk = await sit_down(laptop)
    site = await make_event(desk, msgspec.structs.replace(draft_of(), supervisors=()))
    system, opened = machine_system(), list[Path]()
    own = OwnDevices(
        tmp_path, system.open_disk, system.entropy, enrolment_ways(), start=opened.append
    )
    gates = {name: gate for gate, name in (await desk.list_gates(site)).items()}
    for role, gate in (("gate", "North"), ("till", ""), ("gate", "North")):
        name = gate or "Till"
        wanted = WantedDevice(site=site, role=role, gate_id=gates.get(gate), name=name)
        await own.open(desk, wanted)
    devices = await desk.devices.list_all(site)
    assert [(one.name, one.role, one.gate) for one in devices] == [
        ("Till", "till", ""),
        ("North", "gate", "North"),
    ]
    assert opened[0] == opened[2] != opened[1]
    assert (opened[0] / "profile.json").exists()
    await desk.api.close()


async def test_each_night_has_gates_of_its_own(laptop: OwnServer) -> None:
    """No night's ticket gets in on the other one."""
    desk = await sit_down(laptop)

    site = await make_event(desk, msgspec.structs.replace(draft_of(2), supervisors=()))

    facts = await desk.look(site)
    assert sorted(facts.gates.values())[:2] == ["North · Night 1", "North · Night 2"]
    assert facts.refusals == ()
    assert "zone_takes_every_date" not in {one.code for one in facts.warnings}
    await desk.api.close()


async def test_a_set_up_that_was_cut_goes_on_and_makes_nothing_twice(laptop: OwnServer) -> None:
    """What was made before the cut is kept, the rest is made once."""
    desk = await sit_down(laptop)
    setup = set_up(desk, msgspec.structs.replace(draft_of(), supervisors=()))

    class Cut(Exception):
        pass

    def cut(done: int, _of: int) -> None:
        if done == 4:
            raise Cut

    with pytest.raises(Cut):
        await setup.run(cut)
    site = await setup.run()

    facts = await desk.look(site)
    assert sorted(facts.gates.values()) == ["North", "South", "Stairs"]
    await desk.api.close()


async def settled(desk: Desk, site: EventSite, found: ListImport) -> ListImport:
    """Wait until nothing goes on with a list."""
    while found.state in BUSY:
        await asyncio.sleep(0.1)
        found = await read_list(desk.api, site, found.id)
    return found


async def test_guests_are_looked_at_first_and_taken_once(laptop: OwnServer) -> None:
    """A wrong line is named; what is taken twice changes nothing; it can be undone."""
    desk = await sit_down(laptop)
    site = await make_event(desk, msgspec.structs.replace(draft_of(), supervisors=()))
    office = desk.api
    good = "code,type,name\nLN-1,Standing,Klara Nováková\nLN-2,Gallery,محمد\n"

    async def bring(text: str) -> ListImport:
        brought = await bring_list(office, site, text.encode())
        assert is_mapped(brought.mapping)
        return await settled(
            desk, site, await check_list(office, site, brought.id, brought.mapping)
        )

    async def take(text: str) -> ListImport:
        found = await bring(text)
        started = await start_list(office, site, found.id, leaves_out_wrong=True)
        return await settled(desk, site, started)

    wrong = await bring(good + "LN-3,Balcony,Jo\n")
    assert (wrong.added, wrong.wrong) == (2, 1)
    assert await read_wrong(office, site, wrong.id) == (
        WrongLine(4, "type", "is no ticket type of the event"),
    )
    latest = await find_latest(office, site)
    assert latest is not None
    assert latest.id == wrong.id
    taken, again = await take(good), await take(good)
    assert (taken.state, taken.added, taken.named) == ("done", 2, 2)
    assert (again.added, again.known) == (0, 2)
    assert b"new" in await read_report(office, site, taken.id)
    undone = await settled(desk, site, await end_list(office, site, taken.id, "undo_unused"))
    assert undone.state == "undone"
    given_up = await end_list(office, site, wrong.id, "cancel")
    assert given_up.state == "cancelled"
    await office.close()


async def test_a_desk_that_is_opened_again_finds_the_server_serving(laptop: OwnServer) -> None:
    """The server outlives the desk; no second one is started."""
    found = OwnServer(laptop.folder, laptop.port)

    await found.start()

    assert (found.port, await found.is_answering()) == (laptop.port, True)
    assert found._started is None, "nothing was started beside it"


async def test_it_copies_itself_while_it_serves(laptop: OwnServer, tmp_path: Path) -> None:
    """Once a folder is chosen the first copy is there at once; a stick that is gone is said."""
    stick = tmp_path / "stick"
    stick.mkdir()
    await draw_code(laptop)
    await copy_to(laptop, stick)

    for _ in range(1_200):
        if read_copies(laptop.folder).copied_at:
            break
        await asyncio.sleep(0.05)
    line = judge_copies(read_copies(laptop.folder), datetime.now(UTC), has_sheet=True)
    assert line.state in {"good", "same_disk"}

    (stick / next(stick.glob("*.here")).name).unlink()
    await copy_to(laptop, tmp_path)
    with pytest.raises(BadInput, match="lost with it"):
        await copy_to(laptop, laptop.folder)
    await laptop.run_verb("copy", "off")


async def test_a_desk_that_forgot_its_port_finds_the_server_all_the_same(
    laptop: OwnServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It died before it had written the port down."""
    monkeypatch.setattr(own_server, "_PORTS", range(laptop.port - 1, laptop.port + 1))
    found = OwnServer(laptop.folder, laptop.port - 1)

    await found.start()

    assert found.port == laptop.port


async def test_a_server_that_died_is_started_again_at_its_port(laptop: OwnServer) -> None:
    """Devices find it where they knew it, with all that it held."""
    await laptop.stop()
    assert not await laptop.is_answering()

    with cold():
        await laptop.start()

    desk = await sit_down(laptop)
    assert desk.organization.name == "Harbour Hall · Hafenhalle"
    assert desk.organization.timezone == "Pacific/Auckland", "days are counted where it is"
    await desk.api.close()


async def test_of_two_desks_that_start_it_at_once_both_have_it(laptop: OwnServer) -> None:
    """The icon was pressed twice: one starts it, and the other finds that one's."""
    await laptop.stop()
    other = OwnServer(laptop.folder, laptop.port)
    await asyncio.gather(laptop.start(), other.start())
    assert await laptop.is_answering()
    assert await other.is_answering()
    assert laptop.url == other.url
    started = (laptop._started, other._started)
    await asyncio.to_thread(until, lambda: any(one is None or one.has_ended() for one in started))
    await other.stop()  # it may be the one that has started it


async def test_a_port_that_is_anothers_is_left_to_it(laptop: OwnServer) -> None:
    """Another program is not disturbed, nor taken for the server: who sits there goes on with it.

    The desk asked at the former port for ever, and said that the server was being started again.
    """
    await laptop.stop()  # the other desk's may be at work
    await laptop.start()
    desk = await sit_down(laptop)
    await laptop.stop()
    former = laptop.port

    async def hang_up(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async with await asyncio.start_server(hang_up, "127.0.0.1", former) as other:
        await start_again(laptop, desk.api)
        assert laptop.port != former
        assert await laptop.is_answering()
        assert await desk.list_events(datetime.now(UTC)), "in the same session"
        assert other.is_serving()
    await desk.api.close()


async def test_another_server_at_its_address_is_not_trusted(
    laptop: OwnServer, tmp_path: Path
) -> None:
    """No password goes to a server of another authority."""
    stranger = OwnServer(tmp_path / "server", free_port())
    await stranger.start()
    try:
        office = ServerApi(stranger.url, laptop.read_authority())

        with pytest.raises(ServerFault, match="not from the trusted authority"):
            await office.sign_in(EMAIL, PASSWORD)
        assert not await office.is_ready()
        await office.close()
    finally:
        await stranger.stop()


@pytest.mark.parametrize(
    ("email", "password", "said"),
    [("ada", PASSWORD, "--email"), ("ben@example.org", "short", "password")],
)
async def test_an_account_that_cannot_be_is_refused_in_words(
    laptop: OwnServer, email: str, password: str, said: str
) -> None:
    """What the program refuses is said in its words."""
    with pytest.raises(BadInput, match=said):
        await laptop.make_account("Ben", email, password)


async def test_a_wrong_password_is_refused_and_an_ended_session_is_said(laptop: OwnServer) -> None:
    """An access token is renewed unseen; an ended session is said."""
    office = ServerApi(laptop.url, laptop.read_authority())
    with pytest.raises(Rejected):
        await office.sign_in(EMAIL, "not the password at all")
    await office.sign_in(EMAIL, PASSWORD)
    office._http.headers["Authorization"] = "Bearer ended"

    assert (await office.get("/me"))["email"] == EMAIL, "the refresh token brought a new one"

    office._http.headers["Authorization"] = "Bearer ended"
    office._http.cookies.clear()
    with pytest.raises(Rejected) as refused:
        await office.get("/me")
    assert refused.value.status == 401
    await office.close()


async def test_a_folder_that_cannot_be_written_is_said_at_once(tmp_path: Path) -> None:
    """The first fault is told, not a later one."""
    (tmp_path / "file").write_text("in the way")
    server = OwnServer(tmp_path / "file" / "server")

    with pytest.raises(EnvironmentFault, match="cannot be created"):
        await server.make_account("Ada", EMAIL, PASSWORD)
    await asyncio.sleep(0)
