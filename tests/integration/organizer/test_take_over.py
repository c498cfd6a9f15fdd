"""Laptop dead, folder gone, no internet: another laptop goes on, with real processes."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest

from gatekeeper.device.composition_root import enrolment_ways, machine_system
from gatekeeper.device.opened_gate import GateSession
from gatekeeper.device.refund_and_exchange_parts import lines_of
from gatekeeper.gate.answer import AddressHeard
from gatekeeper.gate.requests import Scan
from gatekeeper.organizer.desk_and_events import Desk
from gatekeeper.organizer.own_server import OwnServer
from gatekeeper.organizer.own_server_copies import (
    Missing,
    copy_to,
    draw_code,
    find_missing,
    is_taken_over,
    read_address,
    read_copies,
    read_take_over,
    take_over,
)
from gatekeeper.organizer.server_api import EventSite, Refused
from gatekeeper.store.profile import load_profile
from gatekeeper.sync.enrolment import enrol, read_code
from shared.kernel.errors import BadInput
from shared.wire.signed_server_address import open_address
from tests.e2e.gate_process import gatekeeper
from tests.factories.free_ports import free_port
from tests.integration.organizer.test_own_server import (
    EMAIL,
    PASSWORD,
    draft_of,
    kill,
    make_event,
    pair,
    sit_down,
)

ROUNDS = 2_400


async def until(fact: Callable[[], object], what: str) -> None:
    """Wait until something holds."""
    for _ in range(ROUNDS):
        if fact():
            return
        await asyncio.sleep(0.05)
    raise AssertionError(what)


@dataclass
class Prepared:
    """A laptop's folder, with an event on sale: its server has ended in order.

    Attributes:
        folder: The server's.
        code: Opens its copies.
        site: The event.
    """

    folder: Path
    code: str
    site: EventSite


async def prepare(folder: Path) -> Prepared:
    """Make the server and an event, and end it."""
    server = OwnServer(folder, free_port())
    await server.make_account("Ada", EMAIL, PASSWORD)
    code = await draw_code(server)
    await server.start()
    desk = await sit_down(server)
    site = await make_event(desk, msgspec.structs.replace(draft_of(), supervisors=()))
    patience = {"policy": {"claim_budget_ms": 5_000}}  # the machine is shared
    await desk.api._ask("PATCH", site.path, json=patience)
    await desk.put_on_sale(site)
    await desk.hand_to_gates(site)
    await desk.api.close()
    await server.stop()
    return Prepared(folder, code, site)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    """Give what each test's laptop begins with."""
    return asyncio.run(prepare(tmp_path_factory.mktemp("prepared") / "server"))


class Venue:
    """A laptop that copies itself, with an event on sale."""

    def __init__(self, folder: Path, prepared: Prepared) -> None:
        self.folder, self.stick = folder, folder / "stick"
        self.first = OwnServer(folder / "first" / "server", free_port())
        self._prepared, self.code = prepared, prepared.code
        shutil.copytree(prepared.folder, self.first.folder)
        self.stick.mkdir()

    async def open(self) -> tuple[Desk, EventSite]:
        """Serve, and sit down at the desk."""
        await self.first.start()
        return await sit_down(self.first), self._prepared.site

    async def copy(self) -> None:
        """Have a copy made now."""
        before = read_copies(self.first.folder).copied_at
        await copy_to(self.first, self.stick)
        done = await self.first.run_verb("copy", "now")
        assert done["fault"] is None
        assert read_copies(self.first.folder).copied_at >= before

    def kill(self) -> None:
        """Kill the server as a dead laptop does, all of it at once."""
        kill(self.first)


@pytest.fixture
def venue(tmp_path: Path, prepared: Prepared) -> Iterator[Venue]:
    made = Venue(tmp_path, prepared)
    yield made
    if made.first.folder.exists():
        asyncio.run(made.first.stop())


async def sell(desk: Desk, site: EventSite, count: int) -> list[str]:
    """Sell tickets at the office; their codes."""
    kinds = await desk.api.get(f"{site.path}/ticket-types")
    standing = next(kind["id"] for kind in kinds if kind["name"] == "Standing")
    order = await desk.api.post(
        f"{site.path}/orders",
        {"lines": [{"ticket_type_id": standing, "quantity": count}], "payment": "paid"},
    )
    found = []
    for ticket in order["tickets"]:
        path = f"{site.path}/tickets/{ticket['id']}/credential"
        found.append(str((await desk.api.get(path))["digits"]))
    return found


