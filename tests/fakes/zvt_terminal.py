"""A card terminal behind a TCP port: it speaks ZVT, has a ledger of its own, and moods.

Written from the protocol's own pages and by captured messages of real terminals, and by bytes: it
shares no code with the till's side, so that both would have to misread the same page.
"""

from __future__ import annotations

import select
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final, Self

import pytest

_TICK: Final = 0.01
ACK: Final = bytes.fromhex("800000")
DONE: Final = bytes.fromhex("060F00")
TERMINAL_ID: Final = "28004869"


@dataclass
class Booked:
    """A line of the terminal's ledger.

    Attributes:
        kind: `pay`, `back` or `refund`.
        amount_minor: In minor units.
        receipt: Its number.
        is_reversed: It was taken back.
        date: Month and day.
        hour: Of that day.
    """

    kind: str
    amount_minor: int
    receipt: int
    is_reversed: bool = False
    date: str = "1006"
    hour: int = 0


@dataclass
class Moods:
    """How it behaves.

    Attributes:
        next: What it does with the next requests that move money; then `approve`. One of
            `approve`, `approve_twice`, `book_twice`, `book_twice_cut`, `slow`, `decline`, `abort`,
            `refuse`, `cut`, `cut_booked`, `cut_late`, `silent`, `silent_booked`, `garbage`,
            `garbage_booked`, `endless`, `other_amount`, `no_amount`, `unfinished`, `stale` (its
            last booking once more).
        late: Seconds until a late booking.
        ignores_cancel: `06 B0` changes nothing.
        claims_idle: It says that it is idle while it is not.
        has_trace: It numbers its bookings; many say 000000 for each.
        no_repeat: By which code it aborts a repetition; empty where it knows its last booking.
        ends_day: It knows the end of the day.
        mute: It takes connections and answers nothing at all.
        silent_day: It settles the day, and says nothing of it.
        counts_daily: Its receipts are numbered from 1 again once a day is settled.
        date: Of its bookings, as month and day.
        has_printer: It prints its slips itself where it is told to; else it sends their lines.
    """

    next: list[str] = field(default_factory=list)
    late: float = 0.3
    ignores_cancel: bool = False
    claims_idle: bool = False
    has_trace: bool = True
    no_repeat: bytes = b""
    ends_day: bool = True
    mute: bool = False
    silent_day: bool = False
    counts_daily: bool = False
    date: str = "1006"
    has_printer: bool = True


def frame(command: str, data: bytes = b"") -> bytes:
    """Make a message."""
    size = len(data)
    head = bytes.fromhex(command)
    return head + (bytes([size]) if size < 255 else b"\xff" + size.to_bytes(2, "little")) + data


def status(
    booked: Booked,
    *,
    amount: int | None = None,
    with_amount: bool = True,
    trace: int = 0,
    terminal_id: str = TERMINAL_ID,
) -> bytes:
    """Make the status information of a booking, field by field as captured ones have them."""
    minor = booked.amount_minor if amount is None else amount
    text = b"GEN.NR.:611804"
    parts = [
        "2700",
        f"04{minor:012d}" if with_amount else "",
        f"0B{trace:06d}",
        f"0C{booked.hour:02d}3953",
        f"0D{booked.date}",
        "0E2512",
        "170001",
        "1970",
        "22F0F8EEEEEEEEEEEE4771",
        f"29{terminal_id}",
        "2A" + b"100461763      ".hex(),
        "3B" + "3631313830340000",
        "3CF0F1F4" + text.hex(),
        "490978",
        f"87{booked.receipt:04d}",
        f"88{trace:06d}",
        "8A2E",
        "8BF1F7" + b"Debit Mastercard\0".hex(),
    ]
    return frame("040F", bytes.fromhex("".join(parts)))


