"""Who passed before whom is proven, whatever the server's clocks say: they step, and they differ.

Where re-entry is allowed an exit opens the zone to one entry. Which exit and entry came last is
what the ledger recorded last, what a journal says, or what a device had been told; a clock is
heeded only where none of these says anything.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text

from server.db.column_types import TICKET_ID_OFFSET
from server.db.tenancy import SYSTEM
from server.settings import Settings
from shared.admission.facts import Direction, UseFact
from shared.evacuations.implied_exits import persons_inside
from shared.journal.chain import hash_code
from shared.journal.entry import GiveBody, ScanBody
from shared.kernel.id_types import ClaimId, DeviceId, OccurrenceId
from shared.kernel.instant import (
    DAY,
    HOUR,
    MILLISECOND,
    MINUTE,
    SECOND,
    Duration,
    Instant,
    format_instant,
    parse_instant,
)
from shared.wire.feed import Annul, ConflictNotice, Use
from tests.factories.home_asks import asked_by
from tests.factories.ledger_office import (
    GateDevice,
    LedgerOffice,
    open_ledger_office_again,
)
from tests.factories.strength import sized
from tests.integration.server_sync.homes.test_homes import home_and_other
from tests.integration.server_sync.journals.test_relayed_by_gates import (
    make_claim,
    open_word,
    relay_claim,
)

COPIES = 3


async def allow_reentry(office: LedgerOffice, **more: Any) -> None:
    """Let those who went out come in again."""
    terms = {"name": "Arena", "occurrence_id": office.occurrence_id, "reentry_after_exit": True}
    path = f"{office.path}/zones/{office.zone_id}"
    await office.office.ok("PUT", path, office.owner, json=terms | more)


async def passes(
    office: LedgerOffice, device: GateDevice, direction: str = "in", ticket: int = 0
) -> str:
    """Claim a passage a second later, and return the ledger's reason."""
    office.office.clock.advance(SECOND)
    answer = await office.claimed(device, office.codes[ticket], direction=direction)
    reason: str = answer["reason"]
    return reason


def record(
    office: LedgerOffice,
    device: GateDevice,
    direction: str,
    *,
    at: Instant | None = None,
    offset_error: Duration | None = 20 * MILLISECOND,
    cursor: int = 0,
) -> None:
    """Let a cut-off gate write a passage down, told of the feed so far."""
    claim_id = office.office.entropy.random_bytes(16).hex()
    body = ScanBody(
        claim_id=ClaimId(claim_id),
        gate_id=device.gate_id,
        zone_id=office.zone_id,
        occurrence_id=office.occurrence_id,
        direction=direction,
        count=1,
        ticket_id=office.tickets[0],
        generation=1,
        key_id=office.key_id,
        code_hash=hash_code(office.codes[0], office.event_id),
        verdict="admit",
        reason="reentry" if direction == "in" else "exit",
        mode="offline",
        policy="open",
        remaining=0,
        seen=office.prove(device, office.codes[0], ClaimId(claim_id)),
    )
    wall = office.now if at is None else at
    device.journal.add(body, office.event_id, wall, offset_error=offset_error, cursor=cursor)


async def inside_by_feed(office: LedgerOffice, device: GateDevice, ticket: int = 0) -> int:
    """Count who is inside on a ticket as a gate folds what it was told."""
    items = await office.read_feed(device)
    gone = {item.claim_id for item in items if isinstance(item, Annul)}
    facts = [
        UseFact(
            claim_id=use.claim_id,
            zone_id=use.zone_id,
            direction=Direction(use.direction),
            at=use.at,
            count=use.count,
        )
        for use in items
        if isinstance(use, Use) and use.ticket_id == office.tickets[ticket]
    ]
    standing = [fact for fact in facts if fact.claim_id not in gone]
    return persons_inside(standing, office.zone_id, Instant(1 << 62))


async def accusations(office: LedgerOffice) -> list[str]:
    """Name the conflicts that are open; whoever is signed in may not be any more by now."""
    async with office.office.database.read(org=SYSTEM) as session:
        found = await session.execute(text("SELECT kind FROM conflict WHERE disposition = ''"))
        return [str(kind) for (kind,) in found]


