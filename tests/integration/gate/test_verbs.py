"""The verbs of the gate as scripts call them: lines in, JSON lines out, exit statuses."""

from __future__ import annotations

import json
import sqlite3
import subprocess
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from command_line.clock_and_randomness import SystemEntropy
from gatekeeper.commands.lane import _answer, _read_code
from gatekeeper.gate.answer import ScanAnswer
from gatekeeper.gate.requests import Scan
from gatekeeper.store.profile import load_profile, save_profile
from gatekeeper.sync.moved_server import WORD_NAME
from gatekeeper.this_machine import ProfileLock, open_folder
from server.serving.own_tls import keep_own_tls
from server.serving.signed_address import keep_address
from shared.credential.badges_and_pins import BADGE_PREFIX, CASHIER_PREFIX, new_badge
from shared.kernel.errors import ServerFault, StoreFault
from shared.kernel.instant import SECOND, Instant
from tests.factories import programs
from tests.factories.gate_event import GROUP, TicketOffice, make_config
from tests.factories.gate_profile import PairedGate
from tests.fakes.clock import ManualClock
from tests.fakes.sync_server import FakeSyncServer

KEYS = ["verdict", "reason", "ticket_id", "remaining", "mode", "seq", "at", "ms"]
NOW = Instant(1_795_000_000 * SECOND)


def gatekeeper(
    *arguments: str | Path,
    given: bytes = b"",
    file_size_max: int | None = None,
    has_log_full: bool = False,
) -> subprocess.CompletedProcess[bytes]:
    """Run a verb to its end; with its log on a full disk, if so wanted."""

    words = [programs.GATEKEEPER, *arguments]
    if file_size_max is not None:
        words = ["prlimit", f"--fsize={file_size_max}", *words]
    with Path("/dev/full").open("wb") as full:
        return programs.run(
            words,
            feed=given,
            stderr=full if has_log_full else subprocess.PIPE,
            seconds=240,
            is_cold=file_size_max is not None,
        )


def answers_of(done: subprocess.CompletedProcess[bytes]) -> list[dict[str, Any]]:
    """Return the lines of standard output."""
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture
def office() -> TicketOffice:
    return TicketOffice(config=make_config(knowledge_age_max=None))


async def make_profile(folder: Path, office: TicketOffice) -> Path:
    """Enrol a device with the event installed, and no server any more."""
    server = FakeSyncServer(office, ManualClock())
    server.publish()
    gate = PairedGate(folder, server, entropy=SystemEntropy())
    session = await gate.open(starts_boot=False)
    await session.sync_once()
    await session.close()
    return folder


async def test_lane_answers_each_line_in_order(tmp_path: Path, office: TicketOffice) -> None:
    """With --json requests and garbage each get one answer line with the contract's keys."""
    single, group = office.sell(), office.sell(GROUP)
    folder = await make_profile(tmp_path / "p", office)
    lines = [
        json.dumps({"code": single}).encode(),
        json.dumps({"code": single}).encode(),
        json.dumps({"code": group, "count": 3}).encode(),
        json.dumps({"code": group, "direction": "out"}).encode(),
        b"",
        b"\xff\xfe\x00binary",
        json.dumps({"code": "🎫"}).encode(),
        single.encode(),
        b"x" * 1_000_000,
        b'{"code": 12}',
        b'{"no": "code"}',
        json.dumps({"code": group, "id_checked": True}).encode(),
        json.dumps({"code": group, "count": 0}).encode(),
        json.dumps({"code": group, "at": "yesterday"}).encode(),
        json.dumps({"code": group, "count": 2, "at": "2026-07-04T19:00:00Z"}).encode(),
    ]
    done = gatekeeper(
        "lane", "--json", "--profile", folder, "--gate", "north", given=b"\n".join(lines) + b"\n"
    )

    answers = answers_of(done)
    assert done.returncode == 0, done.stderr
    assert [answer["reason"] for answer in answers] == [
        "ok",
        "already_used",
        "ok",
        "exit",
        *["malformed"] * 2,
        "unknown_ticket",
        *["malformed"] * 7,
        "reentry",
    ]
    assert all(list(answer) == KEYS for answer in answers)
    assert [answer["seq"] for answer in answers] == sorted(answer["seq"] for answer in answers)
    assert answers[2]["remaining"] == 2
    assert answers[-1]["at"] == "2026-07-04T19:00:00Z"
    assert b"Traceback" not in done.stderr
    assert b"not synced" in done.stderr


