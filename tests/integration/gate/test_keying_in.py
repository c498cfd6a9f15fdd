"""Who was let in by a list on paper: keyed in at a gate, on record, and counted from then on."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gatekeeper.device.attended_gate import AttendedGate
from gatekeeper.device.profile_folder import ProfileFolder
from gatekeeper.gate.requests import KeyIn, Undo
from gatekeeper.gate.scanned import PickedTicket
from shared.credential.badges_and_pins import hash_badge, hash_pin
from shared.credential.manual_code import format_manual_code
from shared.journal.bounds import COUNT_MAX
from shared.journal.entry import ScanBody
from shared.kernel.errors import BadInput
from shared.kernel.instant import DAY, HOUR, MINUTE, Instant
from shared.manifest.badge_signatures import (
    BadgeScope,
    badge_key,
    is_supervisors_word,
    paper_word,
)
from shared.manifest.event_config import SupervisorConfig
from tests.factories.gate_event import EVENT, ORGANIZATION, TicketOffice, make_config
from tests.factories.gate_profile import PairedGate
from tests.fakes.clock import ManualClock
from tests.fakes.entropy import SeededEntropy
from tests.fakes.sync_server import FakeSyncServer
from tests.integration.device.test_attended_gate import BADGE, JO, PIN, entries, scan
from tests.integration.gate.test_verbs import answers_of, gatekeeper, make_profile

MANUAL = 123_456_789_012
CODE = format_manual_code(MANUAL)
CHIEF = SupervisorConfig(
    id=JO.person,
    name=JO.name,
    pin_hash=hash_pin(PIN, SeededEntropy("jo")),
    badge_hash=hash_badge(BADGE, ORGANIZATION),
    sign_key=badge_key(BADGE, ORGANIZATION).public_key,
)


@pytest.fixture
def office() -> TicketOffice:
    return TicketOffice(config=make_config(supervisors=(CHIEF,), knowledge_age_max=None))


@pytest.fixture
async def gate(tmp_path: Path, office: TicketOffice) -> AsyncIterator[AttendedGate]:
    office.sell(manual_code=MANUAL)
    device = PairedGate(tmp_path, FakeSyncServer(office, ManualClock()))
    opened = await ProfileFolder(device.folder, device.system()).open(None, lambda: None)
    device.link.server.publish()
    await opened.sync_once(lambda _: None)
    yield opened
    await opened.close()


def keyed(gate: AttendedGate, code: str, ago: tuple[int, int], **more: Any) -> KeyIn:
    """Ask for a passage between two moments ago."""
    first, last = (Instant(gate.now() - one) for one in ago)
    return KeyIn(code=code, first=first, last=last, person=JO.person, **more)


async def test_what_is_keyed_in_says_who_and_when_and_is_signed(
    gate: AttendedGate,
) -> None:
    """The entry bears the badge's word on these very times; the ticket is used from then on."""
    assert gate.find_badge(BADGE) == JO
    request = keyed(gate, CODE, (HOUR, MINUTE))
    found = gate.supervision.look_on_paper(request)
    assert found.objection is None
    gate.supervision.do(request)
    body = entries(gate)[-1]
    assert isinstance(body, ScanBody)
    assert (body.person, body.why, body.verdict) == (JO.person, "paper", "admit")
    assert body.paper_time(gate.now()) == (gate.now() - (HOUR + MINUTE) // 2, (HOUR - MINUTE) // 2)
    assert body.ticket_id == found.ticket_id
    word = paper_word(
        BadgeScope(ORGANIZATION, EVENT, gate.profile.device_id, JO.person),
        claim_id=body.claim_id,
        ticket_id=found.ticket_id,
        zone_id=body.zone_id,
        direction="in",
        count=1,
        span=(request.first, request.last),
    )
    assert is_supervisors_word(word, body.signature, (CHIEF,))
    answer = await scan(gate, CODE, is_manual=True)
    assert answer.reason == "already_used"


async def test_a_line_that_the_rules_refuse_needs_somebody_who_is_sure(
    gate: AttendedGate,
) -> None:
    """It is on paper: then it happened, is on record, and can be taken back like any other."""
    gate.find_badge(BADGE)
    gate.supervision.do(keyed(gate, CODE, (HOUR, MINUTE)))
    again = keyed(gate, CODE, (MINUTE, 0))
    assert gate.supervision.look_on_paper(again).objection == "already_used"
    count = len(entries(gate))
    with pytest.raises(BadInput, match="already_used"):
        gate.supervision.do(again)
    assert len(entries(gate)) == count
    gate.supervision.do(keyed(gate, CODE, (MINUTE, 0), is_sure=True))
    body = entries(gate)[-1]
    assert isinstance(body, ScanBody)
    assert body.happened_until == gate.now()
    gate.supervision.do(Undo(body.claim_id, "mistake", JO.person))
    assert gate.recent(1)[0].claim_id == body.claim_id


async def test_times_of_before_the_doors_opened_need_somebody_who_is_sure(
    tmp_path: Path, office: TicketOffice
) -> None:
    """A wrong hour or distance from UTC is asked about; who did open early says so."""
    office.sell(manual_code=MANUAL)
    device = PairedGate(tmp_path, FakeSyncServer(office, ManualClock()))
    (date,) = office.config.occurrences
    opened = Instant(device.clock.wall() - HOUR)
    dated = msgspec.structs.replace(date, starts_at=Instant(opened + HOUR), doors_at=opened)
    office.config = msgspec.structs.replace(office.config, occurrences=(dated,))
    device.link.server.publish()
    gate = await ProfileFolder(device.folder, device.system()).open(None, lambda: None)
    await gate.sync_once(lambda _: None)
    gate.find_badge(BADGE)
    too_early = keyed(gate, CODE, (3 * HOUR, 2 * HOUR))
    assert gate.supervision.look_on_paper(too_early).objection == "not_yet_valid"
    count = len(entries(gate))
    with pytest.raises(BadInput, match="not_yet_valid"):
        gate.supervision.do(too_early)
    assert len(entries(gate)) == count
    assert gate.supervision.look_on_paper(keyed(gate, CODE, (2 * HOUR, MINUTE))).objection is None
    gate.supervision.do(keyed(gate, CODE, (3 * HOUR, 2 * HOUR), is_sure=True))
    assert (await scan(gate, CODE, is_manual=True)).reason == "already_used"
    await gate.close()


async def test_times_that_cannot_be_and_codes_of_nobody_are_refused(
    gate: AttendedGate,
) -> None:
    """Nothing is on record then; who tries codes is stopped as at the lane."""
    gate.find_badge(BADGE)
    count = len(entries(gate))
    before_all = gate.now() + HOUR
    for ago in ((MINUTE, HOUR), (HOUR, -MINUTE), (3 * DAY, HOUR), (before_all, before_all)):
        with pytest.raises(BadInput):
            gate.supervision.do(keyed(gate, CODE, ago))
    for persons in (0, -1, COUNT_MAX + 1, 1 << 70):
        with pytest.raises(BadInput, match="count"):
            gate.supervision.do(keyed(gate, CODE, (HOUR, MINUTE), is_sure=True, count=persons))
    for number in range(20):
        with pytest.raises(BadInput):
            gate.supervision.look_on_paper(
                keyed(gate, format_manual_code(number + 1), (HOUR, MINUTE))
            )
    with pytest.raises(BadInput, match="wait"):
        gate.supervision.do(keyed(gate, CODE, (HOUR, MINUTE)))
    assert len(entries(gate)) == count


async def test_who_was_found_by_name_is_keyed_in_as_well(
    gate: AttendedGate, office: TicketOffice
) -> None:
    """A list has names; a supervisor who may read them finds their tickets."""
    gate.find_badge(BADGE)
    (ticket_id,) = office.rows
    request = KeyIn(
        code=PickedTicket(ticket_id, JO.person, "paper"),
        first=Instant(gate.now() - HOUR),
        last=gate.now(),
        person=JO.person,
    )
    gate.supervision.do(request)
    body = entries(gate)[-1]
    assert isinstance(body, ScanBody)
    assert (body.ticket_id, body.seen) == (ticket_id, b"")
    assert body.signature
    assert (await scan(gate, CODE, is_manual=True)).reason == "already_used"


async def test_the_verb_keys_in_line_by_line_in_a_named_persons_name(
    tmp_path: Path, office: TicketOffice
) -> None:
    """Exact times have the bound of a watch; what cannot be is answered, and the rest goes on."""
    office.sell(manual_code=MANUAL)
    folder = await make_profile(tmp_path / "p", office)
    shown = {"badge": BADGE, "pin": PIN}
    lines: list[object] = [
        shown,
        {"code": CODE, "at": "2026-07-04T19:30:00+02:00"},
        {"code": CODE, "from": "2026-07-04T19:30:00Z"},
        {"code": "0000-0000-0", "at": "2026-07-04T19:30:00Z"},
        {
            "code": CODE,
            "from": "2026-07-04T18:00:00Z",
            "until": "2026-07-04T20:00:00Z",
            "sure": True,
        },
        "no request",
    ]
    given = b"".join(json.dumps(line).encode() + b"\n" for line in lines)
    done = gatekeeper("paper", "--profile", folder, "--gate", "north", given=given)
    answers = answers_of(done)
    assert [one["ok"] for one in answers] == [True, True, False, False, True, False]
    assert answers[1]["ticket_id"] == f"{next(iter(office.rows)):016x}"
    assert (answers[1]["from"], answers[1]["until"]) == (
        "2026-07-04T17:29:00Z",
        "2026-07-04T17:31:00Z",
    )
    assert done.returncode == 1
    wrong = gatekeeper(
        "paper",
        "--profile",
        folder,
        "--gate",
        "north",
        given=json.dumps(shown | {"pin": "000000"}).encode() + b"\n",
    )
    assert wrong.returncode == 2
    assert not wrong.stdout