@pytest.mark.either_database
@pytest.mark.parametrize("step", [-20 * HOUR, 3 * HOUR, *sized([], [-10 * MINUTE, 0])])
async def test_copies_stay_out_after_the_server_s_clock_has_stepped(
    ledger_office: LedgerOffice, step: Duration
) -> None:
    """In, out, a step, in: whoever shows the code again meets somebody who is inside."""
    office = ledger_office
    await allow_reentry(office)
    north, south = await office.enrol(), await office.enrol(1)
    office.office.clock.advance(DAY)
    assert await passes(office, north) == "ok"
    assert await passes(office, north, "out") == "exit"
    office.office.clock.step_wall(step)
    assert await passes(office, north) == "reentry"
    copies = [await passes(office, south) for _ in range(COPIES)]
    assert copies == ["already_used"] * COPIES
    assert await inside_by_feed(office, south) == 1
    assert await passes(office, south, "out") == "exit"
    assert await inside_by_feed(office, north) == 0
    assert await passes(office, north) == "reentry"
    assert await passes(office, south) == "already_used"
    assert await accusations(office) == []


@pytest.mark.either_database
async def test_an_exit_counts_though_the_server_s_clock_was_fast_before_it(
    ledger_office: LedgerOffice,
) -> None:
    """The holder is outside and comes back in; a repeated claim is told the same instant."""
    office = ledger_office
    await allow_reentry(office)
    north, south = await office.enrol(), await office.enrol(1)
    office.office.clock.step_wall(HOUR)
    first = await office.claimed(north, office.codes[0], "first")
    office.office.clock.step_wall(-HOUR)
    left = await office.claimed(north, office.codes[0], "second", direction="out")
    assert parse_instant(left["at"]) > parse_instant(first["at"])
    assert left == await office.claimed(north, office.codes[0], "second", direction="out")
    assert await inside_by_feed(office, south) == 0
    assert await passes(office, south) == "reentry"


async def test_the_instant_that_keeps_the_order_makes_no_ticket_expired(
    ledger_office: LedgerOffice,
) -> None:
    """Whether a ticket is valid is asked of the time of the claim, wherever it has its place."""
    office = ledger_office
    until = format_instant(office.now + HOUR)
    rule = {"fact": "now", "cmp": "before", "value": until}
    await allow_reentry(office, rule=rule)
    north = await office.enrol()
    assert await passes(office, north) == "ok"
    office.office.clock.step_wall(5 * HOUR)
    assert await passes(office, north, ticket=1) == "rules_denied"
    assert await passes(office, north, "out") == "exit"
    office.office.clock.step_wall(-5 * HOUR)
    assert await passes(office, north) == "reentry"
    assert await passes(office, north) == "already_used"


async def test_a_place_that_was_freed_is_free_whatever_the_server_s_clock_did(
    ledger_office: LedgerOffice,
) -> None:
    """A zone for one holds one: neither is a place lost nor is there another."""
    office = ledger_office
    await allow_reentry(office, capacity=1)
    north, south = await office.enrol(), await office.enrol(1)
    assert await passes(office, north) == "ok"
    office.office.clock.step_wall(-10 * MINUTE)
    assert await passes(office, north, "out") == "exit"
    assert await passes(office, south, ticket=1) == "ok"
    assert await passes(office, north) == "capacity_full"
    office.office.clock.step_wall(-10 * MINUTE)
    assert await passes(office, south, "out", ticket=1) == "exit"
    assert await passes(office, north) == "reentry"
    assert await passes(office, south, ticket=1) == "capacity_full"


@pytest.mark.either_database
async def test_a_relayed_claim_has_its_place_by_the_ledger_s_order(
    ledger_office: LedgerOffice,
) -> None:
    """What another gate brings is decided and placed as all else is."""
    office = ledger_office
    await allow_reentry(office)
    carrier, origin = await office.enrol(), await office.enrol(1)
    office.office.clock.advance(DAY)
    assert await passes(office, carrier) == "ok"
    assert await passes(office, carrier, "out") == "exit"
    office.office.clock.step_wall(-10 * MINUTE)
    reasons = []
    for number in range(COPIES):
        request = make_claim(office, origin, ClaimId(f"brought-{number}"))
        _, answer = open_word(office, await relay_claim(office, carrier, origin, request))
        reasons.append(answer.reason)
    assert reasons == ["reentry", "already_used", "already_used"]


@pytest.fixture
async def offices(
    published: tuple[Settings, LedgerOffice],
) -> AsyncIterator[tuple[LedgerOffice, LedgerOffice]]:
    """Give two servers over one database, each with a clock of its own."""
    settings, template = published
    async with AsyncExitStack() as stack:
        one = await stack.enter_async_context(open_ledger_office_again(settings, template))
        more = replace(template, claims=100_000)
        other = await stack.enter_async_context(open_ledger_office_again(settings, more))
        yield one, other


