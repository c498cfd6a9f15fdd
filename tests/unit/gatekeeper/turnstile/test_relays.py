"""Relays on a serial line and behind an address."""

from __future__ import annotations

import http.client
import os
import socket
import termios
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
import serial

from gatekeeper.turnstile.arm_and_relay_times import SENSOR_TIMEOUT
from gatekeeper.turnstile.http_relay import HttpRelay
from gatekeeper.turnstile.ports import ArmUnsure
from gatekeeper.turnstile.relay_from_text import open_relay
from gatekeeper.turnstile.serial_relay import SerialRelay
from shared.kernel.errors import BadInput, EnvironmentFault
from shared.kernel.instant import MILLISECOND, SECOND, Duration
from tests.fakes.clock import ManualClock
from tests.fakes.serial_line import SerialLine


class Board(HTTPServer):
    """A relay board: counts what it opened, and says what its sensor says."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), BoardHandler)
        self.opened = 0
        self.answers: list[bytes] = []
        self.say: Callable[[], bytes] = lambda: self.answers.pop(0) if self.answers else b"0"
        self.status = 200

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class BoardHandler(BaseHTTPRequestHandler):
    server: Board

    def do_GET(self) -> None:
        body = b"ok"
        if self.path == "/relay/0?turn=on&timer=1":
            self.server.opened += 1
        else:
            body = self.server.say()
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


class Paced:
    """Time that passes by pauses, and by what each question takes."""

    def __init__(self, question: Duration = Duration(0)) -> None:
        self.now, self.question, self.is_over = Duration(0), question, False

    def wait(self, seconds: float, /) -> bool:
        self.now = Duration(self.now + self.question + round(seconds * SECOND))
        return self.is_over

    def set(self) -> None:
        self.is_over = True

    def elapsed(self) -> Duration:
        return self.now


def relay_at(*where: str, paced: Paced | None = None, **more: Any) -> HttpRelay:
    paced = paced or Paced()
    return HttpRelay(*where, pause=paced, elapsed=paced.elapsed, **more)


def line_at(path: str, **more: Any) -> SerialRelay:
    paced = Paced()
    return SerialRelay(path, pause=paced, elapsed=paced.elapsed, **more)


@pytest.fixture
def port() -> Iterator[SerialLine]:
    port = SerialLine()
    yield port
    port.unplug()


@pytest.fixture
def board() -> Iterator[Board]:
    board = Board()
    thread = threading.Thread(target=board.serve_forever, args=(0.02,))
    thread.start()
    yield board
    board.shutdown()
    thread.join()
    board.server_close()


def test_an_address_opens_the_arm_and_its_sensor_tells_of_the_passage(board: Board) -> None:
    """One fetch is one person; the sensor is asked until it says yes."""
    relay = relay_at(f"{board.url}/relay/0?turn=on&timer=1", f"{board.url}/input/0")
    board.answers = [b"0", b'{"input": 0}', b'{"input": 1}']
    relay.open_once()
    assert relay.wait_for_passage(5 * SECOND)
    assert (board.opened, board.answers) == (1, [])


@pytest.mark.parametrize("body", [b"0", b"false", b'{"input": 0}', b'{"state": false}', b"0.0"])
def test_a_sensor_that_says_no_is_nobody(board: Board, body: bytes) -> None:
    """Whoever was let in and did not pass is taken back."""
    board.answers = [body] * 3
    relay = relay_at(board.url, f"{board.url}/input/0")
    assert not relay.wait_for_passage(300 * MILLISECOND)


@pytest.mark.parametrize(
    "body",
    [b"", b"maybe", b"[]", b'{"other": true}', b"2", b'{"state": null}', b"<html>", b"[" * 4_000],
)
def test_a_sensor_that_says_neither_yes_nor_no_knows_of_nobody(board: Board, body: bytes) -> None:
    """Such a page never says yes: each ticket would be free again, its holder inside."""
    board.answers = [b"0", body]
    relay = relay_at(board.url, f"{board.url}/input/0")
    with pytest.raises(EnvironmentFault, match="neither"):
        relay.wait_for_passage(300 * MILLISECOND)


def test_a_sensor_that_cannot_be_reached_is_not_waited_for_longer_than_one_that_is_silent(
    board: Board,
) -> None:
    """Who passes meanwhile is not seen, and the exit of a zone that is emptied opens later."""
    made: list[http.client.HTTPConnection] = []

    def connect(host: str, port: int) -> http.client.HTTPConnection:
        made.append(http.client.HTTPConnection(host, port, timeout=60))
        return made[-1]

    relay = relay_at(board.url, f"{board.url}/input/0", connect=connect)
    relay.open_once()
    assert [one.timeout for one in made] == [SENSOR_TIMEOUT / SECOND, 60]


def test_who_has_passed_is_through_before_the_next_one_is_let_in(board: Board) -> None:
    """Else the contact of the first of a group counts for the second, whom the arm shuts out."""
    board.answers = [b"0", b"1", b"1"]
    relay = relay_at(board.url, f"{board.url}/input/0")
    assert relay.wait_for_passage(5 * SECOND)
    assert board.answers == []
    board.answers = [b"1", b"neither"]
    assert relay.wait_for_passage(5 * SECOND), "somebody has passed, whatever is said then"


def test_who_has_passed_a_contact_is_through_before_the_next_one_is_let_in(
    port: SerialLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As with a sensor at an address."""
    contact = iter([False, True, True, *[False] * 17, True])
    monkeypatch.setattr(serial.Serial, "cts", property(lambda _: next(contact)))
    relay = line_at(port.path, has_sensor=True)
    assert relay.wait_for_passage(5 * SECOND)
    assert list(contact) == [True]
    relay.close()


