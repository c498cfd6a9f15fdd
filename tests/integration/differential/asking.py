"""Asking the server and the gate the same scan."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from gatekeeper.device.opened_gate import GateSession
from gatekeeper.gate.answer import ScanAnswer
from gatekeeper.gate.requests import Scan
from shared.admission.reasons import Reason
from shared.credential.manual_code import parse_manual_code
from shared.kernel.errors import Malformed
from shared.kernel.id_types import ClaimId, GateId
from shared.kernel.instant import Instant, format_instant
from shared.kernel.trouble import Trouble, TroubleKind
from shared.manifest.door_questions import answers_of
from tests.factories.ledger_office import GateDevice
from tests.integration.differential.codes import Shown
from tests.integration.differential.world import World


class CommonScan(msgspec.Struct, frozen=True):
    """One scan, in the words of both."""

    shown: Shown
    gate_id: GateId
    direction: str
    at: Instant
    count: int
    claim_id: ClaimId
    pending_acknowledged: bool
    id_checked: bool
    answers: dict[str, int]


class Answer(msgspec.Struct, frozen=True):
    """What either side said."""

    verdict: str
    reason: str
    remaining: int | None
    ticket_id: str | None
    ticket_type: str | None
    used_at: str | None
    questions: tuple[str, ...]


SAID: Final[tuple[dict[str, int], ...]] = (
    {},
    {"bags": 1},
    {"drink": 2, "bags": 0},
    {"bags": 2, "drink": 3},
    {"hat": 0, "drink": 0},
)
"""What holders answer: nothing, a part, all, and what is no answer."""


def draw_scan(world: World, codes: list[Shown]) -> CommonScan:
    """Choose a scan at a gate of the event."""
    chances, draw = world.chances, world.chances.draw
    shown, gate_id = draw.choice(codes), draw.choice(sorted(world.gates))
    direction = world.gates[gate_id][1]
    if direction == "both" or chances.sometimes(0.1):
        direction = draw.choice(("in", "in", "in", "out"))
    return CommonScan(
        shown=shown,
        gate_id=GateId(gate_id),
        direction=direction,
        at=chances.near(),
        count=draw.choice((1, 1, 1, 1, 2, 3, 5)),
        claim_id=ClaimId(world.office.entropy.random_bytes(16).hex()),
        pending_acknowledged=chances.sometimes(0.4),
        id_checked=chances.sometimes(0.4),
        answers=chances.asking.choice(SAID),
    )


async def ask_server(world: World, device: GateDevice, scan: CommonScan) -> Answer:
    """Claim at the server."""
    said: dict[str, Any] = await world.ledger.claimed(
        device,
        scan.shown.text,
        scan.claim_id,
        gate_id=scan.gate_id,
        direction=scan.direction,
        count=scan.count,
        scanned_at=format_instant(scan.at),
        pending_acknowledged=scan.pending_acknowledged,
        id_checked=scan.id_checked,
        answers=scan.answers,
        manual=scan.shown.is_typed,
    )
    used = said["used"]
    return Answer(
        said["verdict"],
        said["reason"],
        said["remaining"],
        said["ticket_id"],
        said["ticket_type"],
        None if used is None else used["at"],
        tuple(one["id"] for one in said["questions"]),
    )


async def ask_lane(gate: GateSession, scan: CommonScan, *, is_connected: bool = False) -> Answer:
    """Scan at a gate that is on its own, or at one that claims at the ledger."""
    gate.lane.setting = msgspec.structs.replace(gate.lane.setting, gate_id=scan.gate_id)
    if is_connected:
        gate._uplink.note_contact()
    else:
        gate._uplink.note_failure(Trouble(TroubleKind.UNREACHABLE, "the cable is cut"))
    said: ScanAnswer = await gate.scan(
        Scan(
            scan.shown.text,
            count=scan.count,
            direction=scan.direction,
            at=scan.at,
            is_manual=scan.shown.is_typed,
            pending_acknowledged=scan.pending_acknowledged,
            id_checked=scan.id_checked,
            answers=answers_of(scan.answers),
            claim_id=scan.claim_id,
        )
    )
    assert said.mode == ("online" if is_connected else "offline")
    return Answer(
        said.verdict,
        said.reason,
        said.remaining,
        said.ticket_id,
        said.ticket_type,
        None if said.used is None else format_instant(said.used.at),
        tuple(one.id for one in said.questions),
    )


def is_homes_turn(world: World, scan: CommonScan, server: Answer, lane: Answer) -> bool:
    """Tell whether the two differ because another device is the ticket's home.

    What staff have to ask or see comes before the home is asked, where it can be: a gate on its
    own cannot, and lets nobody in whatever is answered.
    """
    at_home = {kind.id for kind in world.kinds if kind.is_home}
    is_bound = scan.shown.sold is not None and scan.shown.sold.type_id in at_home
    is_staffs = server.reason in {Reason.QUESTION, Reason.CHECK_ID}
    return is_bound and is_staffs and lane.reason == Reason.OFFLINE_POLICY


def expected_of_lane(scan: CommonScan, server: Answer) -> Answer:
    """Say what a gate on its own must answer where the server has answered so.

    The two differ in one thing, by design: what the ledger does not know, a gate cannot know to be
    no newer than its manifest. A manual code that no ticket has, and a ticket of which only the
    signature of a compromised key tells, it sends to a person.
    """
    if server.reason != "unknown_ticket":
        return server
    is_signed = server.ticket_id is not None
    try:
        parse_manual_code(scan.shown.text)
    except Malformed:
        if not is_signed:
            return server
    return msgspec.structs.replace(server, verdict="refer", reason="supervisor")
