"""What an upload's entries say of their device's clock."""

from __future__ import annotations

from typing import Any

import msgspec

from server.entries.checking_uploaded_entries import CheckedEntry, check_entry
from server.reconciliation.clock_checks import (
    AHEAD,
    BEFORE,
    CLOCK_EVIDENCE_MAX,
    CONTRADICTORY,
    JUMPED,
    Window,
    raise_alarms,
    suspect_clocks,
    witness_of,
)
from shared.journal.entry import BootBody, NoteBody, ScanBody
from shared.kernel.ed25519 import SigningKey
from shared.kernel.id_types import ClaimId, DeviceId, GateId, OccurrenceId, TicketId, ZoneId
from shared.kernel.instant import HOUR, MINUTE, SECOND, Instant
from tests.factories.ledger_office import Journal

NOON = Instant(1_800_000_000 * SECOND)
WINDOW = Window(enrolled_at=NOON - HOUR, received_at=NOON)
EVENT = "ev_1"


class Clocked:
    """A journal whose device's clock says what a test wants."""

    def __init__(self) -> None:
        self._journal = Journal(DeviceId("dv_1"), SigningKey(bytes(32)), bytes(8))
        self.entries: list[CheckedEntry] = []
        self.write(BootBody("test", b"", 0), 0, event_id="")

    def write(self, body: Any, elapsed: int, *, step: int = 0, **changed: Any) -> CheckedEntry:
        """Write an entry so long after the boot, the wall clock having jumped by `step`."""
        event_id = changed.pop("event_id", EVENT)
        wall = NOON - 30 * MINUTE + elapsed + step
        signed = self._journal.add(body, event_id, Instant(wall), monotonic=elapsed, **changed)
        checked = check_entry(signed, DeviceId("dv_1"), is_signed=True)
        self.entries.append(checked)
        return checked

    def note(self, elapsed: int, **changed: Any) -> CheckedEntry:
        """Write a note of no meaning."""
        return self.write(NoteBody("probe", ""), elapsed, **changed)

    def whys(self) -> list[str]:
        """Return what is found."""
        return [one.why for one in suspect_clocks(self.entries, WINDOW)]


def test_an_honest_clock_is_never_suspected() -> None:
    """Drift, small steps, an offset that is known better later, and none that is known yet."""
    clocked = Clocked()
    clocked.note(SECOND, event_id="", offset_error=None)
    clocked.note(SECOND, offset_error=40_000)
    clocked.note(MINUTE, step=SECOND, offset_error=40_000)
    clocked.note(10 * MINUTE, step=SECOND, offset_error=1)
    clocked.note(20 * MINUTE, step=2 * SECOND, offset_error=None)
    assert clocked.whys() == []


def test_a_jump_is_found_by_its_note_and_by_what_the_clocks_say() -> None:
    """Each of both is enough, and together they are one conflict with the entries around it."""
    clocked = Clocked()
    before = clocked.note(SECOND)
    after = clocked.note(2 * SECOND, step=-MINUTE, offset=MINUTE)
    clocked.write(NoteBody("clock_jump", ""), 3 * SECOND, step=-MINUTE, offset=MINUTE)
    assert clocked.whys() == [JUMPED, JUMPED]
    (alarm,) = raise_alarms(suspect_clocks(clocked.entries, WINDOW), [])
    assert (alarm.kind, alarm.checked, alarm.others) == ("clock", after, (before,))
    assert alarm.subject.endswith("/3")


def test_each_jump_is_one_alarm_and_what_follows_it_none() -> None:
    """There, back and there again are three; what is held already is not raised again."""
    clocked = Clocked()
    for number, step in enumerate((0, HOUR, HOUR, 0, 0, HOUR), 1):
        offset = -step
        clocked.note(number * SECOND, step=step, offset=offset)
    suspicions = suspect_clocks(clocked.entries, WINDOW)
    alarms = raise_alarms(suspicions, [])
    assert [alarm.subject.rpartition("/")[2] for alarm in alarms] == ["3", "5", "7"]
    first = alarms[0].checked.entry
    assert first is not None
    assert len(raise_alarms(suspicions[:1], [witness_of(first)])) == 0
    other = witness_of(msgspec.structs.replace(first, boot=b"other"))
    full = [other] * CLOCK_EVIDENCE_MAX
    assert raise_alarms(suspicions, full) == []


def test_times_outside_of_what_is_possible_are_found() -> None:
    """After the receipt, before the enrolment; not by less than clocks may be wrong."""
    for elapsed, error, why in (
        (30 * MINUTE + 3 * SECOND, 20_000, [AHEAD]),
        (30 * MINUTE + SECOND, 20_000, []),
        (30 * MINUTE + 3 * SECOND, 5 * SECOND, []),
        (30 * MINUTE + 3 * SECOND, None, [AHEAD]),
        (-31 * MINUTE, 20_000, [BEFORE]),
    ):
        clocked = Clocked()
        clocked.entries.clear()
        clocked.note(elapsed, offset_error=error)
        assert clocked.whys() == why, (elapsed, error)


def test_bounds_that_exclude_each_other_are_found() -> None:
    """Two entries of one boot, each sure of another offset."""
    clocked = Clocked()
    clocked.note(SECOND, offset=0, offset_error=1_000)
    clocked.note(2 * SECOND, offset=-10 * SECOND, offset_error=1_000)
    assert clocked.whys() == [CONTRADICTORY]


def test_a_caller_s_time_and_what_is_put_on_record_again_say_nothing() -> None:
    """Neither is a clock: a rehearsal's scans, and entries that a damaged journal had lost."""
    clocked = Clocked()
    scan = ScanBody(
        claim_id=ClaimId("c"),
        gate_id=GateId("g"),
        zone_id=ZoneId("z"),
        occurrence_id=OccurrenceId(""),
        direction="in",
        count=1,
        ticket_id=TicketId(1),
        generation=None,
        key_id=None,
        code_hash=bytes(16),
        verdict="admit",
        reason="ok",
        mode="offline",
    )
    clocked.write(msgspec.structs.replace(scan, time_given=True), SECOND, step=HOUR)
    clocked.note(2 * SECOND)
    clocked.write(scan, 2 * SECOND, step=-20 * MINUTE)
    clocked.note(3 * SECOND)
    assert clocked.whys() == []
