"""What the gate of the window's tests answers, where a test asks for nothing else."""

from __future__ import annotations

from msgspec.structs import replace

from gatekeeper.gate.answer import (
    LaneStatus,
    ScanAnswer,
    UsedBefore,
)
from gatekeeper.rehearsal.judging_readiness import Played
from gatekeeper.rehearsal.recording import RecordedScan, Recording, ScanKind
from gatekeeper.supervisor.shown_to_supervisors import (
    FoundHolder,
    InsideList,
    InsideTicket,
    MachineFacts,
    SilentGate,
)
from shared.admission.reasons import Reason
from shared.kernel.id_types import ClaimId, DeviceId, GateId
from shared.kernel.instant import DAY, MINUTE, SECOND, Duration, Instant, parse_instant

FAKE_NOW: Instant = parse_instant("2026-07-04T17:04:31Z")
OPEN_STATUS = LaneStatus(
    device_id=DeviceId("dv_0000000000001"),
    event="Symphony No. 9",
    gate_id=GateId("gt_0000000000001"),
    gate="Gate B · North",
    direction="in",
    mode="online",
    knowledge_at=FAKE_NOW - 4 * SECOND,
    knowledge_age=4 * SECOND,
    pending=0,
    tickets=1204,
    admitted=312,
    denied=14,
    conflicts=0,
    clock_offset=Duration(0),
    problem="",
    offline_policy="open",
)
DEVICE_FACTS = MachineFacts(
    device_id=DeviceId("dv_0000000000001"),
    name="Lane 3",
    server="https://tickets.example.org",
    tickets=1204,
    entries=329,
    pending=0,
    free_bytes=48_200_000_000,
    clock_offset=Duration(-120_000),
    clock_error=Duration(9_000),
    is_clock_trusted=True,
    problem="",
    supervisors=3,
)
INSIDE = InsideList(
    zone="Hall",
    persons=3,
    tickets=(
        InsideTicket("00f3a1b2c3d44821", 1, "Gate B · North", FAKE_NOW - 4 * MINUTE),
        InsideTicket("00f3a1b2c3d47733", 2, "Gate D · South", FAKE_NOW - 31 * MINUTE),
    ),
    knowledge_age=14 * MINUTE,
    silent=(SilentGate("Gate E · West"), SilentGate("Gate D · South", FAKE_NOW - 31 * MINUTE)),
)
HOLDERS = (
    FoundHolder(
        name="Anna Müller",
        ticket_id="00f3a1b2c3d44821",
        ticket_type="Stalls · Adult",
        state="paid",
        entered_at=FAKE_NOW - MINUTE,
        gate="Gate B",
    ),
    FoundHolder(
        name="Ben Müller", ticket_id="00f3a1b2c3d44822", ticket_type="Stalls · Child", state="paid"
    ),
    FoundHolder(
        name="Kim Mulligan",
        ticket_id="00f3a1b2c3d44823",
        ticket_type="Circle · Student",
        state="pending",
    ),
    FoundHolder(
        name="Mulan Family",
        ticket_id="00f3a1b2c3d44824",
        ticket_type="Family",
        state="paid",
        persons=4,
        checks_id=True,
    ),
    FoundHolder(
        name="Tom Mulder",
        ticket_id="00f3a1b2c3d44825",
        ticket_type="Stalls · Adult",
        state="cancelled",
    ),
)
PLAYED = Played(
    at=FAKE_NOW,
    gate="Gate B · North",
    times_ms=tuple([2.1] * 396 + [7.9] * 3),
    took=2 * SECOND,
    cut_ms=263.0,
    budget_ms=250,
    repeats=(30, 30),
    forged=(12, 12),
    wrong=0,
)
RECORDING = Recording(
    tuple(
        RecordedScan(
            FAKE_NOW - DAY + place * 4 * SECOND,
            ScanKind.REPEAT if place % 9 == 8 else ScanKind.GOOD,
            bytes([place]),
        )
        for place in range(214)
    )
)


def make_answer(reason: str, **changes: object) -> ScanAnswer:
    """Make an answer with a reason; anything else as named."""
    answer = ScanAnswer(
        verdict=Reason(reason).verdict.value,
        reason=reason,
        ticket_id=None if reason == "malformed" else "00f3a1b2c3d44821",
        remaining=None,
        mode="online",
        seq=7,
        at=FAKE_NOW,
        ms=3.2,
        claim_id=ClaimId("ab" * 16),
    )
    return replace(answer, **changes)


def used_answer() -> ScanAnswer:
    """Make the answer to a ticket that was used three minutes ago at another gate."""
    used = UsedBefore(GateId("gt_0000000000002"), "Gate North", FAKE_NOW - 3 * MINUTE)
    return make_answer("already_used", used=used, ticket_type="Adult")
