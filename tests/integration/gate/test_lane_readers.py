"""`gatekeeper lane --reader`: what readers read is answered by lines, as scripts see it."""

from __future__ import annotations

import json
import queue
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from gatekeeper.commands.lane import _answer_reading
from gatekeeper.readers.debounce import IMAGER_HOLD
from gatekeeper.readers.lane_readers import Reading
from gatekeeper.readers.nfc.tag_scan import TagChecks, TagScan
from gatekeeper.readers.ports import RawScan
from shared.credential.credential_fields import Claims
from shared.credential.ndef_record import to_ndef
from shared.credential.signing import sign_credential
from shared.kernel.instant import MILLISECOND, Duration
from tests.factories import programs
from tests.factories.gate_event import STANDARD, TicketOffice, make_config
from tests.factories.gate_profile import PairedGate
from tests.factories.waiting import until
from tests.fakes.clock import ManualClock
from tests.fakes.nfc_devices import Pn532Line, UdpField
from tests.fakes.nfc_tags import FakeNtag21x
from tests.fakes.serial_line import SerialLine
from tests.fakes.sync_server import FakeSyncServer
from tests.integration.gate.test_verbs import make_profile

UID = bytes.fromhex("04a1b2c3d4e5f6")
OTHERS = (bytes.fromhex("04a1b2c3d4e5f7"), bytes.fromhex("04a1b2c3d4e5f8"))