@pytest.mark.either_database
async def test_two_servers_whose_clocks_differ_let_one_in(
    offices: tuple[LedgerOffice, LedgerOffice],
) -> None:
    """The exit was recorded by the fast one: the slow one's entry is the last all the same."""
    slow, fast = offices
    fast.office.clock.step_wall(3 * SECOND)
    await allow_reentry(slow)
    north, south = await slow.enrol(), await fast.enrol(1)
    assert await passes(slow, north) == "ok"
    assert await passes(fast, south, "out") == "exit"
    assert await passes(slow, north) == "reentry"
    copies = [await passes(slow, north) for _ in range(COPIES)]
    copies += [await passes(fast, south) for _ in range(COPIES)]
    assert copies == ["already_used"] * 2 * COPIES
    assert await accusations(slow) == []


@pytest.mark.parametrize("published", ["postgresql"], indirect=True)
async def test_a_claim_that_has_waited_is_no_older_than_what_came_before_it(
    offices: tuple[LedgerOffice, LedgerOffice],
) -> None:
    """Two workers, equal clocks: an entry waits for a row while the other records an exit.

    SQLite has one writer, so that a claim waits before it has a worker's turn.
    """
    one, other = offices
    north, south = await one.enrol(), await other.enrol(1)
    await allow_reentry(one)

    def tick() -> None:
        for office in offices:
            office.office.clock.advance(SECOND)

    assert (await one.claimed(north, one.codes[0]))["reason"] == "ok"
    await other.claimed(south, other.codes[9])
    held = text("SELECT 1 FROM ticket WHERE ticket_id = :id FOR UPDATE")
    async with one.office.database.write(org=SYSTEM) as session:
        await session.execute(held, {"id": one.tickets[5] - TICKET_ID_OFFSET})
        blocked = asyncio.ensure_future(other.claimed(south, other.codes[5]))
        await asyncio.sleep(0.3)  # its batch waits for the row
        tick()
        waiting = asyncio.ensure_future(other.claimed(south, other.codes[0]))
        await asyncio.sleep(0.3)  # and the next batch for that one
        tick()
        assert (await one.claimed(north, one.codes[0], direction="out"))["reason"] == "exit"
        tick()
    assert (await waiting)["reason"] == "reentry"
    await blocked
    copies = []
    for _ in range(COPIES):
        tick()
        copies.append((await one.claimed(north, one.codes[0]))["reason"])
    assert copies == ["already_used"] * COPIES
    assert await inside_by_feed(one, north) == 1


async def test_an_exit_follows_all_that_its_device_had_been_told(
    ledger_office: LedgerOffice,
) -> None:
    """The server's clock was fast when it let in: who went out since is outside."""
    office = ledger_office
    await allow_reentry(office)
    north, south = await office.enrol(), await office.enrol(1)
    office.office.clock.step_wall(10 * MINUTE)
    assert await passes(office, north) == "ok"
    office.office.clock.step_wall(-10 * MINUTE)
    knew = len(await office.read_feed(south))
    office.office.clock.advance(SECOND)
    record(office, south, "out", cursor=knew)
    await office.exchanged(south, south.journal.entries)
    assert await inside_by_feed(office, north) == 0
    assert await passes(office, north) == "reentry"
    assert await passes(office, north) == "already_used"
    assert await accusations(office) == []


@pytest.mark.either_database
@pytest.mark.parametrize("is_exit_first", [True, False], ids=["exit first", "entry first"])
async def test_where_nobody_can_tell_which_was_last_nobody_gets_in_and_nobody_is_accused(
    ledger_office: LedgerOffice, *, is_exit_first: bool
) -> None:
    """Two gates cut off, one of them with a clock that nobody has ever set."""
    office = ledger_office
    await allow_reentry(office)
    north, south, third = await office.enrol(), await office.enrol(1), await office.enrol()
    assert await passes(office, north) == "ok"
    office.office.clock.advance(10 * MINUTE)
    record(office, south, "out", at=office.now - MINUTE, offset_error=None)
    record(office, third, "in", at=office.now - 2 * MINUTE)
    for device in (south, third) if is_exit_first else (third, south):
        await office.exchanged(device, device.journal.entries)
    assert await inside_by_feed(office, north)
    assert await passes(office, north) == "already_used"
    assert await accusations(office) == []