async def pair_till(desk: Desk, site: EventSite, folder: Path) -> tuple[Path, str]:
    """Make a till that has its key and its stock, and somebody who sells at it."""
    made = await desk.api.post(
        f"/organizations/{site.organization_id}/cashiers",
        {"name": "Mara", "rights": {"sell": True}},
    )
    pairing = await desk.devices.make_pairing(site, "till", None)
    system = machine_system()
    await enrol(
        system.open_disk(folder),
        read_code(None, pairing.text),
        name="till",
        entropy=system.entropy,
        ways=enrolment_ways(),
    )
    session = await GateSession.open(folder, system=system)
    await session.sync_once()
    await session.sync_once()
    await session.close()
    return folder, str(made["cashier"]["id"])


def sell_at(till: Path, cashier: str) -> list[str]:
    """Sell two tickets at a till that reaches nobody; what it printed."""
    lines = [
        {"shift": "open", "amount_minor": 10_000, "cashier": cashier},
        {
            "sell": [{"type": 1, "count": 2}],
            "tenders": [{"kind": "cash"}],
            "cashier": cashier,
        },
    ]
    feed = "".join(json.dumps(line) + "\n" for line in lines).encode()
    done = gatekeeper("till", "--profile", till, "--lines", feed=feed)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [answer["ok"] for answer in answers] == [True, True], answers
    return [str(ticket["digits"]) for ticket in answers[1]["tickets"]]


async def tell_by_lines(till: GateSession, word: str) -> None:
    """Tell a till without a window where the server is, twice, and what nobody signed."""
    lines = lines_of(till)
    asked = (json.dumps({"server": one}).encode() for one in (word, word, word[:-5]))
    new, known, strange = [await lines.answer(line) for line in asked]
    assert (new["ok"], new["is_new"], known["ok"], known["is_new"]) == (True, True, True, False)
    assert (strange["ok"], strange["reason"]) == (False, "malformed")


async def all_back(server: OwnServer, names: dict[str, str]) -> Missing:
    """Wait until nobody is waited for."""
    while True:
        missing = await find_missing(server, names)
        assert missing is not None
        if not missing.awaited:
            return missing


async def test_second_laptop_goes_on_where_the_first_died(venue: Venue, tmp_path: Path) -> None:
    """Server killed, folder gone: gates find the second laptop, and the ledger grants again."""
    desk, site = await venue.open()
    codes = await sell(desk, site, 3)
    gates = {name: gate for gate, name in (await desk.list_gates(site)).items()}
    north = await pair(desk, site, gates["North"], tmp_path / "north")
    assert (await north.scan(Scan(codes[0]))).verdict == "admit"
    await north.sync_once()
    till, cashier = await pair_till(desk, site, tmp_path / "till")
    await north.sync_once()
    names = {one.id: one.name for one in await desk.devices.list_all(site)}
    await venue.copy()
    await desk.api.close()
    authority = venue.first.read_authority()

    venue.kill()
    await until(lambda: not venue.first._is_served(), "the dead server's ledger is free")
    shutil.rmtree(venue.first.folder)
    alone = await north.scan(Scan(codes[1]))
    assert alone.mode != "online"
    printed = sell_at(till, cashier)
    selling = await GateSession.open(till, system=machine_system())

    second = OwnServer(tmp_path / "second" / "server", free_port())
    await take_over(second, venue.stick, venue.code)
    await second.start()
    background = asyncio.gather(north.run_background(), selling.run_background())
    try:
        await until(lambda: read_address(second.folder), "the second says where it is")
        assert second.read_authority() == authority, "devices know it"
        assert north.hear_address(read_address(second.folder)) == AddressHeard(is_new=True)
        await tell_by_lines(selling, read_address(second.folder))
        await until(
            lambda: north._uplink.is_connected and selling._uplink.is_connected,
            "gate and till found the second laptop",
        )
        assert (await all_back(second, names)).back == ("north", "till")
        for digits in printed:
            answer = await north.scan(Scan(digits))
            assert (answer.verdict, answer.mode) == ("admit", "online"), "a till's printed ticket"
        third = await north.scan(Scan(codes[2]))
        assert (third.verdict, third.mode) == ("admit", "online")
        assert (await north.scan(Scan(codes[0]))).reason == "already_used"
        assert (await north.scan(Scan(codes[1]))).reason == "already_used"
        profile = load_profile(machine_system().open_disk(tmp_path / "north"))
        assert profile.server_url in open_address(read_address(second.folder), authority).urls
    finally:
        background.cancel()
        await asyncio.gather(background, return_exceptions=True)
        await north.close()
        await selling.close()
        await second.stop()


