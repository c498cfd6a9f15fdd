"""A recorded queue: found in the journal, cut to its busiest part, played as practice tickets."""

from __future__ import annotations

from pathlib import Path

import msgspec

from gatekeeper.gate.past_answers import read_scans
from gatekeeper.gate.requests import Scan
from gatekeeper.rehearsal.judging_readiness import (
    LATE_MAX,
    RehearsedDevice,
    Replay,
    judge_rehearsal,
)
from gatekeeper.rehearsal.playing import RehearsalStage, play
from gatekeeper.rehearsal.recording import (
    RECORDED_SCANS_MIN,
    RECORDED_WINDOW,
    RecordedScan,
    Recording,
    ScanKind,
    find_recording,
)
from gatekeeper.store.disk import FolderDisk
from shared.admission.facts import Direction
from shared.kernel.instant import HOUR, MINUTE, SECOND, Duration
from tests.factories.gate_device import GateDevice, run_at_once
from tests.factories.gate_event import NORTH, STARTS, TicketOffice, make_config
from tests.fakes.clock import ManualClock
from tests.fakes.entropy import SeededEntropy

QUICK = msgspec.structs.replace(make_config(claim_budget_ms=20), occurrences=())


async def record(folder: Path) -> Recording | None:
    """Let a gate work for some minutes; return what its journal has recorded of it."""
    office = TicketOffice()
    codes = [office.sell() for _ in range(RECORDED_SCANS_MIN)]
    voided = office.sell(state="cancelled")
    device = GateDevice(folder, office, clock=ManualClock(STARTS))
    await device.publish()
    await device.lane.scan(Scan(codes[0]))
    device.clock.advance(4 * HOUR)
    for number, code in enumerate(codes[1:]):
        device.clock.advance((3 + number % 2) * SECOND)
        await device.lane.scan(Scan(code))
    for code in (codes[5], voided, "https://example.org"):
        device.clock.advance(SECOND)
        await device.lane.scan(Scan(code))
    await device.lane.scan(Scan(codes[5], direction=Direction.OUT))
    found = find_recording(read_scans(device.store.journal, 1_000))
    device.stop()
    return found


async def test_the_newest_queue_is_found_with_its_rhythm_repeats_and_refusals(
    tmp_path: Path,
) -> None:
    """Scans hours before and ways out are no part of it."""
    found = await record(tmp_path)
    assert found is not None
    assert len(found.scans) == RECORDED_SCANS_MIN + 2
    assert found.count(ScanKind.GOOD) == RECORDED_SCANS_MIN - 1
    kinds = [scan.kind for scan in found.scans[-3:]]
    assert kinds == [ScanKind.REPEAT, ScanKind.REFUSED, ScanKind.JUNK]
    gaps = [b.at - a.at for a, b in zip(found.scans, found.scans[1:], strict=False)]
    assert gaps[:3] == [4 * SECOND, 3 * SECOND, 4 * SECOND]


async def test_a_short_record_is_no_queue(tmp_path: Path) -> None:
    """A few scans of a test say nothing of doors."""
    office = TicketOffice()
    device = GateDevice(tmp_path, office)
    await device.publish()
    for _ in range(RECORDED_SCANS_MIN - 1):
        await device.lane.scan(Scan("https://example.org"))
    assert find_recording(read_scans(device.store.journal, 1_000)) is None
    device.stop()


async def test_the_busiest_quarter_of_an_hour_is_taken(tmp_path: Path) -> None:
    """What is played is the worst that the gate has seen."""
    office = TicketOffice()
    device = GateDevice(tmp_path, office, clock=ManualClock(STARTS))
    await device.publish()
    for pause in (*([5 * MINUTE] * 12), *([10 * SECOND] * 30), *([5 * MINUTE] * 12)):
        device.clock.advance(pause)
        await device.lane.scan(Scan(str(device.clock.monotonic())))
    found = find_recording(read_scans(device.store.journal, 1_000))
    assert found is not None
    assert 30 <= len(found.scans) <= 33
    assert found.lasted <= RECORDED_WINDOW
    device.stop()


async def test_it_is_played_in_its_rhythm_and_everything_is_answered(tmp_path: Path) -> None:
    """Sixty times as fast, through a real lane; the page names it."""
    found = await record(tmp_path / "live")
    assert found is not None
    (tmp_path / "rehearsal").mkdir()
    clock = ManualClock(STARTS)
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)
        clock.advance(Duration(int(seconds * SECOND)))

    stage = RehearsalStage(
        disk=FolderDisk(tmp_path / "rehearsal"),
        clock=clock,
        entropy=SeededEntropy("stage"),
        run_blocking=run_at_once,
        gate_id=NORTH,
        sleep=sleep,
    )
    told: list[tuple[int, int]] = []

    def listen(done: int, count: int) -> bool:
        told.append((done, count))
        return True

    replay = Replay(found, 60)
    played = await play(QUICK, (), stage, replay=replay, on_progress=listen)
    assert (played.wrong, played.scans) == (0, len(found.scans))
    assert played.repeats == (1, 1)
    assert abs(sum(waited) - found.lasted / SECOND / 60) < 0.01
    assert told[-1] == (len(found.scans) - 1, len(found.scans))
    around = RehearsedDevice(
        is_online=True,
        knowledge_age=Duration(0),
        tickets=1,
        clock_error=Duration(0),
        free_bytes=10**12,
        supervisors=1,
    )
    report = judge_rehearsal(played, around)
    (queue,) = [check for check in report.checks if check.key == "queue"]
    assert queue.values == {"at": found.began_at, "speed": 60}
    slow = judge_rehearsal(msgspec.structs.replace(played, late=LATE_MAX + 1), around)
    assert "pace" in slow.objections


async def test_it_ends_when_nobody_looks_any_more(tmp_path: Path) -> None:
    """The rest is not played; what was, is answered for."""
    scans = tuple(
        RecordedScan(STARTS + place * MINUTE, ScanKind.GOOD, bytes([place])) for place in range(30)
    )
    clock = ManualClock(STARTS)

    async def sleep(seconds: float) -> None:
        clock.advance(Duration(int(seconds * SECOND)))

    (tmp_path / "r").mkdir()
    stage = RehearsalStage(
        disk=FolderDisk(tmp_path / "r"),
        clock=clock,
        entropy=SeededEntropy("s"),
        run_blocking=run_at_once,
        gate_id=NORTH,
        sleep=sleep,
    )
    replay = Replay(Recording(scans), 10)
    played = await play(QUICK, (), stage, replay=replay, on_progress=lambda done, _count: done < 7)
    assert (played.scans, played.wrong) == (7, 0)
    assert clock.wall() < STARTS + MINUTE