class ZvtTerminal:
    """The terminal; a real server on the loopback.

    Attributes:
        moods: How it behaves.
        ledger: What it has booked, in order.
        asked: Commands that came, as hex of class and instruction, in order.
        slips: Receipt numbers of what it has printed itself, in order; 0 for a day's end.
        port: Where it listens.
        terminal_id: What it is called in its bookings.
    """

    def __init__(self, *behaviour: str, terminal_id: str = TERMINAL_ID) -> None:
        self.terminal_id = terminal_id
        self.moods = Moods(next=list(behaviour))
        self.ledger: list[Booked] = []
        self.asked: list[str] = []
        self.slips: list[int] = []
        self._prints = True
        self._settled = 0
        self._busy_until = 0.0
        self._late: list[tuple[float, Booked]] = []
        self._lock = threading.Lock()
        self._stops = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._buffer = b""

    @property
    def address(self) -> str:
        """As a till's set-up names it."""
        return f"zvt:127.0.0.1:{self.port}"

    @property
    def charged_minor(self) -> int:
        """What cards were really charged, less what they were given back."""
        with self._lock:
            signs = {"pay": 1, "back": -1, "refund": -1}
            return sum(signs[one.kind] * one.amount_minor for one in self.ledger)

    def count(self, command: str) -> int:
        """Count how often a command came."""
        return self.asked.count(command)

    def book_by_hand(self, amount_minor: int) -> None:
        """Let somebody key a payment in at the terminal."""
        self._book("pay", amount_minor)

    def give_back_by_hand(self, amount_minor: int) -> None:
        """Let somebody key in what goes back to a card."""
        self._book("refund", amount_minor)

    def settle_day(self) -> None:
        """Let it settle its day by itself, as many do at night."""
        self._settled = len(self.ledger)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Switch it off."""
        if not self._stops.is_set():
            self._stops.set()
            self._thread.join(60)

    # -- the server ----------------------------------------------------------------------------

    def _run(self) -> None:
        with self._listener:
            while not self._stops.is_set():
                self._book_late()
                if not select.select([self._listener], [], [], _TICK)[0]:
                    continue
                connection, _ = self._listener.accept()
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                with connection:
                    self._buffer = b""
                    self._serve(connection)

    def _serve(self, line: socket.socket) -> None:
        try:
            while not self._stops.is_set():
                self._book_late()
                command = self._next_frame(line)
                if command is None:
                    return
                if command and not self.moods.mute and not self._answer(line, command):
                    return
        except OSError:
            return

    def _next_frame(self, line: socket.socket, seconds: float = _TICK) -> bytes | None:
        """Return a message, b"" where none came in time, or None where the till hung up."""
        if len(self._buffer) < 3 or len(self._buffer) < 3 + self._buffer[2]:
            if not select.select([line], [], [], seconds)[0]:
                return b""
            data = line.recv(4_096)
            if not data:
                return None
            self._buffer += data
        if len(self._buffer) < 3 or len(self._buffer) < 3 + self._buffer[2]:
            return b""
        size = 3 + self._buffer[2]
        found, self._buffer = self._buffer[:size], self._buffer[size:]
        return found

    def _answer(self, line: socket.socket, command: bytes) -> bool:  # noqa: PLR0911 - a table of verbs
        """Answer one command; False to cut the line."""
        verb, data = command[:2].hex(), command[3:]
        if verb == "8000":
            return True
        self.asked.append(verb)
        if verb == "06b0":
            if not self.moods.ignores_cancel:
                self._drop_late()
                line.sendall(ACK)
            return True
        if self._is_busy() and not (self.moods.claims_idle and verb != "0601"):
            line.sendall(bytes.fromhex("849C00"))
            return True
        if verb == "0600":
            self._prints = self.moods.has_printer and not data[3] & 0x02
            return self._say(line, ACK, frame("060F", bytes.fromhex("1900290000000649" + "0978")))
        if verb == "0501":
            # The program's version, counted by three digits, then the state.
            return self._say(line, ACK, frame("060F", b"\xf0\xf0\xf6" + b"2.0.33" + b"\x00"))
        if verb == "0620":
            return self._repeat(line)
        if verb == "0601":
            return self._move(line, "pay", int(data[1:7].hex()))
        if verb == "0630":
            return self._reverse(line, int(data[4:6].hex()))
        if verb == "0631":
            return self._move(line, "refund", int(data[4:10].hex()))
        if verb in {"0610", "0650"}:
            return self._end_day(line, is_end=verb == "0650")
        line.sendall(bytes.fromhex("848300"))
        return True

    def _say(self, line: socket.socket, *messages: bytes) -> bool:
        """Send one message after another, each only when the one before was acknowledged."""
        for number, message in enumerate(messages):
            line.sendall(message)
            if message == ACK and number == 0:
                continue
            if not self._is_acknowledged(line):
                return False
        return True

    def _is_acknowledged(self, line: socket.socket) -> bool:
        until = time.monotonic() + 5
        while time.monotonic() < until and not self._stops.is_set():
            found = self._next_frame(line)
            if found is None:
                return False
            if found[:2] == b"\x80\x00":
                return True
            if found[:2] == b"\x06\xb0":
                self.asked.append("06b0")
        return False

    # -- what moves money ----------------------------------------------------------------------

    def _reverse(self, line: socket.socket, receipt: int) -> bool:
        found = next(
            (
                one
                for one in self.ledger[self._settled :]
                if one.receipt == receipt and one.kind == "pay" and not one.is_reversed
            ),
            None,
        )
        if found is None:
            return self._say(line, ACK, frame("061E", b"\x78"))
        is_alive = self._move(line, "back", found.amount_minor)
        found.is_reversed = any(
            one.kind == "back" and one.amount_minor == found.amount_minor
            for one in self.ledger[self.ledger.index(found) :]
        )
        return is_alive

    def _move(self, line: socket.socket, kind: str, amount_minor: int) -> bool:  # noqa: C901, PLR0911 - a table of moods
        """Do what the mood says."""
        mood = self.moods.next.pop(0) if self.moods.next else "approve"
        if mood == "refuse":
            line.sendall(bytes.fromhex("848300"))
            return True
        if mood == "silent":
            return True
        if mood == "cut":
            return False
        line.sendall(ACK)
        if mood == "cut_late":
            self._book_in(kind, amount_minor)
            return False
        if mood in {"abort", "decline"}:
            refusal = bytes.fromhex("276C29" + TERMINAL_ID + "3CF0F1F9") + b"Abbruch durch Kunde"
            said = [frame("040F", refusal)] if mood == "decline" else []
            return self._say(line, frame("04FF", b"\x1d"), *said, frame("061E", b"\x6c"))
        if not self._say(line, frame("04FF", b"\x0a"), frame("04FF", b"\x01\x02")):
            return False
        if mood == "stale":
            last = self.ledger[-1]
            trace = last.receipt if self.moods.has_trace else 0
            return self._say(line, self._status(last, trace=trace), DONE)
        if mood == "garbage":
            line.sendall(bytes(range(7, 250)))
            return False
        if mood == "endless":
            line.sendall(b"\x04\x0f\xff\xff\xff\x27\x00")
            return self._stay_silent(line)
        if mood == "slow" and not self._dawdle(line):
            return False
        booked = self._book(kind, amount_minor)
        trace = booked.receipt if self.moods.has_trace else 0
        if mood == "cut_booked":
            return False
        if mood == "silent_booked":
            return self._stay_silent(line)
        if mood == "garbage_booked":
            line.sendall(b"\x04\x0f\x40" + bytes(range(0x40)))
            return False
        result = self._status(
            booked,
            amount=amount_minor + 100 if mood == "other_amount" else None,
            with_amount=mood != "no_amount",
            trace=trace,
        )
        results = [result, *self._tell_again(mood, booked, result)]
        if mood in {"unfinished", "book_twice_cut"}:
            self._say(line, *results)
            return False
        slip = [] if self._prints else [frame("06D1", b"\x00" + b"K-U-N-D-E-N-B-E-L-E-G")]
        return self._say(line, *results, frame("04FF", b"\x1c"), *slip, DONE)

    def _tell_again(self, mood: str, booked: Booked, result: bytes) -> list[bytes]:
        """Say a booking twice, or make it once more, where the mood is so."""
        if mood in {"book_twice", "book_twice_cut"}:
            again = self._book(booked.kind, booked.amount_minor)
            return [self._status(again, trace=again.receipt if self.moods.has_trace else 0)]
        return [result] if mood == "approve_twice" else []

    def _dawdle(self, line: socket.socket) -> bool:
        """Wait for the card for long, and say so; give up where the till asks for that."""
        for _ in range(60):
            if not self._say(line, frame("04FF", b"\x0e")):
                return False
            if self.asked[-1] == "06b0" and not self.moods.ignores_cancel:
                self._say(line, frame("061E", b"\x6c"))
                return False
            self._stops.wait(0.02)
        return True

    def _stay_silent(self, line: socket.socket) -> bool:
        while not self._stops.is_set():
            if self._next_frame(line) is None:
                return False
        return False

    def _repeat(self, line: socket.socket) -> bool:
        with self._lock:
            last = self.ledger[-1] if self.ledger else None
        if last is None or self.moods.no_repeat:
            return self._say(line, ACK, frame("061E", self.moods.no_repeat or b"\x78"))
        self.slips += [last.receipt] * self._prints
        trace = last.receipt if self.moods.has_trace else 0
        return self._say(line, ACK, self._status(last, trace=trace), DONE)

    def _end_day(self, line: socket.socket, *, is_end: bool) -> bool:
        if not self.moods.ends_day:
            line.sendall(bytes.fromhex("848300"))
            return True
        signs = {"pay": 1, "back": -1, "refund": -1}
        self.slips += [0] * (self._prints and is_end)
        running = self.ledger[self._settled :]
        total = max(0, sum(signs[one.kind] * one.amount_minor for one in running))
        if is_end:
            self._settled = len(self.ledger)
            if self.moods.silent_day:
                line.sendall(ACK)
                return False
        single = f"{1:04d}{len(self.ledger):04d}{len(running) & 0xFF:02x}{total:012d}"
        single += "00000000000000" * 6
        text = bytes.fromhex(f"270004{total:012d}0C2239530D100660F0F5F3{single}")
        return self._say(line, ACK, frame("040F", text), DONE)

    def _status(self, booked: Booked, **said: Any) -> bytes:
        return status(booked, terminal_id=self.terminal_id, **said)

    def _book(self, kind: str, amount_minor: int) -> Booked:
        with self._lock:
            before = self._settled if self.moods.counts_daily else 0
            number = len(self.ledger) - before + 1
            hour = (len(self.ledger) + 1) % 24
            booked = Booked(kind, amount_minor, number, date=self.moods.date, hour=hour)
            self.ledger.append(booked)
            self.slips += [booked.receipt] * self._prints
            return booked

    # -- after the line was cut ----------------------------------------------------------------

    def _book_in(self, kind: str, amount_minor: int) -> None:
        at = time.monotonic() + self.moods.late
        self._late.append((at, Booked(kind, amount_minor, 0)))
        self._busy_until = at

    def _book_late(self) -> None:
        for at, one in list(self._late):
            if time.monotonic() >= at:
                self._late.remove((at, one))
                self._book(one.kind, one.amount_minor)

    def _drop_late(self) -> None:
        """Give up a payment that waits for its card."""
        self._late.clear()
        self._busy_until = 0.0

    def _is_busy(self) -> bool:
        self._book_late()
        return time.monotonic() < self._busy_until


@pytest.fixture
def terminal() -> Iterator[ZvtTerminal]:
    with ZvtTerminal() as made:
        yield made