async def test_a_folder_that_is_only_synced_follows_the_servers_word(
    venue: Venue, tmp_path: Path
) -> None:
    """Nobody opens its program again: its journal goes up to the second laptop all the same."""
    desk, site = await venue.open()
    codes = await sell(desk, site, 1)
    gates = {name: gate for gate, name in (await desk.list_gates(site)).items()}
    folder = tmp_path / "north"
    north = await pair(desk, site, gates["North"], folder)
    await venue.copy()
    await desk.api.close()
    venue.kill()
    await until(lambda: not venue.first._is_served(), "the dead server's ledger is free")
    assert (await north.scan(Scan(codes[0]))).verdict == "admit"
    await north.close()

    second = OwnServer(tmp_path / "second" / "server", free_port())
    await take_over(second, venue.stick, venue.code)
    await second.start()
    try:
        await until(lambda: read_address(second.folder), "the second says where it is")
        assert gatekeeper("sync", "--profile", folder).returncode == 3
        strange = gatekeeper("sync", "--profile", folder, "--server", "GKA1 nobody's")
        assert strange.returncode == 2
        word = read_address(second.folder)
        done = gatekeeper("sync", "--profile", folder, "--server", word)
        assert done.returncode == 0, done.stderr
        assert (told := json.loads(done.stdout))["uploaded"] > 0
        assert told["pending"] == 0
        assert gatekeeper("sync", "--profile", folder).returncode == 0
    finally:
        await second.stop()


async def test_former_server_grants_nothing_once_it_hears(venue: Venue, tmp_path: Path) -> None:
    """It was only unplugged: it hears of the second, and its gates are led there."""
    desk, site = await venue.open()
    codes = await sell(desk, site, 2)
    gates = {name: gate for gate, name in (await desk.list_gates(site)).items()}
    south = await pair(desk, site, gates["South"], tmp_path / "south")
    await venue.copy()
    second = OwnServer(tmp_path / "second" / "server", free_port())
    await take_over(second, venue.stick, venue.code)
    note_address(second, venue.first.url)
    await second.start()
    background: asyncio.Task[None] | None = None
    try:

        def has_heard() -> bool:
            done = read_take_over(second.folder)
            return done is not None and done.told == venue.first.url

        await until(has_heard, "the first heard")
        assert is_taken_over(venue.first.folder, venue.first.read_authority())
        assert (await south.scan(Scan(codes[0]))).mode != "online", "nothing is granted there"
        background = asyncio.create_task(south.run_background())
        await until(
            lambda: south.profile.server_url != venue.first.url and south._uplink.is_connected,
            "the gate was led to the second",
        )
        await desk.api.close()
        await venue.first.stop()
        await venue.first.start()
        assert (await venue.first.run_lines("epoch", "show"))[0]["closed_organizations"] == 1
    finally:
        if background is not None:
            background.cancel()
            await asyncio.gather(background, return_exceptions=True)
        await south.close()
        await desk.api.close()
        await second.stop()


async def test_a_third_laptop_tells_the_first_whom_the_second_never_reached(
    venue: Venue, tmp_path: Path
) -> None:
    """The second died in its turn; the first is switched on again, and would grant beside it."""
    desk, _ = await venue.open()
    await desk.api.close()
    await venue.copy()
    second = OwnServer(tmp_path / "second" / "server", free_port())
    await take_over(second, venue.stick, venue.code)
    note_address(second, venue.first.url)
    stick = tmp_path / "another stick"
    stick.mkdir()
    code = await draw_code(second)
    await copy_to(second, stick)
    assert (await second.run_verb("copy", "now"))["fault"] is None
    third = OwnServer(tmp_path / "third" / "server", free_port())
    await take_over(third, stick, code)
    await third.start()
    try:
        await until(
            lambda: is_taken_over(venue.first.folder, venue.first.read_authority()),
            "the first heard",
        )

        def has_noted_it() -> bool:
            done = read_take_over(third.folder)
            return done is not None and (done.earlier, done.told) == ((), "")

        await until(has_noted_it, "the third noted that it heard")
    finally:
        await third.stop()


def note_address(server: OwnServer, former: str) -> None:
    """Have a server that took over know the former one at this machine's own address."""
    state = server.folder / "take-over.json"
    state.write_text(json.dumps(json.loads(state.read_bytes()) | {"urls": [former]}))