def test_a_contact_that_was_closed_before_the_arm_opened_is_no_word_on_who_is_let_through(
    board: Board,
) -> None:
    """Of whoever went before, or stuck: an exit that nobody used would count for a copy."""
    relay = relay_at(f"{board.url}/relay/0?turn=on&timer=1", f"{board.url}/input/0")
    board.answers = [b"1"] * 200
    relay.open_once()
    with pytest.raises(EnvironmentFault, match="before the arm was opened"):
        relay.wait_for_passage(400 * MILLISECOND)
    board.answers = [b"1", b"1", b"0", b"0"]
    relay.open_once()
    with pytest.raises(EnvironmentFault, match="before the arm was opened"):
        relay.wait_for_passage(400 * MILLISECOND)  # who leaned in has perhaps gone through
    board.answers = [b"1", b"0", b"1", b"0"]
    relay.open_once()
    assert relay.wait_for_passage(400 * MILLISECOND), "it was open, and closed again"
    board.answers = [b"neither", b"1"] + [b"0"] * 20
    relay.open_once()
    assert board.opened == 4, "whatever the sensor says before"
    with pytest.raises(EnvironmentFault, match="before the arm was opened"):
        relay.wait_for_passage(400 * MILLISECOND)


def test_a_closed_contact_on_a_line_is_no_word_on_who_is_let_through(
    port: SerialLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As with a sensor at an address."""
    contact = iter([True] * 10 + [False])  # open again when the pulse is over
    monkeypatch.setattr(serial.Serial, "cts", property(lambda _: next(contact, False)))
    relay = line_at(port.path, has_sensor=True, pulse=100 * MILLISECOND)
    relay.open_once()
    with pytest.raises(EnvironmentFault, match="before the arm was opened"):
        relay.wait_for_passage(40 * MILLISECOND)
    relay.close()


def test_two_legs_before_a_sensor_are_one_person(board: Board) -> None:
    """Else the second counts for the next of a group, who stays and lends the ticket."""
    relay = relay_at(f"{board.url}/relay/0?turn=on&timer=1", f"{board.url}/input/0")
    board.answers = [b"0", b"0", b"1", b"0", b"1", b"0", b"0", b"0", b"0"]
    relay.open_once()
    assert relay.wait_for_passage(400 * MILLISECOND)
    relay.open_once()
    assert not relay.wait_for_passage(200 * MILLISECOND)


def test_a_relay_that_is_let_go_knows_of_nobody(
    board: Board, port: SerialLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The program is closed while somebody stands before the open arm: they may well go in."""
    relay = relay_at(board.url, f"{board.url}/input/0")
    relay.close()
    with pytest.raises(EnvironmentFault, match="released"):
        relay.wait_for_passage(5 * SECOND)
    monkeypatch.setattr(serial.Serial, "cts", False)
    line = line_at(port.path, has_sensor=True)
    line.close()
    with pytest.raises(EnvironmentFault, match="released"):
        line.wait_for_passage(5 * SECOND)


def test_who_passes_at_the_last_moment_has_passed(board: Board) -> None:
    """It is asked once more: else the ticket of somebody inside would be freed for a copy."""
    board.answers = [b"0"] * 8 + [b"1"]
    paced = Paced()
    relay = relay_at(board.url, f"{board.url}/input/0", paced=paced)
    assert relay.wait_for_passage(400 * MILLISECOND)
    board.answers = [b"0"] * 9 + [b"1"]
    assert not relay.wait_for_passage(400 * MILLISECOND)
    assert board.answers == [b"1"]


def test_a_sensor_is_not_waited_for_the_longer_the_slower_it_answers(board: Board) -> None:
    """The next visitor stands before the arm meanwhile."""
    paced = Paced(question=Duration(50 * MILLISECOND))
    relay = relay_at(board.url, f"{board.url}/input/0", paced=paced)
    assert not relay.wait_for_passage(1_000 * MILLISECOND)
    assert paced.elapsed() <= 1_100 * MILLISECOND


def test_a_sensor_that_answers_slowly_does_not_say_that_nobody_passed(board: Board) -> None:
    """Who walked through between two questions is inside: their ticket must not be free."""
    for question, is_seen in ((150, True), (300, False)):
        paced = Paced(question=question * MILLISECOND)
        relay = relay_at(board.url, f"{board.url}/input/0", paced=paced)
        relay.open_once()
        if is_seen:
            assert not relay.wait_for_passage(2 * SECOND)
            continue
        with pytest.raises(EnvironmentFault, match="not asked for a while"):
            relay.wait_for_passage(2 * SECOND)


def test_who_walks_through_a_beam_in_a_seventh_of_a_second_has_passed(board: Board) -> None:
    """Unseen, they would be inside, and their ticket free for a copy."""
    paced = Paced(question=Duration(80 * MILLISECOND))

    def contact() -> bytes:
        return b"1" if 600 <= paced.now // MILLISECOND < 740 else b"0"

    board.say = contact
    relay = relay_at(board.url, f"{board.url}/input/0", paced=paced)
    relay.open_once()
    assert relay.wait_for_passage(5 * SECOND)


def test_who_passes_a_contact_at_the_last_moment_has_passed(
    port: SerialLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As with a sensor at an address."""
    contact = iter([False, False, True])
    monkeypatch.setattr(serial.Serial, "cts", property(lambda _: next(contact, False)))
    relay = line_at(port.path, has_sensor=True)
    assert relay.wait_for_passage(40 * MILLISECOND)
    relay.close()


def test_an_address_that_refuses_or_is_gone_says_what_to_check(board: Board) -> None:
    """A fault of the relay is told in words that a steward can act on."""
    board.status = 404
    with pytest.raises(EnvironmentFault, match="refuses") as refused:
        relay_at(f"{board.url}/relay/0?turn=off").open_once()
    assert not isinstance(refused.value, ArmUnsure)
    with pytest.raises(EnvironmentFault, match="check its network"):
        relay_at("http://127.0.0.1:1/open").open_once()


@pytest.mark.parametrize("status", [302, 500, 503])
def test_a_board_that_opens_and_answers_otherwise_may_have_opened(
    board: Board, status: int
) -> None:
    """Small boards send whoever switched them back to their page, or stumble after switching."""
    board.status = status
    with pytest.raises(ArmUnsure, match=f"answers {status}"):
        relay_at(f"{board.url}/relay/0?turn=on&timer=1").open_once()
    assert board.opened == 1


def test_a_host_that_is_no_name_is_told_like_one_that_is_gone() -> None:
    """Else the arm's thread ends, and the lane waits for ever."""
    for host in ("a..b", "a" * 64):
        with pytest.raises(EnvironmentFault, match="check its network") as gone:
            relay_at(f"http://{host}/open").open_once()
        assert not isinstance(gone.value, ArmUnsure)


def test_a_board_with_a_sensor_that_confirms_late_may_have_let_somebody_through() -> None:
    """One that answers when its pulse is over; nobody has asked the sensor until then."""
    with socket.create_server(("127.0.0.1", 0)) as late:
        asked: list[socket.socket] = []
        thread = threading.Thread(target=lambda: asked.append(late.accept()[0]))
        thread.start()
        address = f"http://127.0.0.1:{late.getsockname()[1]}"
        with pytest.raises(ArmUnsure, match="does not answer"):
            relay_at(f"{address}/open", f"{address}/input").open_once()
        thread.join()
        asked[0].close()


def test_an_address_that_was_asked_and_is_silent_may_have_opened() -> None:
    """It confirms too late, or its answer is lost: somebody may be walking through."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        asked: list[bytes] = []

        def hang_up() -> None:
            line, _ = silent.accept()
            with line:
                asked.append(line.recv(4_096))

        thread = threading.Thread(target=hang_up)
        thread.start()
        port = silent.getsockname()[1]
        with pytest.raises(ArmUnsure, match="check its network"):
            relay_at(f"http://127.0.0.1:{port}/open").open_once()
        thread.join()
    assert asked[0].startswith(b"GET /open")
    with pytest.raises(EnvironmentFault) as gone:
        relay_at("http://127.0.0.1:1/open").open_once()
    assert not isinstance(gone.value, ArmUnsure), "it was never asked"


def test_a_serial_relay_that_is_unplugged_while_it_is_on_may_have_opened(port: SerialLine) -> None:
    """It was switched on, and nobody can switch it off."""
    relay = line_at(port.path, pulse=Duration(1))
    relay.open_once()
    line = relay._line
    assert line is not None
    write = line.write

    def write_and_vanish(telegram: bytes) -> None:
        write(telegram)
        line.flush = vanish

    def vanish() -> None:
        raise OSError("the device is gone")

    line.write = write_and_vanish
    with pytest.raises(ArmUnsure, match="check its cable"):
        relay.open_once()


def test_a_serial_relay_that_the_system_loses_ends_no_thread(port: SerialLine) -> None:
    """The terminal's own fault is no `OSError`: the lane would wait, and an exit stay shut."""
    relay = line_at(port.path, pulse=Duration(1))
    relay.open_once()

    def vanish() -> None:
        raise termios.error(5, "Input/output error")

    assert relay._line is not None
    relay._line.flush = vanish
    with pytest.raises(ArmUnsure, match="check its cable"):
        relay.open_once()


def test_an_arm_on_a_line_serves_one_program(port: SerialLine) -> None:
    """Two lanes at one arm would each take the other's visitor for their own."""
    relay, other = (line_at(port.path, pulse=Duration(1)) for _ in range(2))
    relay.open_once()
    with pytest.raises(EnvironmentFault, match="check its cable"):
        other.open_once()
    relay.close()
    other.open_once()
    other.close()


def test_a_serial_line_that_takes_the_telegram_too_late_may_have_opened(port: SerialLine) -> None:
    """What the system has taken of it goes out when the line is free again."""
    relay = line_at(port.path, pulse=Duration(1))
    relay.open_once()
    line = relay._line
    assert line is not None
    write = line.write

    def write_late(telegram: bytes) -> None:
        write(telegram)
        raise serial.SerialTimeoutException("Write timeout")

    line.write = write_late
    with pytest.raises(ArmUnsure, match="check its cable"):
        relay.open_once()


def test_who_passes_while_a_serial_relay_is_still_on_has_passed(
    port: SerialLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The contact is open again when the pulse is over; nobody's ticket is freed for a copy."""
    contact = iter([True, False, True])  # closed by who passed before, then by this one
    monkeypatch.setattr(serial.Serial, "cts", property(lambda _: next(contact, False)))
    relay = line_at(port.path, has_sensor=True, pulse=100 * MILLISECOND)
    relay.open_once()
    assert next(contact, None) is None, "all of it was within the pulse"
    assert relay.wait_for_passage(60 * MILLISECOND)
    relay.open_once()
    assert not relay.wait_for_passage(60 * MILLISECOND), "nobody has passed the second time"
    relay.close()


def test_a_serial_relay_is_switched_on_and_off_again(port: SerialLine) -> None:
    """The two telegrams of the common USB relays, in order; off at the start as well."""
    relay = line_at(port.path, pulse=20 * MILLISECOND)
    relay.lock()
    relay.open_once()
    wanted, written = bytes.fromhex("A00100A1A00101A2A00100A1"), b""
    while len(written) < len(wanted):
        written += os.read(port.near, 64)
    assert written == wanted
    relay.close()


def test_an_unplugged_serial_relay_says_what_to_check_and_comes_back() -> None:
    """A line that is gone is a fault; the next admission opens it anew."""
    with pytest.raises(EnvironmentFault, match="check its cable"):
        line_at("/dev/nothing-here").open_once()
    port = SerialLine()
    relay = line_at(port.path, pulse=Duration(1))
    relay.open_once()
    port.unplug()
    with pytest.raises(EnvironmentFault, match="check its cable"):
        relay.open_once()
    relay.close()


def test_relays_are_named_by_a_line_of_text() -> None:
    """Serial with and without a contact, an address with and without a sensor; nothing else."""
    assert not open_relay("serial:/dev/ttyUSB0", ManualClock()).has_sensor
    assert open_relay("serial:/dev/ttyUSB0+cts", ManualClock()).has_sensor
    assert not open_relay("http://10.0.0.5/relay/0?turn=on", ManualClock()).has_sensor
    assert open_relay("http://10.0.0.5/on,http://10.0.0.5/input", ManualClock()).has_sensor
    for wrong in ("http://10.0.0.5/öffnen", "http://10.0.0.5/turn on", "http://x/,http://y/ö"):
        with pytest.raises(BadInput):
            open_relay(wrong, ManualClock())
    for wrong in ("", "serial:", "serial:+cts", "ftp://x", "http://", "gpio:4", "http://x:0/"):
        with pytest.raises(BadInput):
            open_relay(wrong, ManualClock())
