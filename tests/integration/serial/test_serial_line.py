"""A serial imager on a real line: codes, silence, pulling the cable, and plugging it in again."""

from __future__ import annotations

import termios
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import cast

import pytest

from command_line.clock_and_randomness import SystemClock
from gatekeeper.readers.debounce import Debounce
from gatekeeper.readers.lane_readers import LaneReaders, Reading
from gatekeeper.readers.ports import RawScan, ReaderHealth
from gatekeeper.readers.serial.serial_imager_thread import SerialSource
from gatekeeper.readers.serial.wanted_port import SerialPort, WantedPort, list_ports
from shared.kernel.instant import MILLISECOND, SECOND
from tests.factories.waiting import collect, until
from tests.fakes.clock import ManualClock
from tests.fakes.serial_line import SerialLine

IMAGER = WantedPort(vendor_id=0x0C2E, product_id=0x0B6A, serial_number="A1")
RETRY = 20 * MILLISECOND


def _port(line: SerialLine) -> SerialPort:
    return SerialPort(line.path, "Imager", 0x0C2E, 0x0B6A, "A1")


@pytest.fixture
def start() -> Iterator[Callable[..., SerialSource]]:
    """Give a function that starts sources, and close them."""
    sources: list[SerialSource] = []

    def begin(wanted: WantedPort, ports: Callable[[], list[SerialPort]] = list) -> SerialSource:
        sources.append(SerialSource(wanted, SystemClock(), retry=RETRY, ports=ports))
        return sources[-1]

    yield begin
    for source in sources:
        source.close()
        source.close()


def _take(source: SerialSource, count: int) -> list[RawScan]:
    return collect(source.poll, count)


def test_codes_come_over_the_line(start: Callable[..., SerialSource]) -> None:
    """Three hundred different codes back to back: all, in order, exact."""
    line = SerialLine()
    source: SerialSource = start(WantedPort(path=line.path))
    until(lambda: source.health is ReaderHealth.READY)
    codes = [f"{number:0200d}" for number in range(300)]
    sent = "".join(f"\x02]Q1{code}\r\n" for code in codes)
    threading.Thread(target=line.send, args=(sent,), daemon=True).start()
    taken = _take(source, len(codes))
    assert [scan.text for scan in taken] == codes
    assert {scan.source for scan in taken} == {source.name}
    line.unplug()


def test_an_imager_is_listened_to_at_its_own_speed(start: Callable[..., SerialSource]) -> None:
    """Those of RS-232 come from the factory set to 9600."""
    line = SerialLine()
    source = start(WantedPort(path=line.path, baud_rate=9_600))
    until(lambda: source.health is ReaderHealth.READY)
    with Path(line.path).open("rb") as port:
        speeds = termios.tcgetattr(port)[4:6]
    assert speeds == [termios.B9600] * 2
    line.unplug()


def test_a_code_without_an_end_comes_after_silence(start: Callable[..., SerialSource]) -> None:
    """Fifty milliseconds after its last byte, and not before."""
    line = SerialLine()
    source = start(WantedPort(path=line.path))
    until(lambda: source.health is ReaderHealth.READY)
    began = time.perf_counter()
    line.send("0478" * 50)
    assert [scan.text for scan in _take(source, 1)] == ["0478" * 50]
    assert time.perf_counter() - began > 0.04
    line.unplug()


@pytest.mark.parametrize("first", ["", "before\r"], ids=["ended by silence", "ended by a sign"])
def test_a_machine_that_stood_still_amid_a_code_reads_it_whole(first: str) -> None:
    """Its other half had come long ago: the holder was told twice that nothing was scanned."""
    line, clock = SerialLine(), ManualClock()
    source = SerialSource(WantedPort(path=line.path), clock)
    until(lambda: source.health is ReaderHealth.READY)
    line.send(first + "0478" * 25)
    until(lambda: len(source._framing._received) == 100)
    clock.advance(2 * SECOND)
    line.send("7840" * 25 + "\r")
    taken = _take(source, 1 + bool(first))
    assert [scan.text for scan in taken][-1] == "0478" * 25 + "7840" * 25
    assert taken[-1].at_monotonic == clock.monotonic()
    source.close()
    line.unplug()


def test_the_same_code_twice_is_one_scan(start: Callable[..., SerialSource]) -> None:
    """An imager that repeats itself within a second asks once."""
    line = SerialLine()
    source = start(WantedPort(path=line.path))
    until(lambda: source.health is ReaderHealth.READY)
    line.send("same\rsame\rother\r")
    readers = LaneReaders([source], Debounce())
    taken: list[Reading] = []

    def have_both_come() -> bool:
        taken.extend(readers.poll())
        return len(taken) == 2

    until(have_both_come)
    assert [scan.text for scan in taken if isinstance(scan, RawScan)] == ["same", "other"]
    line.unplug()


