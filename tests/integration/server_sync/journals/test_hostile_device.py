"""A device with a valid token and key that lies: each trick is refused or named, and harms nobody.

One list of tricks, played by one hostile device after another at an event where an honest gate
has admitted somebody, beside another organization. After each: the honest gate's entries and
admissions stand as they were, the other organization saw nothing, and the organizer reads the
hostile device's name.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import text

from shared.journal.chain import SignedEntry, decode_body, decode_entry, seal_entry
from shared.journal.entry import (
    BOOT_SIZE,
    CONTEXT,
    ENTRY_SIZE_MAX,
    BootBody,
    NoteBody,
    ReleaseBody,
    ScanBody,
    UndoBody,
)
from shared.kernel.ed25519 import SigningKey
from shared.kernel.id_types import ClaimId, EventId
from shared.kernel.instant import DAY, HOUR, Instant
from shared.wire.entries_per_upload import ENTRIES_AT_ONCE_MAX
from shared.wire.exchange import EntryStatus
from tests.factories.ledger_office import GateDevice, LedgerOffice

REFUSED, FORKED, GAP, STORED = (
    EntryStatus.REFUSED,
    EntryStatus.FORKED,
    EntryStatus.GAP,
    EntryStatus.STORED,
)


@dataclass
class Scene:
    """An event with an honest gate's admission, and a hostile device.

    Attributes:
        claim_id: The honest admission's, as the feed tells it to every device.
        elsewhere: An event of another organization.
    """

    office: LedgerOffice
    honest: GateDevice
    claim_id: ClaimId
    hostile: GateDevice
    elsewhere: str

    async def send(self, *entries: SignedEntry) -> list[str]:
        """Upload as the hostile device; returns what became of each entry."""
        answer = await self.office.exchanged(self.hostile, entries)
        return [one.status for one in answer.answers]

    async def begin(self) -> None:
        """Upload the hostile device's first entries, in order."""
        self.office.scan(self.hostile, 5)
        assert set(await self.send(*self.hostile.journal.entries)) == {STORED}


Trick = Callable[[Scene], Awaitable[str]]
"""Plays a trick; returns how the organizer must hear of it: `refused`, a kind, or ""."""


async def signs_with_another_key(scene: Scene) -> str:
    """Entries that the device's own key has not signed."""
    scene.office.scan(scene.hostile, 1)
    key = SigningKey(bytes(32))
    forged = [
        SignedEntry(one.entry, key.sign(CONTEXT, one.entry))
        for one in scene.hostile.journal.entries
    ]
    assert set(await scene.send(*forged)) == {REFUSED}
    return "refused"


async def alters_a_byte(scene: Scene) -> str:
    """An entry changed after it was signed."""
    await scene.begin()
    scene.office.scan(scene.hostile, 1)
    signed = scene.hostile.journal.entries[-1]
    altered = SignedEntry(signed.entry[:-1] + bytes([signed.entry[-1] ^ 1]), signed.signature)
    assert await scene.send(altered) == [REFUSED]
    return "refused"


async def replays_the_honest_journal(scene: Scene) -> str:
    """Somebody else's entries, validly signed by them."""
    assert set(await scene.send(*scene.honest.journal.entries)) == {REFUSED}
    return "refused"


async def cuts_an_entry_short(scene: Scene) -> str:
    """Half an entry under a signature of its own."""
    await scene.begin()
    half = scene.hostile.journal.entries[-1].entry[:40]
    signed = SignedEntry(half, scene.hostile.key.sign(CONTEXT, half))
    assert await scene.send(signed) == [REFUSED]
    return "refused"


async def leaves_an_entry_out(scene: Scene) -> str:
    """A chain with a hole: nothing after the hole is taken, and nothing before it is lost."""
    await scene.begin()
    for ticket in (1, 2):
        scene.office.scan(scene.hostile, ticket)
    assert await scene.send(scene.hostile.journal.entries[-1]) == [GAP]
    return ""


async def forks_its_journal(scene: Scene) -> str:
    """Two entries under one number."""
    await scene.begin()
    first = decode_entry(scene.hostile.journal.entries[-1].entry)
    other = seal_entry(msgspec.structs.replace(first, wall=first.wall - 1), scene.hostile.key)
    assert await scene.send(other) == [FORKED]
    return "forked_journal"