async def test_of_two_laptops_that_take_over_at_once_one_is_left(
    venue: Venue, tmp_path: Path
) -> None:
    """From one stick: whichever a gate is at, once it hears of the higher epoch the lower ends."""
    desk, site = await venue.open()
    codes = await sell(desk, site, 1)
    gates = {name: gate for gate, name in (await desk.list_gates(site)).items()}
    north = await pair(desk, site, gates["North"], tmp_path / "north")
    await north.sync_once()
    await venue.copy()
    await desk.api.close()
    venue.kill()
    await until(lambda: not venue.first._is_served(), "the dead server's ledger is free")
    shutil.rmtree(venue.first.folder)
    both: dict[int, OwnServer] = {}
    for name in ("second", "third"):
        laptop = OwnServer(tmp_path / name / "server", free_port())
        await take_over(laptop, venue.stick, venue.code)
        done = read_take_over(laptop.folder)
        assert done is not None
        both[done.epoch] = laptop
    assert len(both) == 2, "two that are equal would both go on"
    (_, lower), (_, higher) = sorted(both.items())
    await lower.start()
    await higher.start()
    background = asyncio.create_task(north.run_background())
    authority = lower.read_authority()

    async def has_gone_to(laptop: OwnServer) -> None:
        await until(lambda: read_address(laptop.folder), "it says where it is")
        word = read_address(laptop.folder)
        places = open_address(word, authority).urls
        assert north.mover.hear(word)
        await until(
            lambda: north.profile.server_url in places and north._uplink.is_connected,
            "the gate is there",
        )

    try:
        await has_gone_to(lower)
        await has_gone_to(higher)
        assert is_taken_over(lower.folder, authority), "it has heard that it is over"
        let_in = await north.scan(Scan(codes[0]))
        assert (let_in.verdict, let_in.mode) == ("admit", "online")
        assert (await lower.run_lines("epoch", "show"))[0]["closed_organizations"] == 1
    finally:
        background.cancel()
        await asyncio.gather(background, return_exceptions=True)
        await north.close()
        await lower.stop()
        await higher.stop()


async def test_word_of_another_authority_moves_nobody_and_closes_nothing(
    venue: Venue, tmp_path: Path
) -> None:
    """Neither a gate nor a server takes it; nor one that was altered."""
    desk, site = await venue.open()
    gates = {name: gate for gate, name in (await desk.list_gates(site)).items()}
    north = await pair(desk, site, gates["North"], tmp_path / "north")
    await until(lambda: read_address(venue.first.folder), "the server says where it is")
    own = read_address(venue.first.folder)
    stranger = OwnServer(tmp_path / "stranger", free_port())
    await stranger.start()
    await until(lambda: read_address(stranger.folder), "the stranger says where it is")
    foreign = read_address(stranger.folder)
    await stranger.stop()
    altered = own[:40] + ("0" if own[40] != "0" else "1") + own[41:]
    try:
        for wrong in (foreign, altered, "GKA1 zz zz", "GKA1 ", own + " 00"):
            assert not north.mover.hear(wrong)
            with pytest.raises(BadInput):
                open_address(wrong, venue.first.read_authority())
        for wrong in (foreign, altered):
            with pytest.raises(Refused):
                await desk.api._ask(
                    "POST", f"{venue.first.url}/sync/v1/address", json={"word": wrong}
                )
        assert (await venue.first.run_lines("epoch", "show"))[0]["closed_organizations"] == 0
    finally:
        await north.close()
        await desk.api.close()


async def test_take_over_is_all_or_nothing(venue: Venue, tmp_path: Path) -> None:
    """A wrong code, no copy, or a server that is there already: nothing is changed."""
    await venue.copy()
    second = OwnServer(tmp_path / "second" / "server", free_port())
    other = await draw_code(venue.first)

    for folder, code, said in (
        (venue.stick, other, "cannot be opened"),
        (tmp_path / "first", venue.code, "no backup"),
        (venue.stick, venue.code[:-1] + ("0" if venue.code[-1] != "0" else "1"), "group 6"),
    ):
        with pytest.raises(BadInput, match=said):
            await take_over(second, folder, code)
        assert not second.folder.exists()
    await take_over(second, venue.stick, venue.code)
    with pytest.raises(BadInput, match="already"):
        await take_over(second, venue.stick, venue.code)
    assert list(second.folder.parent.iterdir()) == [second.folder]


async def test_take_over_removes_nothing_that_is_somebodys(venue: Venue, tmp_path: Path) -> None:
    """The folder was named by mistake: it holds the copies, or a thesis; a link is followed."""
    await venue.copy()
    copies = sorted(one.name for one in venue.stick.iterdir())
    for folder in (venue.stick, venue.stick.parent):
        with pytest.raises(BadInput, match="the backups are in"):
            await take_over(OwnServer(folder, free_port()), venue.stick, venue.code)
    assert sorted(one.name for one in venue.stick.iterdir()) == copies
    home = tmp_path / "home"
    home.mkdir()
    (home / "thesis.txt").write_text("nine months")
    (home / "server.log").write_text("no server was here")
    with pytest.raises(BadInput, match=r"thesis\.txt.*lost.*GATEKEEPER_DATA"):
        await take_over(OwnServer(home, free_port()), venue.stick, venue.code)
    assert (home / "thesis.txt").read_text() == "nine months"
    (home / "thesis.txt").unlink()
    link = tmp_path / "link"
    link.symlink_to(home, target_is_directory=True)
    await take_over(OwnServer(link, free_port()), venue.stick, venue.code)
    assert link.is_symlink()
    assert (home / "gatekeeper.db").exists()