async def test_a_plain_line_is_a_code_whatever_it_looks_like(
    tmp_path: Path, office: TicketOffice
) -> None:
    """A ticket whose text is written as an order opens nothing, and nothing of it is obeyed."""
    group = office.sell(GROUP)
    folder = await make_profile(tmp_path / "p", office)
    orders = [{"code": group}, {"code": group, "count": 3, "pending_acknowledged": True}]
    lines = [*(json.dumps(order) for order in orders), f" {group} ", "", "\N{TICKET}"]
    given = "\n".join(lines).encode() + b"\n"
    answers = answers_of(gatekeeper("lane", "--profile", folder, given=given))
    assert [answer["verdict"] for answer in answers] == ["deny", "deny", "admit", "deny", "deny"]
    assert answers[2]["remaining"] == 4


async def test_a_lane_tells_a_servers_address_from_a_ticket(
    tmp_path: Path, office: TicketOffice
) -> None:
    """A server's signed word, read by a lane, is taken as one: no ticket is refused by it."""
    code = office.sell()
    folder = await make_profile(tmp_path / "p", office)
    own, foreign = tmp_path / "own", tmp_path / "foreign"
    words = []
    for server in (own, foreign):
        server.mkdir()
        keep_own_tls(server, NOW, SystemEntropy())
        words.append(keep_address(server, ["https://192.0.2.9:8000"], 2, NOW))
    disk = open_folder(folder)
    authority = keep_own_tls(own, NOW, SystemEntropy()).authority_pem
    save_profile(disk, replace(load_profile(disk), authority_pem=authority))
    lines = "\n".join([words[1], words[0], words[0], code])
    done = gatekeeper("lane", "--profile", folder, "--gate", "north", given=lines.encode())

    *addresses, ticket = answers_of(done)
    assert [answer["verdict"] for answer in addresses] == ["refer"] * 3, done.stderr
    assert [answer["server"] for answer in addresses] == ["known", "new", "known"]
    assert [answer["seq"] for answer in addresses] == [None] * 3
    assert ticket["reason"] == "ok"
    assert "server" not in ticket
    assert done.stderr.count(b"address was read") == 3
    assert (folder / WORD_NAME).read_text() == words[0]
    kept = answers_of(gatekeeper("journal", "export", "--profile", folder))
    assert [line["body"]["reason"] for line in kept if line["kind"] == "scan"] == ["ok"]


@pytest.mark.parametrize("verb", ["lane", "sync"])
async def test_a_device_that_does_not_find_its_server_says_how_it_is_led_to_where_it_moved(
    tmp_path: Path, office: TicketOffice, verb: str
) -> None:
    """It told of port and cable alone; a server without an authority signs no such word."""
    folder = await make_profile(tmp_path / "p", office)
    words = (verb, "--profile", folder)
    assert b"GKA1" not in gatekeeper(*words).stderr
    disk, own = open_folder(folder), tmp_path / "own"
    own.mkdir()
    authority = keep_own_tls(own, NOW, SystemEntropy()).authority_pem
    save_profile(disk, replace(load_profile(disk), authority_pem=authority))
    said = gatekeeper(*words).stderr.decode()
    assert 'gatekeeper sync --profile DIR --server "GKA1' in said


@pytest.mark.parametrize("prefix", [BADGE_PREFIX, CASHIER_PREFIX])
async def test_a_lane_tells_a_badge_of_staff_from_a_ticket(
    tmp_path: Path, office: TicketOffice, prefix: str
) -> None:
    """Staff who hold their badge to a turnstile are no guest with a ticket that is unknown."""
    code = office.sell()
    folder = await make_profile(tmp_path / "p", office)
    lines = f"{new_badge(SystemEntropy(), prefix)}\n{code}\n"
    done = gatekeeper("lane", "--profile", folder, "--gate", "north", given=lines.encode())

    badge, ticket = answers_of(done)
    assert (badge["verdict"], badge["reason"], badge["seq"]) == ("refer", "supervisor", None)
    assert badge["badge"]
    assert ticket["reason"] == "ok"
    assert done.stderr.count(b"staff badge") == 1
    kept = answers_of(gatekeeper("journal", "export", "--profile", folder))
    assert [line["body"]["reason"] for line in kept if line["kind"] == "scan"] == ["ok"]