async def begins_anew(scene: Scene) -> str:
    """A journal that denies the one before."""
    await scene.begin()
    journal = scene.hostile.journal
    journal.boot, journal.dseq = scene.office.office.entropy.random_bytes(BOOT_SIZE), 0
    journal.previous = bytes(32)
    signed = journal.add(BootBody("test", b"", 0), EventId(""), scene.office.now)
    assert await scene.send(signed) == [STORED]
    return "forked_journal"


async def names_another_organizations_event(scene: Scene) -> str:
    """An admission at an event that is none of the organization's: kept, without effect."""
    await scene.begin()
    scene.office.scan(scene.hostile, 1, event_id=scene.elsewhere)
    assert await scene.send(scene.hostile.journal.entries[-1]) == [STORED]
    path = f"{scene.office.owner.path}/devices/{scene.hostile.id}"
    shown = await scene.office.office.ok("GET", path, scene.office.owner)
    assert shown["name"]
    return ""


async def dates_itself_back(scene: Scene) -> str:
    """An admission of yesterday, of a ticket that was used since: a double, found all the same."""
    await scene.begin()
    scene.office.scan(scene.hostile, 0, wall=scene.office.now - DAY)
    assert await scene.send(scene.hostile.journal.entries[-1]) == [STORED]
    return "double_use"


async def dates_itself_forward(scene: Scene) -> str:
    """An admission of tomorrow gets the time at which it arrived, and nobody knows how exactly."""
    await scene.begin()
    scene.office.scan(scene.hostile, 0, wall=scene.office.now + HOUR)
    assert await scene.send(scene.hostile.journal.entries[-1]) == [STORED]
    body = decode_body(decode_entry(scene.hostile.journal.entries[-1].entry))
    assert isinstance(body, ScanBody)
    errors = []
    for one in await scene.office.conflicts():
        path = f"{scene.office.path}/conflicts/{one['id']}"
        detail = await scene.office.office.ok("GET", path, scene.office.owner)
        errors += [x["at_error_us"] for x in detail["sides"] if x["side"] == body.claim_id]
    assert errors == [None]  # so that no order to whatever other side is certain
    return "double_use"


async def sends_too_much(scene: Scene) -> str:
    """An entry beyond its size, and more entries than an upload may hold."""
    await scene.begin()
    long = b"\x00" * (ENTRY_SIZE_MAX + 1)
    signed = SignedEntry(long, scene.hostile.key.sign(CONTEXT, long))
    assert await scene.send(signed) == [REFUSED]
    many = [scene.hostile.journal.entries[0]] * (ENTRIES_AT_ONCE_MAX + 1)
    assert (await scene.office.exchange(scene.hostile, many)).status_code == 413
    return "refused"


async def uses_the_honest_claims_id(scene: Scene) -> str:
    """The honest gate's claim id for a ticket of its own: 409 online; alone it hides nothing."""
    await scene.begin()
    office = scene.office
    answer = await office.claim(scene.hostile, office.codes[7], scene.claim_id)
    assert answer.status_code == 409
    office.scan(scene.hostile, 0, claim_id=scene.claim_id)
    assert await scene.send(scene.hostile.journal.entries[-1]) == [STORED]
    return "double_use"


async def undoes_the_honest_admission(scene: Scene) -> str:
    """An undo and a release of somebody else's admission: neither takes it back."""
    await scene.begin()
    office = scene.office
    for body in (
        ReleaseBody(scene.claim_id, office.tickets[0], "not admitted"),
        UndoBody(scene.claim_id, office.tickets[0], "us_1", "mistake"),
    ):
        scene.hostile.journal.add(body, office.event_id, office.now)
    assert set(await scene.send(*scene.hostile.journal.entries[-2:])) == {STORED}
    return "foreign_undo"


async def undoes_what_has_not_arrived(scene: Scene) -> str:
    """A claim id that was overheard is dead for its thief only, not for its owner."""
    await scene.begin()
    office = scene.office
    overheard = "ab" * 16
    body = UndoBody(ClaimId(overheard), office.tickets[3], "us_1", "mistake")
    scene.hostile.journal.add(body, office.event_id, office.now)
    assert await scene.send(scene.hostile.journal.entries[-1]) == [STORED]
    office.scan(scene.honest, 3, claim_id=overheard)
    await office.exchanged(scene.honest, scene.honest.journal.entries[-1:])
    answer = await office.claimed(scene.honest, office.codes[3])
    assert answer["reason"] == "already_used"
    return ""


