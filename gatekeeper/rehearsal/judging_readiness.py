"""What a rehearsal has shown, and whether the device is ready for doors. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from gatekeeper.gate.clock import CLOCK_ERROR_MAX
from gatekeeper.low_disk_and_battery import BATTERY_MIN, FREE_BYTES_MIN
from gatekeeper.readers.black_still_or_silent_camera import CameraState
from gatekeeper.rehearsal.recording import Recording
from shared.kernel.instant import MILLISECOND, MINUTE, SECOND, Duration, Instant

CUT_EXTRA_MS: Final = 250.0
"""What a scan may take above the claim's budget when the server hangs."""
LATE_MAX: Final[Duration] = SECOND
"""How long somebody of a recorded queue may wait for those before them."""
KNOWLEDGE_AGE_MAX: Final[Duration] = 15 * MINUTE
"""What a gate knows of the event must not be older when doors open."""
REHEARSAL_P99_MAX_MS: Final = 50.0
"""Of a hundred scans of a rehearsal all but one take no longer."""


class Replay(msgspec.Struct, frozen=True):
    """A recorded queue, and how many times as fast it is played."""

    recording: Recording
    speed: int


class Played(msgspec.Struct, frozen=True, kw_only=True):
    """A queue that went through the lane.

    Attributes:
        at: When it began.
        gate: Where, by name.
        times_ms: From each scan to its durable answer, but for the first.
        took: All of it, without waiting for who had not come yet.
        cut_ms: The first scan, whose claim met a server that does not answer.
        budget_ms: How long such a claim may wait.
        repeats: Codes shown a second time, and how many of them were denied.
        forged: False codes, and how many of them were denied.
        wrong: Scans that were answered otherwise than they should have been.
        late: The longest that somebody of a recorded queue waited for those before them.
        replay: What was played; None for a generated queue.
    """

    at: Instant
    gate: str
    times_ms: tuple[float, ...]
    took: Duration
    cut_ms: float
    budget_ms: int
    repeats: tuple[int, int]
    forged: tuple[int, int]
    wrong: int
    late: Duration = Duration(0)
    replay: Replay | None = None

    @property
    def scans(self) -> int:
        """How many were made."""
        return len(self.times_ms) + 1

    @property
    def per_minute(self) -> int:
        """How many this device decides in a minute, one after the other."""
        return int(len(self.times_ms) * MINUTE / max(self.took, MILLISECOND))

    def quantile_ms(self, share: float) -> float:
        """Return the time that this share of the scans stayed within."""
        times = sorted(self.times_ms) or [0.0]
        return times[min(len(times) - 1, int(share * len(times)))]


class RehearsedDevice(msgspec.Struct, frozen=True, kw_only=True):
    """The device around the lane, as it stands.

    Attributes:
        is_online: The server answers.
        knowledge_age: Of the live event, or None while nothing is known.
        tickets: Of the live event.
        clock_error: How far the clock may be off in all, or None while unknown.
        free_bytes: On the disk, or None if that cannot be told.
        supervisors: Who can unlock this gate.
        readers: What is wrong with a reader, or "".
        camera: How it is.
        is_audible: Whether sounds are heard.
        is_silenced: Whether somebody has set this device to be silent.
        battery: In per cent; None on mains.
        problem: What the gate says is wrong, or "".
        trouble: Its kind, or "".
    """

    is_online: bool
    knowledge_age: Duration | None
    tickets: int
    clock_error: Duration | None
    free_bytes: int | None
    supervisors: int
    readers: str = ""
    camera: CameraState = CameraState.NONE
    is_audible: bool = True
    is_silenced: bool = False
    battery: int | None = None
    problem: str = ""
    trouble: str = ""


class RehearsalCheck(msgspec.Struct, frozen=True):
    """One line of the page.

    Attributes:
        key: What was looked at.
        is_fine: Whether doors may open as far as this goes.
        values: What the line says.
    """

    key: str
    is_fine: bool
    values: dict[str, str | int]


