"""A turnstile as it stands there: its relay, its arm, its sensor, and who walks through.

The product's own relays ask it, by a wire that is none. Whoever asks waits in the arm's own time,
which runs ahead of the world's for as long as one person is let through: nobody else touches it
meanwhile. What the arm does, and whether the person passes, is drawn before.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Final

import msgspec
import serial

from gatekeeper.turnstile.http_relay import HttpRelay
from gatekeeper.turnstile.ports import ArmRelay
from gatekeeper.turnstile.serial_relay import SerialRelay
from shared.kernel.instant import MILLISECOND, SECOND, Duration, Instant
from simulator.kernel.dice import Dice

LOCKS_WITHIN: Final[Duration] = 10 * SECOND
"""After it was told to open, as every arm must (`docs/operations.md`)."""
THROUGH_WITHIN: Final[Duration] = 2 * SECOND
"""So long goes through who has begun before."""
LATE_MAX: Final[Duration] = 3 * SECOND
SILENCE: Final[Duration] = 2 * SECOND
"""How long who asks waits for a relay that does not answer."""
WAYS_MAX_MS: Final = (0, 1, 40)
"""Of a question to an arm's relay; each arm has one of them."""
_ON: Final = bytes.fromhex("A00101A2")


class Word(StrEnum):
    """What a relay answers when it is told to open."""

    DONE = "done"
    GONE = "gone"
    """Nobody is there to be told."""
    REFUSED = "refused"
    STUMBLES = "stumbles"
    ELSEWHERE = "elsewhere"
    SILENT = "silent"


CLOSED_BY: Final = frozenset({Word.GONE, Word.REFUSED})
"""Then the arm stays closed; after any other word but `done` nobody can tell."""


class Feels(StrEnum):
    """How a sensor is."""

    FINE = "fine"
    GONE = "gone"
    NONSENSE = "nonsense"
    """It answers, and says nothing of who passed."""
    DEAD = "dead"
    """Its wire is broken: it says that nobody passes, whoever does."""
    STUCK = "stuck"
    """Its contact is closed, whoever passes."""


BY_CHANCE: Final = (Feels.FINE, Feels.GONE, Feels.NONSENSE)
"""How it may be for one person."""


class Fate(msgspec.Struct, frozen=True, kw_only=True):
    """What happens when one person is let through.

    Attributes:
        word: The relay's.
        opens_after: When the arm opens, from being told; None for never.
        passes_after: When the person passes, from then; None for somebody who turns back.
        feels: The sensor's state.
        closes_for: How long its contact is closed by the passage.
    """

    word: Word = Word.DONE
    opens_after: Duration | None = Duration(0)
    passes_after: Duration | None = Duration(SECOND)
    feels: Feels = Feels.FINE
    closes_for: Duration = Duration(400 * MILLISECOND)


WELL: Final = Fate()


def draw_fate(dice: Dice) -> Fate:
    """Draw what happens to one person: mostly nothing."""
    word, opens, feels = Word.DONE, Duration(dice.below(300 * MILLISECOND)), Feels.FINE
    passes: Duration | None = Duration(dice.between(200, 6_000) * MILLISECOND)
    if dice.chance(0.25):
        word = dice.pick(tuple(Word))
        opens = Duration(dice.below(LATE_MAX))
    does_open = word not in CLOSED_BY and not dice.chance(0.1 if word is Word.DONE else 0.5)
    if dice.chance(0.15):
        feels = dice.pick(BY_CHANCE)
    if dice.chance(0.2):
        passes = None
    elif dice.chance(0.2):  # at the last moment
        passes = Duration(LOCKS_WITHIN - opens + dice.between(-400, 1_500) * MILLISECOND)
    return Fate(
        word=word,
        opens_after=opens if does_open else None,
        passes_after=passes,
        feels=feels,
        closes_for=Duration(dice.between(140, 900) * MILLISECOND),
    )


