"""Power cuts between any two steps: what was answered is on record, and nothing is half done."""

from __future__ import annotations

import itertools

import apsw
import pytest

from gatekeeper.gate.answer import ScanAnswer
from gatekeeper.gate.requests import Scan
from gatekeeper.store.chain_check import verify_journal
from shared.journal.chain import decode_body, decode_entry
from shared.journal.entry import CLOCK_JUMP, NoteBody, ReleaseBody, ScanBody
from shared.kernel.errors import ServerFault, StoreFault
from shared.kernel.id_types import DeviceId
from shared.kernel.instant import HOUR
from shared.wire.claim import ClaimAnswer, ClaimRequest
from tests.factories.gate_device import GateDevice
from tests.factories.gate_event import TicketOffice
from tests.fakes.power_cut_disk import PowerCut, PowerCutDisk, Switch

POINTS = [
    "scan.before_commit",
    "scan.committed",
    "claim_intent.before_commit",
    "claim_intent.committed",
]


async def grant_then_lose(request: ClaimRequest) -> ClaimAnswer:
    """Be a server whose answers never arrive."""
    message = "lost"
    raise ServerFault(message)


def bodies_of(device: GateDevice) -> list[object]:
    """Return what the journal says, in order."""
    journal = device.store.journal
    return [decode_body(decode_entry(s.entry)) for _, s in journal.read(1, journal.last_seq)]


async def run_until_cut(
    disk: PowerCutDisk, office: TicketOffice, codes: list[str], switch: Switch
) -> tuple[GateDevice, list[ScanAnswer]]:
    """Scan codes, connected, until the power is cut."""
    device = GateDevice(disk, office, crash_point=switch, ask_ledger=grant_then_lose)
    await device.publish()
    switch.is_armed = True
    answers: list[ScanAnswer] = []
    with pytest.raises(PowerCut):
        for code in itertools.cycle(codes):
            device.uplink.is_up = True
            answers.append(await device.lane.scan(Scan(code)))
    return device, answers


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("occurrence", [1, 2, 5])
@pytest.mark.parametrize("point", POINTS)
async def test_every_answer_survives_a_power_cut(point: str, occurrence: int, seed: int) -> None:
    """After a cut at any step the journal holds every answer, verifies, and goes on."""
    office = TicketOffice()
    codes = [office.sell() for _ in range(8)]
    disk = PowerCutDisk()
    device, answers = await run_until_cut(disk, office, codes, Switch(point, occurrence))

    again = GateDevice(disk.cut(seed), office, start_number=2)
    scans = {body.claim_id: body for body in bodies_of(again) if isinstance(body, ScanBody)}
    for answer in answers:
        assert scans[answer.claim_id].verdict == answer.verdict
    journal = again.store.journal
    report = verify_journal(
        journal.read, journal.boots, DeviceId("dv_north"), again.key.public_key
    )
    assert report.problems == ()
    assert again.store.intents.list_open() == []
    for answer, code in zip(answers, itertools.cycle(codes), strict=False):
        if answer.verdict == "admit":
            assert (await again.lane.scan(Scan(code))).reason == "already_used"
    assert report.boots >= 2
    again.stop()
    device.knowledge.close()


async def test_a_claim_without_an_outcome_is_released_at_the_next_start() -> None:
    """The id that was sent is freed by a signed entry, before the first scan."""
    office = TicketOffice()
    codes = [office.sell()]
    disk = PowerCutDisk()
    await run_until_cut(disk, office, codes, Switch("claim_intent.committed", 1))

    again = GateDevice(disk.cut(1), office, start_number=2)
    releases = [body for body in bodies_of(again) if isinstance(body, ReleaseBody)]
    assert len(releases) == 1
    assert releases[0].why == "interrupted"
    again.restart()
    assert len([b for b in bodies_of(again) if isinstance(b, ReleaseBody)]) == 1


async def test_a_disk_that_ignores_flushes_is_found_out() -> None:
    """The experiment itself can lose data: without syncs, answered scans are gone."""
    office = TicketOffice()
    codes = [office.sell() for _ in range(4)]
    lost = 0
    for seed in range(6):
        disk = PowerCutDisk()
        device = GateDevice(disk, office)
        await device.publish()
        device.store.checkpoint()
        disk.faults.ignores_sync = True
        seqs = [(await device.lane.scan(Scan(code))).seq for code in codes]
        try:
            again = GateDevice(disk.cut(seed), office, start_number=2)
            lost += again.store.journal.last_seq < max(seqs) + 1
        except (StoreFault, apsw.Error):
            lost += 1
    assert lost > 0


async def test_a_full_disk_stops_nobody_silently_and_loses_nothing() -> None:
    """No answer without an entry; when there is room again the lane goes on."""
    office = TicketOffice()
    codes = [office.sell() for _ in range(30)]
    disk = PowerCutDisk()
    device = GateDevice(disk, office)
    await device.publish()
    disk.faults.space = 60_000
    answered: list[ScanAnswer] = []
    with pytest.raises(StoreFault, match="disk is full"):
        while True:
            answered += [await device.lane.scan(Scan(codes[len(answered)]))]
    assert answered
    failed = codes[len(answered)]
    with pytest.raises(StoreFault, match="disk is full"):
        await device.lane.scan(Scan(failed))

    disk.faults.space = None
    after = await device.lane.scan(Scan(failed))
    assert after.reason == "ok"
    assert after.seq == answered[-1].seq + 1
    journal = device.store.journal
    report = verify_journal(
        journal.read, journal.boots, DeviceId("dv_north"), device.key.public_key
    )
    assert report.problems == ()
    device.stop()


async def test_a_read_only_disk_is_said_so() -> None:
    """A disk that refuses writes is named, and nobody is admitted."""
    office = TicketOffice()
    code = office.sell()
    disk = PowerCutDisk()
    device = GateDevice(disk, office)
    await device.publish()
    disk.is_read_only = True
    with pytest.raises(StoreFault, match=r"cannot be written|write-protected"):
        await device.lane.scan(Scan(code))
    disk.is_read_only = False
    assert (await device.lane.scan(Scan(code))).reason == "ok"
    device.stop()


async def test_a_clock_that_jumped_while_the_disk_refused_is_on_record() -> None:
    """Once, with the first scan that could be recorded."""
    office = TicketOffice()
    codes = [office.sell() for _ in range(3)]
    disk = PowerCutDisk()
    device = GateDevice(disk, office)
    await device.publish()
    device.clock.step_wall(-3 * HOUR)
    disk.is_read_only = True
    with pytest.raises(StoreFault):
        await device.lane.scan(Scan(codes[0]))
    disk.is_read_only = False
    for code in codes:
        assert (await device.lane.scan(Scan(code))).reason == "ok"
    notes = [body for body in bodies_of(device) if isinstance(body, NoteBody)]
    assert [note.topic for note in notes] == [CLOCK_JUMP]
    device.stop()