async def floods_with_notes(scene: Scene) -> str:
    """Valid entries of no use: stored, and in nobody's way."""
    for number in range(200):
        scene.hostile.journal.add(
            NoteBody("flood", str(number)), EventId(scene.elsewhere), Instant(0)
        )
    assert set(await scene.send(*scene.hostile.journal.entries)) == {STORED}
    return "clock"


TRICKS: list[Trick] = [
    signs_with_another_key,
    alters_a_byte,
    replays_the_honest_journal,
    cuts_an_entry_short,
    leaves_an_entry_out,
    forks_its_journal,
    begins_anew,
    names_another_organizations_event,
    dates_itself_back,
    dates_itself_forward,
    sends_too_much,
    uses_the_honest_claims_id,
    undoes_the_honest_admission,
    undoes_what_has_not_arrived,
    floods_with_notes,
]


async def fingerprint(office: LedgerOffice, honest: GateDevice, elsewhere: str) -> list[Any]:
    """Return what no trick may change: the honest entries and admission, the other's rows."""
    async with office.office.database.read(org="*") as session:
        connection = await session.connection()
        found = []
        for query in (
            "SELECT dseq, hash FROM journal_entry WHERE device_id = :device AND dseq < 3",
            "SELECT is_annulled, is_confirmed FROM ticket_use WHERE claim_id = 'honest'",
            "SELECT count(*) FROM ticket_use WHERE event_id = :event",
            "SELECT count(*) FROM conflict WHERE event_id = :event",
            "SELECT count(*) FROM feed WHERE event_id = :event",
        ):
            rows = await connection.execute(
                text(query).bindparams(
                    **{
                        name: value
                        for name, value in {"device": honest.id, "event": elsewhere}.items()
                        if f":{name}" in query
                    }
                )
            )
            found.append(sorted(tuple(row) for row in rows))
    return found


async def hears_of(scene: Scene, kind: str) -> None:
    """See that the organizer reads the hostile device's name beside what it did."""
    office = scene.office
    board = await office.office.ok("GET", f"{office.path}/devices?limit=100", office.owner)
    row = next(one for one in board["items"] if one["device_id"] == scene.hostile.id)
    name = row["name"]
    assert re.fullmatch("Probe gate [0-9]+", name), "enrolled after honest ones of its name"
    if kind == "refused":
        path = f"{office.owner.path}/devices/{scene.hostile.id}/refusals"
        refusals = await office.office.ok("GET", path, office.owner)
        assert row["refused"] == len(refusals) > 0
        assert {one["device"] for one in refusals} == {name}
        assert all(one["problem"] for one in refusals)
    elif kind:
        named = []
        same = [one for one in await office.conflicts() if one["kind"] == kind]
        for conflict in same:
            if conflict["device_id"] not in {"", scene.hostile.id}:
                continue
            path = f"{office.path}/conflicts/{conflict['id']}"
            detail = await office.office.ok("GET", path, office.owner)
            sides = {one["device_id"]: one["device"] for one in detail["sides"]}
            named += [(conflict["kind"], sides.get(scene.hostile.id))]
        assert (kind, name) in named


async def test_each_trick_is_named_and_harms_nobody(ledger_office: LedgerOffice) -> None:
    """Fifteen tricks, one hostile device each: what the honest gate did stands after each."""
    office = ledger_office
    stranger = await office.office.person("owner")
    elsewhere = await office.office.event(stranger)
    honest = await office.enrol(0)
    await office.claimed(honest, office.codes[0], "honest")
    office.scan(honest, 0, claim_id="honest", mode="online")
    await office.exchanged(honest, honest.journal.entries)
    before = await fingerprint(office, honest, elsewhere)
    assert before[1]
    for trick in TRICKS:
        scene = Scene(office, honest, ClaimId("honest"), await office.enrol(1), elsewhere)
        kind = await trick(scene)
        assert await fingerprint(office, honest, elsewhere) == before, trick.__name__
        await hears_of(scene, kind)
        used = await office.claimed(honest, office.codes[0])
        assert used["reason"] == "already_used", trick.__name__