class Report(msgspec.Struct, frozen=True):
    """The page: ready, or not ready because."""

    played: Played
    checks: tuple[RehearsalCheck, ...]

    @property
    def is_ready(self) -> bool:
        """Whether nothing speaks against opening doors with this device."""
        return all(check.is_fine for check in self.checks)

    @property
    def objections(self) -> tuple[str, ...]:
        """Keys of what speaks against it."""
        return tuple(check.key for check in self.checks if not check.is_fine)


def judge_rehearsal(played: Played, around: RehearsedDevice) -> Report:
    """Weigh a queue that was played and the device around it."""
    return Report(played, (*_of_queue(played), *_of_device(around)))


def _of_queue(played: Played) -> Sequence[RehearsalCheck]:
    p99 = played.quantile_ms(0.99)
    repeats, forged = played.repeats, played.forged
    return (
        *_of_source(played),
        RehearsalCheck(
            "answers", played.wrong == 0, {"count": played.scans, "wrong": played.wrong}
        ),
        RehearsalCheck(
            "speed",
            p99 <= REHEARSAL_P99_MAX_MS,
            {
                "rate": played.per_minute,
                "p50": _spell_ms(played.quantile_ms(0.5)),
                "p99": _spell_ms(p99),
            },
        ),
        RehearsalCheck(
            "cut",
            played.cut_ms <= played.budget_ms + CUT_EXTRA_MS,
            {"ms": _spell_ms(played.cut_ms)},
        ),
        RehearsalCheck(
            "repeats", repeats[0] == repeats[1], {"found": repeats[1], "count": repeats[0]}
        ),
        RehearsalCheck("forged", forged[0] == forged[1], {"found": forged[1], "count": forged[0]}),
    )


def _of_source(played: Played) -> Sequence[RehearsalCheck]:
    """Say what was played, and whether the device kept the rhythm of a recorded queue."""
    replay = played.replay
    if replay is None:
        return (RehearsalCheck("queue", True, {}),)
    recording = replay.recording
    return (
        RehearsalCheck("queue", True, {"at": recording.began_at, "speed": replay.speed}),
        RehearsalCheck("pace", played.late <= LATE_MAX, {"ms": played.late // MILLISECOND}),
    )


def _of_device(around: RehearsedDevice) -> Sequence[RehearsalCheck]:
    age, error, free = around.knowledge_age, around.clock_error, around.free_bytes
    return (
        RehearsalCheck("server", around.is_online, {}),
        RehearsalCheck(
            "data",
            around.tickets > 0 and age is not None and age <= KNOWLEDGE_AGE_MAX,
            {"tickets": around.tickets, "minutes": -1 if age is None else age // MINUTE},
        ),
        RehearsalCheck(
            "clock",
            error is not None and error <= CLOCK_ERROR_MAX,
            {"ms": -1 if error is None else error // MILLISECOND},
        ),
        RehearsalCheck(
            "readers",
            not around.readers and not around.camera.is_trouble,
            {"why": around.readers, "camera": around.camera.value},
        ),
        RehearsalCheck(
            "sound",
            around.is_audible or around.is_silenced,
            {"percent": 0} if around.is_silenced else {},
        ),
        RehearsalCheck(
            "disk",
            free is not None and free >= FREE_BYTES_MIN,
            {"gigabytes": "?" if free is None else f"{free / 1e9:.1f}"},
        ),
        RehearsalCheck(
            "power",
            around.battery is None or around.battery > BATTERY_MIN,
            {"percent": -1 if around.battery is None else around.battery},
        ),
        RehearsalCheck("supervisors", around.supervisors > 0, {"count": around.supervisors}),
        RehearsalCheck(
            "gate", not around.problem, {"why": around.problem, "kind": around.trouble}
        ),
    )


def _spell_ms(value: float) -> str:
    return f"{value:.1f}" if value < 10 else str(round(value))