@pytest.mark.either_database
async def test_surely_ordered_passages_of_cut_off_gates_keep_their_times(
    ledger_office: LedgerOffice,
) -> None:
    """In, out, in again at gates whose clocks are known: in order, whoever is heard first."""
    office = ledger_office
    await allow_reentry(office)
    north, south, third = await office.enrol(), await office.enrol(1), await office.enrol()
    assert await passes(office, north) == "ok"
    office.office.clock.advance(10 * MINUTE)
    times = (office.now - 3 * MINUTE, office.now - 2 * MINUTE)
    record(office, third, "in", at=times[1])
    record(office, south, "out", at=times[0])
    await office.exchanged(third, third.journal.entries)
    await office.exchanged(south, south.journal.entries)
    uses = [item for item in await office.read_feed(north) if isinstance(item, Use)]
    assert sorted(use.at for use in uses)[1:] == list(times)
    assert await inside_by_feed(office, north) == 1
    assert await accusations(office) == []


@pytest.mark.either_database
async def test_what_a_home_gave_follows_what_it_knew(ledger_office: LedgerOffice) -> None:
    """Its entry is given after the exit that it had been told, by whatever clock."""
    office = ledger_office
    await allow_reentry(office)
    home, other, code = await home_and_other(office)
    assert (await office.claimed(home, code))["reason"] == "ok"
    office.office.clock.step_wall(10 * MINUTE)
    assert (await office.claimed(home, code, direction="out"))["reason"] == "exit"
    office.office.clock.step_wall(-10 * MINUTE)
    knew = len(await office.read_feed(home))
    given = GiveBody(
        claim_id=ClaimId("lan-1"),
        ticket_id=office.tickets[0],
        zone_id=office.zone_id,
        occurrence_id=OccurrenceId(""),
        count=1,
        device_id=DeviceId(other.id),
        gate_id=other.gate_id,
        reason="reentry",
    )
    office.office.clock.advance(SECOND)
    given = asked_by(other, office, home, given)
    home.journal.add(given, office.event_id, office.now, cursor=knew)
    await office.exchanged(home, home.journal.entries)
    assert await inside_by_feed(office, other) == 1
    assert (await office.claimed(home, code))["reason"] == "already_used"


@pytest.mark.either_database
async def test_an_exit_says_nothing_for_entries_of_which_its_gate_had_been_told(
    ledger_office: LedgerOffice,
) -> None:
    """Both copies were inside before somebody went out: the conflict of the two stays open."""
    office = ledger_office
    await allow_reentry(office)
    north, south, third = await office.enrol(), await office.enrol(1), await office.enrol()
    assert await passes(office, north) == "ok"
    office.office.clock.advance(10 * MINUTE)
    record(office, third, "in", at=office.now - 5 * MINUTE, offset_error=None)
    await office.exchanged(third, third.journal.entries)
    assert await accusations(office) == ["double_use"]
    knew = len(await office.read_feed(south))
    record(office, south, "out", at=office.now - MINUTE, cursor=knew)
    await office.exchanged(south, south.journal.entries)
    assert await accusations(office) == ["double_use"]
    assert await passes(office, north) == "reentry"
    assert await accusations(office) == ["double_use"]


@pytest.mark.either_database
async def test_a_grant_that_leaves_no_order_for_what_came_before_it_is_named(
    ledger_office: LedgerOffice,
) -> None:
    """What may have been in, out, in is none any more when the ledger lets somebody in behind it.

    The second entry's place is behind a grant of a fast clock, so that its time says little: it
    may have been made after the exit, and nobody is accused, until a third one comes in.
    """
    office = ledger_office
    await allow_reentry(office)
    north, south, third = await office.enrol(), await office.enrol(1), await office.enrol()
    office.office.clock.step_wall(22 * MINUTE)
    assert await passes(office, north) == "ok"
    office.office.clock.step_wall(-22 * MINUTE)
    knew = len(await office.read_feed(third))
    office.office.clock.advance(40 * MINUTE)
    record(office, third, "in", at=office.now - 30 * MINUTE, cursor=knew)
    record(office, south, "out", at=office.now - 10 * MINUTE)
    for device in (south, third):
        await office.exchanged(device, device.journal.entries)
    assert await accusations(office) == []
    assert await passes(office, north) == "reentry"
    assert await accusations(office) == ["double_use"]
    told = [one for one in await office.read_feed(south) if isinstance(one, ConflictNotice)]
    assert [one.kind for one in told] == ["double_use"]