async def test_a_lane_whose_disk_fails_says_by_whose_word_it_answers(
    tmp_path: Path, office: TicketOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk is no cut cable: whoever reads the lines looks for the fault where it is."""
    server = FakeSyncServer(office, ManualClock())
    server.publish()
    gate = PairedGate(tmp_path / "p", server)
    session = await gate.open()
    await session.sync_once()

    async def refuse(_: Scan) -> ScanAnswer:
        raise StoreFault("the disk is full")

    monkeypatch.setattr(session.lane, "scan", refuse)
    modes = [(await _answer(session, b"1234", _read_code))["mode"]]
    server.is_cut = True
    with pytest.raises(ServerFault):
        await session.sync_once()
    modes.append((await _answer(session, b"1234", _read_code))["mode"])
    await session.close()
    assert modes == ["online", "offline"]


async def test_a_lane_outlives_a_log_that_cannot_be_written(
    tmp_path: Path, office: TicketOffice
) -> None:
    """With standard error on a full disk every line is answered, and the end is in order."""
    codes = [office.sell() for _ in range(2)]
    folder = await make_profile(tmp_path / "p", office)
    given = "\n".join([codes[0], '{"code": 12}', codes[1]]).encode() + b"\n"
    done = gatekeeper("lane", "--profile", folder, given=given, has_log_full=True)
    assert [answer["verdict"] for answer in answers_of(done)] == ["admit", "deny", "admit"]
    assert done.returncode == 0


async def test_lane_names_the_gates_when_the_gate_is_wrong(
    tmp_path: Path, office: TicketOffice
) -> None:
    """A gate that does not exist is wrong use, and the message lists those that do."""
    folder = await make_profile(tmp_path / "p", office)
    done = gatekeeper("lane", "--profile", folder, "--gate", "West")
    assert done.returncode == 2
    assert b"North (gt_north), South (gt_south)" in done.stderr


async def test_journal_is_verified_and_exported(tmp_path: Path, office: TicketOffice) -> None:
    """A sound journal says so; one changed byte of an entry makes it broken."""
    code = office.sell()
    folder = await make_profile(tmp_path / "p", office)
    gatekeeper("lane", "--profile", folder, given=code.encode())
    sound = gatekeeper("journal", "verify", "--profile", folder)
    exported = answers_of(gatekeeper("journal", "export", "--profile", folder))
    assert sound.returncode == 0
    assert answers_of(sound)[0] == {
        "entries": 2,
        "boots": 1,
        "ok": True,
        "pending": 2,
        "problems": [],
    }
    assert [line["kind"] for line in exported] == ["boot", "scan"]
    assert exported[1]["body"]["reason"] == "ok"
    assert bytes.fromhex(exported[1]["previous"]) == bytes.fromhex(exported[0]["hash"])

    with sqlite3.connect(folder / "journal.db") as database:
        (entry,) = database.execute("SELECT entry FROM entry WHERE seq=2").fetchone()
        changed = bytearray(entry)
        changed[-1] ^= 1
        database.execute("UPDATE entry SET entry=? WHERE seq=2", (bytes(changed),))
    database.close()
    broken = gatekeeper("journal", "verify", "--profile", folder)
    assert broken.returncode == 1
    assert answers_of(broken)[0]["ok"] is False


async def test_lane_goes_on_after_its_journal_was_damaged(
    tmp_path: Path, office: TicketOffice
) -> None:
    """A damaged boot is sealed, the next one says so, and a used ticket stays used."""
    codes = [office.sell() for _ in range(3)]
    folder = await make_profile(tmp_path / "p", office)
    gatekeeper("lane", "--profile", folder, given="\n".join(codes[:2]).encode())
    with sqlite3.connect(folder / "journal.db") as database:
        database.execute("UPDATE entry SET signature=zeroblob(64) WHERE seq=2")
    database.close()

    done = gatekeeper("lane", "--profile", folder, given="\n".join(codes).encode())
    assert [answer["reason"] for answer in answers_of(done)] == ["already_used"] * 2 + ["ok"]
    exported = answers_of(gatekeeper("journal", "export", "--profile", folder))
    boots = [line["body"] for line in exported if line["kind"] == "boot"]
    assert "damaged" in boots[1]["damage"]
    restated = [line["body"]["claim_id"] for line in exported if line["kind"] == "scan"]
    assert sorted(restated[:2]) == sorted(restated[2:4])


async def test_lane_says_that_the_disk_is_full(tmp_path: Path, office: TicketOffice) -> None:
    """Where nothing can be written nobody passes; the message says why, without a traceback."""
    codes = [office.sell() for _ in range(200)]
    folder = await make_profile(tmp_path / "p", office)
    size = (folder / "journal.db").stat().st_size
    done = gatekeeper(
        "lane",
        "--profile",
        folder,
        given="\n".join(codes).encode(),
        file_size_max=max(size, 160_000),
    )
    answers = answers_of(done)
    unrecorded = [answer for answer in answers if answer["seq"] is None]
    assert unrecorded
    assert {answer["verdict"] for answer in unrecorded} == {"refer"}
    assert b"Traceback" not in done.stderr
    kept = {
        line["seq"]: line
        for line in answers_of(gatekeeper("journal", "export", "--profile", folder))
    }
    for answer in answers:
        if answer["seq"] is not None:
            assert kept[answer["seq"]]["body"]["verdict"] == answer["verdict"]


async def test_a_lane_started_on_a_full_disk_says_so(tmp_path: Path, office: TicketOffice) -> None:
    """Nobody is sent to copy the folder of a gate elsewhere: it would admit twice."""
    folder = await make_profile(tmp_path / "p", office)
    done = gatekeeper("lane", "--profile", folder, given=b"x\n", file_size_max=0)
    assert done.returncode == 3
    assert b"full" in done.stderr
    assert b"copy the folder" not in done.stderr
    assert b"Traceback" not in done.stderr


async def test_lane_says_that_the_database_is_locked(tmp_path: Path, office: TicketOffice) -> None:
    """A journal that another program holds is named as such."""
    folder = await make_profile(tmp_path / "p", office)
    other = sqlite3.connect(folder / "journal.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    done = gatekeeper("lane", "--profile", folder, given=b"x\n")
    other.rollback()
    other.close()
    assert done.returncode == 3
    assert b"has locked the file" in done.stderr
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize("content", [None, b"", b"no database" * 1000])
async def test_a_lost_journal_stops_no_lane_and_is_said(
    tmp_path: Path, office: TicketOffice, content: bytes | None
) -> None:
    """Verify names it first and changes nothing; the lane says it, sets it aside and goes on."""
    codes = [office.sell() for _ in range(3)]
    folder = await make_profile(tmp_path / "p", office)
    gatekeeper("lane", "--profile", folder, given="\n".join(codes[:2]).encode())
    damage(folder / "journal.db", content)

    verified = gatekeeper("journal", "verify", "--profile", folder)
    assert (verified.returncode, answers_of(verified)[0]["ok"]) == (1, False)
    assert "journal" in answers_of(verified)[0]["problems"][0]
    done = gatekeeper("lane", "--profile", folder, given=codes[2].encode())
    assert done.returncode == 0
    assert answers_of(done)[0]["reason"] == "ok"
    assert b"the journal is" in done.stderr
    exported = answers_of(gatekeeper("journal", "export", "--profile", folder))
    assert "journal" in exported[0]["body"]["damage"]


def damage(path: Path, content: bytes | None) -> None:
    """Replace a file, or remove it."""
    if content is None:
        path.unlink()
    else:
        path.write_bytes(content)


def test_verbs_ask_for_enrolment_where_there_is_no_profile(tmp_path: Path) -> None:
    """An empty folder is wrong use: enrol first."""
    for verb in (("lane",), ("sync",), ("journal", "verify")):
        done = gatekeeper(*verb, "--profile", tmp_path / "empty")
        assert done.returncode == 2
        assert b"enrol first" in done.stderr


def test_second_enrolment_into_a_new_folder_waits_for_nobody(tmp_path: Path) -> None:
    """Two at once would leave the key of the one beside the profile of the other."""
    lock = ProfileLock(tmp_path / "new")
    words = ("--server", "http://127.0.0.1:1", "--code", "7K2M-9Q4T-1X0C-8F3Z")
    done = gatekeeper("enrol", *words, "--profile", tmp_path / "new")
    lock.release()
    assert done.returncode == 3
    assert b"in use by another gatekeeper process" in done.stderr


def test_an_enrolment_that_fails_leaves_no_folder(tmp_path: Path) -> None:
    """What it made goes again; a folder that was there stays as it was."""
    (tmp_path / "old").mkdir()
    words = ("--server", "http://127.0.0.1:9", "--code", "7K2M-9Q4T-1X0C-8F3Z")
    for folder in (tmp_path / "gates" / "north", tmp_path / "old"):
        assert gatekeeper("enrol", *words, "--profile", folder).returncode == 3
    assert not (tmp_path / "gates").exists()
    assert (tmp_path / "old").is_dir()


async def test_sync_says_that_the_server_cannot_be_reached(
    tmp_path: Path, office: TicketOffice
) -> None:
    """A server that is away is the machine's fault: status 3 and a sentence."""
    folder = await make_profile(tmp_path / "p", office)
    done = gatekeeper("sync", "--profile", folder)
    assert done.returncode == 3
    assert b"cannot be reached" in done.stderr
    assert done.stdout == b""


@pytest.mark.parametrize("verb", ["lane", "enrol", "sync", "journal"])
def test_help_shows_an_example(verb: str) -> None:
    """Every verb's help has an example."""
    done = gatekeeper(verb, "--help")
    assert done.returncode == 0
    assert b"example:" in done.stdout