class Arm:
    """One arm, its relay and its sensor, in their own time.

    Attributes:
        now: That time.
        passed_at: When the last person who was let through passed; None for nobody.
        is_broken: Its sensor is dead or stuck until somebody mends it; None while it is neither.
    """

    def __init__(self, dice: Dice) -> None:
        self._dice, self._fate = dice, WELL
        self._way_max = dice.pick(WAYS_MAX_MS)
        self.now = Instant(0)
        self.passed_at: Instant | None = None
        self.is_broken: Feels | None = None
        self._closed: list[tuple[Instant, Instant]] = []

    def await_one(self, now: Instant, fate: Fate) -> None:
        """Stand ready for the next person."""
        self.now, self._fate, self.passed_at = now, fate, None

    def wait(self, seconds: float, /) -> bool:
        """Let time pass; fulfils `ArmPause`."""
        self.now = Instant(self.now + round(seconds * SECOND))
        return False

    def set(self) -> None:
        """Wait no more."""

    # -- what is asked of it ---------------------------------------------------------------------

    def travel(self) -> None:
        """Let a question or an answer be on its way."""
        self.now = Instant(self.now + self._dice.between(0, self._way_max) * MILLISECOND)

    def tell(self) -> Word:
        """Tell the relay to open; gives what it answers."""
        fate = self._fate
        if fate.opens_after is not None and fate.passes_after is not None:
            passed_at = Instant(self.now + fate.opens_after + fate.passes_after)
            if passed_at < self.now + LOCKS_WITHIN + THROUGH_WITHIN:
                self.passed_at = passed_at
                self._closed = [(passed_at, Instant(passed_at + fate.closes_for))]
        return fate.word

    @property
    def word(self) -> Word:
        """What the relay answers now."""
        return self._fate.word

    @property
    def feels(self) -> Feels:
        """How its sensor is."""
        return self.is_broken or self._fate.feels

    @property
    def is_closed(self) -> bool:
        """Whether the sensor's contact is closed."""
        if self.is_broken is not None:
            return self.is_broken is Feels.STUCK
        return any(first <= self.now < last for first, last in self._closed)


class ArmAnswer:
    """What came back over HTTP."""

    def __init__(self, status: int, body: bytes) -> None:
        self.status, self._body = status, body

    def read(self, _size: int) -> bytes:
        """Give its body."""
        return self._body


STATUS: Final = {Word.DONE: 200, Word.REFUSED: 404, Word.STUMBLES: 500, Word.ELSEWHERE: 302}
SENSOR: Final = "/sensor"


class ArmConnection:
    """A connection of `http.client`, as far as a relay uses one."""

    def __init__(self, arm: Arm) -> None:
        self._arm, self._answer = arm, ArmAnswer(200, b"")
        self.sock = self
        self._path = ""

    def connect(self) -> None:
        """Reach whoever is asked: the relay where it is there, and the sensor beside it."""

    def request(self, _method: str, path: str) -> None:
        """Ask."""
        arm = self._arm
        if path == SENSOR:
            arm.travel()
            if arm.feels is Feels.GONE:
                raise ConnectionResetError
            said = b'{"input": %d}' % arm.is_closed
            if arm.feels is Feels.NONSENSE:
                said = b"<title>Relay</title>"
            self._answer = ArmAnswer(200, said)
            return
        arm.travel()
        word = arm.tell()
        if word is Word.SILENT:
            arm.wait(SILENCE / SECOND)
            raise TimeoutError
        self._answer = ArmAnswer(STATUS[word], b"ok")

    def getresponse(self) -> ArmAnswer:
        """Wait for the answer."""
        self._arm.travel()
        return self._answer

    def close(self) -> None:
        """Hang up."""

    def settimeout(self, _seconds: float) -> None:
        """Take how long it may be silent: it answers at once or never."""


class UnreachedConnection(ArmConnection):
    """One to a relay that is not there."""

    def connect(self) -> None:
        """Find nobody."""
        self._arm.travel()
        raise ConnectionRefusedError


class ArmLine:
    """A serial line, as far as a relay uses one."""

    def __init__(self, arm: Arm) -> None:
        self._arm, self._is_told = arm, False

    def write(self, telegram: bytes) -> None:
        """Take a telegram."""
        if telegram != _ON:
            return
        if self._arm.word in CLOSED_BY:
            raise OSError("the line takes nothing")
        self._arm.tell()
        if self._arm.word is Word.STUMBLES:
            raise serial.SerialTimeoutException("Write timeout")

    def flush(self) -> None:
        """Wait until it is out."""
        if self._arm.word in {Word.SILENT, Word.ELSEWHERE}:
            raise OSError("the device is gone")

    @property
    def cts(self) -> bool:
        """Whether the contact is closed."""
        if self._arm.feels in {Feels.GONE, Feels.NONSENSE}:
            raise OSError("the device is gone")
        return self._arm.is_closed

    def close(self) -> None:
        """Let it go."""


def wire(arm: Arm, *, is_serial: bool, has_sensor: bool) -> ArmRelay:
    """Give the product's relay at an arm."""
    if is_serial:

        def open_line(_path: str) -> Any:
            if arm.word is Word.GONE:
                raise OSError("no such device")
            return ArmLine(arm)

        return SerialRelay(
            "/dev/arm",
            elapsed=lambda: Duration(arm.now),
            has_sensor=has_sensor,
            open_line=open_line,
            pause=arm,
        )

    def connect(_host: str, port: int) -> Any:
        is_gone = port == 80 and arm.word is Word.GONE
        return UnreachedConnection(arm) if is_gone else ArmConnection(arm)

    sensor = f"http://arm:81{SENSOR}" if has_sensor else None
    return HttpRelay(
        "http://arm/open", sensor, connect=connect, pause=arm, elapsed=lambda: Duration(arm.now)
    )
