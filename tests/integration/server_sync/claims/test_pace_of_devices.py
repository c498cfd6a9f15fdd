"""A device that lets in faster than a lane does: named, and a person looks at the rest."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest

from server.claims import too_fast_devices as workers_pace
from server.claims.too_fast_devices import SHARED_EVERY
from server.settings import Settings
from shared.admission import pace
from shared.admission.pace import PACE_DEFAULT
from shared.kernel.id_types import ClaimId
from shared.kernel.instant import MINUTE, Duration
from tests.adversaries.scene import named
from tests.factories.ledger_office import (
    GateDevice,
    LedgerOffice,
    Template,
    copy_published,
    issue,
    open_ledger_office_again,
)
from tests.factories.put_back import Place
from tests.factories.racing import rows_of
from tests.factories.strength import sized
from tests.factories.wired_gates import open_gate
from tests.integration.server_sync.homes.test_homes import asked, give, home_and_other, make_homes

BURST: Final = sized(4 * SHARED_EVERY, pace.BURST)
"""Far more than workers count alone."""


@pytest.fixture(autouse=True)
def burst(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let so many in at once: to spend a whole one costs a test most of its time."""
    for part in (pace, workers_pace):
        monkeypatch.setattr(part, "BURST", BURST)


async def set_pace(office: LedgerOffice, device: GateDevice, per_minute: int) -> None:
    """Set a device's pace, as the organizer does."""
    place = f"{office.owner.path}/devices/{device.id}/assignment"
    body: dict[str, Any] = {
        "role": "both",
        "event_id": office.event_id,
        "gate_id": device.gate_id,
        "admissions_per_minute": per_minute,
    }
    said = await office.office.ok("PUT", place, office.owner, json=body)
    assert said["admissions_per_minute"] == per_minute


@pytest.fixture
def published(published_sqlite: Template, tmp_path: Path) -> tuple[Settings, LedgerOffice]:
    """Give a published event in SQLite: paces are counted in memory."""
    return copy_published(published_sqlite, tmp_path)


async def spend(
    office: LedgerOffice, device: GateDevice, admissions: int, claims: str = "spent"
) -> None:
    """Let a device let in so many at once, of tickets that are issued for it."""
    more = replace(office, tickets=[], codes=[])
    await issue(more, admissions)
    answers = await asyncio.gather(
        *(more.claim(device, code, ClaimId(f"{claims}-{n}")) for n, code in enumerate(more.codes))
    )
    assert {one.json()["verdict"] for one in answers} == {"admit"}


async def reason(office: LedgerOffice, device: GateDevice, ticket: int, **more: Any) -> str:
    """Claim a ticket; returns what is said."""
    return str((await office.claimed(device, office.codes[ticket], **more))["reason"])


async def test_device_beyond_its_pace_is_named_and_a_person_decides(
    ledger_office: LedgerOffice,
) -> None:
    """What it may not let in is spent by nobody; others are not slowed; later it goes on."""
    office = ledger_office
    fast, other = await office.enrol(0), await office.enrol(1)
    await spend(office, fast, BURST - 2)
    told = [
        (await office.claimed(fast, office.codes[ticket], f"first-{ticket}"))["reason"]
        for ticket in range(5)
    ]
    assert told == ["ok", "ok", "supervisor", "supervisor", "supervisor"]
    again = await office.claimed(fast, office.codes[0], "first-0")
    assert again["reason"] == "ok", "what was answered once is answered again"
    assert await named(office) == {"too_fast": 1}
    (found,) = await office.conflicts()
    assert "faster than 120 a minute" in found["detail"]
    assert await reason(office, fast, 0) == "already_used", "what is denied stays denied"
    assert await reason(office, fast, 0, direction="out") == "exit", "and who leaves, leaves"
    assert [await reason(office, other, ticket) for ticket in range(2, 5)] == ["ok"] * 3
    office.office.clock.advance(MINUTE)
    assert await reason(office, fast, 5) == "ok"
    assert await named(office) == {"too_fast": 1}


async def test_persons_beyond_those_of_a_ticket_count_each(ledger_office: LedgerOffice) -> None:
    """Where a ticket lets in without a limit, one claim of one code fills no zone."""
    office = ledger_office
    zone = {"name": "Arena", "occurrence_id": office.occurrence_id, "multiple_entries": True}
    place = f"{office.path}/zones/{office.zone_id}"
    await office.office.ok("PUT", place, office.owner, json=zone | {"capacity": 2 * BURST})
    hostile, honest = await office.enrol(0), await office.enrol(1)
    told = [
        (await office.claimed(hostile, office.codes[0], count=count))["reason"]
        for count in (BURST + 1, BURST, 1)
    ]
    assert told == ["supervisor", "ok", "supervisor"]
    assert await named(office) == {"too_fast": 1}
    assert (await office.claimed(honest, office.codes[1]))["reason"] == "ok"