class RunningLane:
    """A lane in a process of its own."""

    def __init__(self, folder: Path, *arguments: str, stdin: int) -> None:
        self._process = programs.start(
            [programs.GATEKEEPER, "lane", "--profile", folder, *arguments],
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self.said = ""
        self._answers: queue.Queue[dict[str, Any]] = queue.Queue()
        self._threads = [
            threading.Thread(target=read, daemon=True)
            for read in (self._read_answers, self._read_messages)
        ]
        for thread in self._threads:
            thread.start()

    def _read_answers(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._answers.put(json.loads(line))

    def _read_messages(self) -> None:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            self.said += line.decode()

    def answer(self) -> dict[str, Any]:
        """Return the next line."""
        return self._answers.get(timeout=60)

    def is_silent(self) -> bool:
        """Whether no line waits."""
        return self._answers.empty()

    def type(self, line: str) -> None:
        """Write a line to its input."""
        assert self._process.stdin is not None
        self._process.stdin.write(line.encode() + b"\n")
        self._process.stdin.flush()

    def end_input(self) -> int:
        """Close its input and return the exit status."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        return self._process.wait(60)

    def terminate(self) -> int:
        """Ask it to end and return the exit status."""
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(60)

    def end(self) -> None:
        """End it, whatever it does."""
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait(60)
        for thread in self._threads:
            thread.join(60)
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            if pipe is not None:
                pipe.close()


@pytest.fixture
def office() -> TicketOffice:
    """Sell tickets to an event whose gates may be cut off for ever."""
    return TicketOffice(config=make_config(knowledge_age_max=None))


@pytest.fixture
def run() -> Iterator[Callable[..., RunningLane]]:
    """Give a function that runs lanes; they are ended after the test."""
    lanes: list[RunningLane] = []

    def start(folder: Path, *arguments: str, stdin: int = subprocess.PIPE) -> RunningLane:
        lanes.append(RunningLane(folder, *arguments, stdin=stdin))
        return lanes[-1]

    yield start
    for lane in lanes:
        lane.end()


def sell_tag(office: TicketOffice, uid: bytes = UID) -> FakeNtag21x:
    """Sell a ticket and write it to a tag, as the box office does."""
    office.sell()
    ticket_id = list(office.rows)[-1]
    credential = sign_credential(
        Claims(key_id=7, ticket_id=ticket_id, ticket_type_code=STANDARD, tag_uid=uid),
        office.ticket_key,
    )
    tag = FakeNtag21x("213", uid, signed=False)
    tag.store(to_ndef(credential))
    return tag


async def test_lane_answers_an_imager_beside_its_input(
    tmp_path: Path, office: TicketOffice, run: Callable[..., RunningLane]
) -> None:
    """Codes of both are answered in turn; the imager's lines name it, and one scan is one line."""
    typed, scanned = office.sell(), office.sell()
    folder = await make_profile(tmp_path / "p", office)
    line = SerialLine()
    lane = run(folder, "--reader", f"serial:{line.path}")
    until(lambda: f"Imager {line.path}: ready" in lane.said, seconds=30)
    line.send(f"\x02]Q1{scanned}\r\n" * 2)
    answer = lane.answer()
    assert (answer["reason"], answer["source"]) == ("ok", f"Imager {line.path}")
    lane.type(typed)
    answer = lane.answer()
    assert answer["reason"] == "ok"
    assert "source" not in answer
    line.unplug()
    until(lambda: f"Imager {line.path}: absent" in lane.said)
    lane.type(scanned)
    assert lane.answer()["reason"] == "already_used"
    assert lane.end_input() == 0
    assert lane.is_silent()
    assert "Traceback" not in lane.said


async def test_lane_admits_a_tag_and_denies_its_copies(
    tmp_path: Path, office: TicketOffice, run: Callable[..., RunningLane]
) -> None:
    """Through nfcpy's own drivers, two readers at once: genuine, copied, redrawn, used."""
    tag = sell_tag(office)
    copies = [FakeNtag21x("213", uid, signed=False) for uid in OTHERS]
    for copy in copies:
        copy.memory[16:] = tag.memory[16:]
    folder = await make_profile(tmp_path / "p", office)
    field, line = UdpField(), Pn532Line()
    lane = run(folder, "--reader", f"nfc:{field.path}", "--reader", f"nfc:{line.port}:pn532")
    until(lambda: lane.said.count(": ready") == 2, seconds=30)
    field.tag = copies[0]
    assert lane.answer()["reason"] == "bad_signature"
    field.tag = tag
    answer = lane.answer()
    assert (answer["verdict"], answer["reason"]) == ("admit", "ok")
    assert answer["source"].startswith("NFC ")
    field.tag = None
    credential = tag.memory[21 + 2 + 3 + 14 :][:90]
    lane.type(bytes(credential).hex())
    assert lane.answer()["verdict"] == "deny"
    lane.type(f"{int.from_bytes(credential, 'big'):d}")
    assert lane.answer()["verdict"] == "deny"
    line.tag = copies[1]
    assert lane.answer()["reason"] == "bad_signature"
    assert lane.end_input() == 0
    field.close()


async def test_lane_runs_on_without_input_until_it_is_terminated(
    tmp_path: Path, office: TicketOffice, run: Callable[..., RunningLane]
) -> None:
    """As a service it has the null device as input; it ends in order, with status 0."""
    code = office.sell()
    folder = await make_profile(tmp_path / "p", office)
    line = SerialLine()
    lane = run(folder, "--reader", f"serial:{line.path}", stdin=subprocess.DEVNULL)
    until(lambda: ": ready" in lane.said, seconds=30)
    line.send(f"{code}\r")
    assert lane.answer()["reason"] == "ok"
    assert lane.terminate() == 0
    assert "not synced" in lane.said


def test_lane_names_a_reader_that_is_none(tmp_path: Path, run: Callable[..., RunningLane]) -> None:
    """Wrong use, told before anything is opened."""
    lane = run(tmp_path, "--reader", "nfc:")
    assert lane.end_input() == 2
    until(lambda: "is not a reader" in lane.said)


@pytest.mark.parametrize("is_tag_first", [True, False], ids=["tag_first", "code_first"])
async def test_a_wristband_that_a_lane_reads_as_code_and_as_tag_is_one_line(
    tmp_path: Path, office: TicketOffice, *, is_tag_first: bool
) -> None:
    """The arm was opened, and told to stay closed at once. Later it is a ticket that is used."""
    code, clock = office.sell(), ManualClock()
    [ticket_id] = office.rows
    credential = sign_credential(
        Claims(key_id=7, ticket_id=ticket_id, ticket_type_code=STANDARD, tag_uid=UID),
        office.ticket_key,
    )
    tag = TagScan(UID, "NTAG213", credential, None, TagChecks(), "NFC", Duration(0))
    media: list[Reading] = [tag, RawScan(code, "imager", Duration(0))]
    if not is_tag_first:
        media.reverse()
    server = FakeSyncServer(office, clock)
    server.publish()
    session = await PairedGate(tmp_path / "p", server, clock=clock).open()
    await session.sync_once()
    first, second = [await _answer_reading(session, one) for one in media]
    assert first is not None
    assert (first["reason"], second) == ("ok", None)
    clock.advance(IMAGER_HOLD + MILLISECOND)
    third = await _answer_reading(session, media[1])
    assert third is not None
    assert third["reason"] == "already_used"
    await session.close()