def test_an_overlong_code_is_cut_and_the_next_is_read(
    start: Callable[..., SerialSource],
) -> None:
    """Noise of megabytes costs nothing but itself."""
    line = SerialLine()
    source = start(WantedPort(path=line.path))
    until(lambda: source.health is ReaderHealth.READY)
    threading.Thread(target=line.send, args=(b"x" * 100_000 + b"\rgood\r",), daemon=True).start()
    texts: list[str] = []
    while "good" not in texts:
        texts += [scan.text for scan in _take(source, 1)]
    # A busy machine may fall silent in between, and the line then hears two codes.
    assert all(set(text) == {"x"} for text in texts[:-1])
    assert max(map(len, texts)) == 4096
    line.unplug()


def test_an_unplugged_imager_is_named_and_found_on_another_port(
    start: Callable[..., SerialSource],
) -> None:
    """Five times: absent with words, then ready on a new port, no descriptor left open."""
    line = SerialLine()
    plugged = [_port(line)]
    source = start(IMAGER, lambda: list(plugged))
    until(lambda: source.health is ReaderHealth.READY)
    descriptors: list[int] = []
    for number in range(5):
        line.send("half a co")
        plugged.clear()
        line.unplug()
        until(lambda: source.health is ReaderHealth.ABSENT and "plug it in" in source.fault)
        line = SerialLine()
        plugged.append(_port(line))
        until(lambda: source.health is ReaderHealth.READY and not source.fault)
        line.send(f"code {number}\r")
        assert _take(source, 1)[-1].text == f"code {number}"
        descriptors.append(len(list(Path("/proc/self/fd").iterdir())))
    assert descriptors[0] == descriptors[-1]
    line.unplug()


def test_an_imager_is_found_behind_a_port_that_left_while_ports_were_listed(
    start: Callable[..., SerialSource], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hub is pulled: of what leaves just then the system has no numbers, and pyserial stumbles.

    The imager's thread ended there: plugged in again, it stayed dark until the next start.
    """
    line, listed = SerialLine(), []

    def list_amid_pulling() -> list[SerialPort]:
        listed.append("ports")
        return list_ports() if len(listed) < 3 else [_port(line)]

    monkeypatch.setattr("serial.tools.list_ports.comports", lambda: int(cast("str", None), 16))
    source = start(IMAGER, list_amid_pulling)
    until(lambda: source.health is ReaderHealth.READY)
    line.send("code\r")
    assert _take(source, 1)[0].text == "code"
    line.unplug()


def test_an_imager_that_was_never_there_is_absent(start: Callable[..., SerialSource]) -> None:
    """It is named, and a port that cannot be opened says so."""
    source = start(IMAGER)
    until(lambda: source.fault)
    assert source.health is ReaderHealth.ABSENT
    assert source.fault == "no serial scanner USB 0c2e:0b6a, A1; plug it in"
    closed = start(WantedPort(path="/dev/no-such-port"))
    until(lambda: "cannot be opened" in closed.fault)
    assert closed.poll() == []


def test_two_imagers_of_one_kind_are_both_listened_to(start: Callable[..., SerialSource]) -> None:
    """Cheap ones have no number by which they could be told apart; each line is one of them."""
    lines = [SerialLine(), SerialLine()]
    plugged = [SerialPort(line.path, "Imager", 0x0C2E, 0x0B6A) for line in lines]
    wanted = WantedPort(vendor_id=0x0C2E, product_id=0x0B6A)
    one, two = (start(wanted, lambda: list(plugged)) for _ in lines)
    until(lambda: {one.health, two.health} == {ReaderHealth.READY})
    for number, line in enumerate(lines):
        line.send(f"code {number}\r")
    taken = collect(lambda: [*one.poll(), *two.poll()], 2)
    assert {scan.text for scan in taken} == {"code 0", "code 1"}
    plugged.pop(0)
    lines[0].unplug()
    until(lambda: ReaderHealth.ABSENT in {one.health, two.health})
    gone, other = (one, two) if one.health is ReaderHealth.ABSENT else (two, one)
    until(lambda: gone.fault.startswith("another serial scanner"))
    # Whoever was told the other's line would unplug the one that works.
    assert (
        gone.fault
        == "another serial scanner USB 0c2e:0b6a is in use; plug in the one that is missing"
    )
    assert other.health is ReaderHealth.READY
    lines[1].unplug()


def test_several_imagers_work_side_by_side(start: Callable[..., SerialSource]) -> None:
    """One unplugged does not disturb the other."""
    first, second = SerialLine(), SerialLine()
    one, two = start(WantedPort(path=first.path)), start(WantedPort(path=second.path))
    until(lambda: {one.health, two.health} == {ReaderHealth.READY})
    first.unplug()
    until(lambda: one.health is ReaderHealth.ABSENT)
    second.send("still here\r")
    assert [scan.text for scan in _take(two, 1)] == ["still here"]
    assert two.health is ReaderHealth.READY
    second.unplug()