async def test_what_asks_homes_counts_whatever_they_say(ledger_office: LedgerOffice) -> None:
    """A home gives the ticket away before it answers: nobody has all of them given away."""
    office = ledger_office
    more = replace(office, tickets=[], codes=[])
    await issue(more, BURST + 2)
    (home,) = await make_homes(office, 0)
    fast = await office.enrol(1)
    claims = [more.claimed(fast, code, ClaimId(f"asks-{n}")) for n, code in enumerate(more.codes)]
    told = Counter(answer["reason"] for answer in await asyncio.gather(*claims))
    assert told == {"offline_policy": BURST, "supervisor": 2}
    asks = "SELECT count(*) FROM home_ask WHERE device_id = :device"
    assert await rows_of(office.office, asks, device=fast.id) == [(BURST,)]
    assert await named(office) == {"too_fast": 1}
    assert await reason(more, home, 0) == "ok"


async def test_entry_that_a_home_has_given_counts_once(ledger_office: LedgerOffice) -> None:
    """As a question; what it is granted by then is no other passage."""
    office = ledger_office
    home, other, code = await home_and_other(office)
    await spend(office, other, BURST - 1)
    claiming = asyncio.create_task(office.claimed(other, code, "last"))
    give(office, home, await asked(office, home))
    await office.exchanged(home, home.journal.entries)
    assert (await claiming)["reason"] == "ok"
    assert await named(office) == {}


@pytest.fixture(params=["sqlite", "postgresql"])
def shared(
    request: pytest.FixtureRequest, tmp_path: Path, published_sqlite: Template
) -> Iterator[tuple[Settings, LedgerOffice]]:
    """Give a published event that two workers serve, on either database."""
    if request.param == "sqlite":
        settings, office = copy_published(published_sqlite, tmp_path)
        yield msgspec.structs.replace(settings, workers=2), office
        return
    place: Place = request.getfixturevalue("on_postgres")
    yield place.settings, place.office


async def test_two_workers_give_no_two_bursts(shared: tuple[Settings, LedgerOffice]) -> None:
    """Who opens a connection to each of them has little more than one burst in all."""
    async with (
        open_ledger_office_again(*shared) as one,
        open_ledger_office_again(*shared) as other,
    ):
        fast = await one.enrol(0)
        await spend(one, fast, BURST - 10)
        more = replace(other, tickets=[], codes=[])
        await issue(more, 3 * SHARED_EVERY)
        told = []
        for number, code in enumerate(more.codes):
            answer = await more.claimed(fast, code, f"other-{number}")
            told.append(answer["reason"])
        admitted = told.count("ok")
        assert admitted <= 10 + 2 * SHARED_EVERY
        assert set(told) == {"ok", "supervisor"}
        assert told == sorted(told), "none again after the first that a person looks at"


async def test_clock_that_is_set_back_sends_no_lane_to_a_supervisor(
    shared: tuple[Settings, LedgerOffice],
) -> None:
    """Workers that are started again with it find what was counted in the future."""
    async with open_ledger_office_again(*shared) as before:
        lane = await before.enrol(0)
        await spend(before, lane, SHARED_EVERY)
        burst = Duration(BURST * (MINUTE // PACE_DEFAULT))
        set_back = replace(before, office=before.office)
    set_back.office.clock.step_wall(Duration(-burst - burst // 2))
    async with open_ledger_office_again(shared[0], set_back) as after:
        await spend(after, lane, SHARED_EVERY + 1, "after")
        assert "too_fast" not in await named(after)


async def test_organizer_sets_how_fast_a_lane_may_be(ledger_office: LedgerOffice) -> None:
    """One that is at its end goes on when the organizer lifts it."""
    office = ledger_office
    fast = await office.enrol(0)
    await spend(office, fast, BURST)
    assert await reason(office, fast, 0) == "supervisor"
    await set_pace(office, fast, 0)
    assert await reason(office, fast, 0) == "ok"


async def test_lane_that_is_cut_off_keeps_its_pace(
    ledger_office: LedgerOffice, tmp_path: Path
) -> None:
    """By the setting that the server has told it: a person decides, and the screen says why."""
    office = ledger_office
    gate = await open_gate(office, tmp_path, 0)
    await gate.sync()
    assert gate.session.profile.admissions_per_minute == PACE_DEFAULT
    await gate.cut()
    own = gate.session.lane.pace
    now = gate.session._clock.elapsed()
    own._mark = own.limit.passed(own._mark, now, BURST - 1)
    told = [(await gate.scan(code)).reason for code in office.codes[:3]]
    assert told == ["ok", "supervisor", "supervisor"]
    assert "faster" in gate.session.status().problem
    assert (await gate.scan(office.codes[0])).reason == "already_used"
    office.office.clock.advance(MINUTE)
    assert (await gate.scan(office.codes[1])).reason == "ok"
    await gate.session.close()
